import { type EnergySlice, QUARTER_HOUR_MS, sliceWh } from './energy.ts';
import type { IntensityPoint } from './intensity.ts';

/** Energy and the grams it stands for, with the origin of every gram. A view: nothing of it is stored. */
export interface Footprint {
  wh: number;
  /** gCO2e of the energy whose intensity is known. */
  grams: number;
  /** Share of the touched quarter hours' time that was watched, 0..1; 1 when there is no energy at all. */
  coverage: number;
  counterWh: number;
  integratedWh: number;
  gapWh: number;
  /** Which intensities the grams were made with, and how much energy each priced. */
  origins: Origin[];
  /** Energy for which no intensity is known: not in `grams`. */
  unpricedWh: number;
}
export interface Origin {
  provider: string;
  factorType: IntensityPoint['factorType'];
  status: IntensityPoint['status'];
  wh: number;
}

const STATUS_ORDER: IntensityPoint['status'][] = ['measured', 'estimated', 'static'];

/** A grid value may stand in for the quarter hours after it for this long: providers are late by an hour or more. */
export const HOLD_MS = 2 * 3_600_000;

/** The price of the quarter hour that starts at `startMs`. */
export type Pricing = (startMs: number) => IntensityPoint | null;

/**
 * Prices quarter hours. Of the points that hold a quarter hour's start: the provider that comes first in `providers`
 * (points of others are not looked at), then the best status, then the newest; never blended. A forecast is no price.
 * Where there is none, the last one of at most two hours before stands in, marked `estimated` and with the slot it is
 * of; else `fallback` (the yearly average, `static`).
 */
export function pricing(
  points: readonly IntensityPoint[],
  providers: readonly string[],
  fallback: IntensityPoint | null,
): Pricing {
  const best = new Map<number, IntensityPoint>();
  for (const point of points) {
    if (!providers.includes(point.provider) || point.status === 'forecast') continue;
    const first = Math.ceil(point.startMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
    for (let startMs = first; startMs < point.endMs; startMs += QUARTER_HOUR_MS) {
      const known = best.get(startMs);
      if (!known || rank(point, known, providers) < 0) best.set(startMs, point);
    }
  }
  return (startMs) => {
    const own = best.get(startMs);
    if (own) return own;
    const endMs = startMs + QUARTER_HOUR_MS;
    for (let earlierMs = startMs - QUARTER_HOUR_MS; startMs - earlierMs <= HOLD_MS; earlierMs -= QUARTER_HOUR_MS) {
      const held = best.get(earlierMs);
      if (held) return { ...held, startMs, endMs, status: 'estimated', heldFromMs: held.startMs };
    }
    return fallback && { ...fallback, startMs, endMs };
  };
}

function rank(a: IntensityPoint, b: IntensityPoint, providers: readonly string[]): number {
  const place = (provider: string) => (providers.includes(provider) ? providers.indexOf(provider) : providers.length);
  return (
    place(a.provider) - place(b.provider) ||
    STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status) ||
    b.fetchedAtMs - a.fetchedAtMs
  );
}

/**
 * Σ energy × intensity over the slices. `priceOf` gives the intensity of the quarter hour that starts at its argument.
 * Slices of one quarter hour of one plug share its time for the coverage.
 * @param watchedForMs the time all plugs could have been watched, ms; by default the touched quarter hours, whole
 */
export function footprint(
  slices: readonly EnergySlice[],
  priceOf: (startMs: number) => IntensityPoint | null,
  watchedForMs?: number,
): Footprint {
  const sum = new FootprintSum();
  for (const slice of slices) sum.add(slice, priceOf(slice.startMs));
  return sum.total(watchedForMs);
}

/** What a sum is made of; sums of things that share no quarter hour of a plug can be added up from it. */
export interface FootprintParts {
  wh: number;
  grams: number;
  counterWh: number;
  integratedWh: number;
  gapWh: number;
  unpricedWh: number;
  coveredMs: number;
  /** Quarter hours that were touched, of each plug. */
  quarters: number;
  origins: Origin[];
}

/** The same, slice by slice: a year of many plugs is more than fits into memory at once. */
export class FootprintSum {
  readonly #total = { wh: 0, grams: 0, counterWh: 0, integratedWh: 0, gapWh: 0, unpricedWh: 0 };
  readonly #origins = new Map<string, Origin>();
  /** The quarter hours of each plug. */
  readonly #quarters = new Map<string, Set<number>>();
  /** Of what was added in parts. */
  #moreQuarters = 0;
  #coveredMs = 0;

  /** @param point what its quarter hour is priced with; null when that is not known */
  add(slice: EnergySlice, point: IntensityPoint | null): void {
    const total = this.#total;
    const wh = sliceWh(slice);
    total.wh += wh;
    total.counterWh += slice.counterWh;
    total.integratedWh += slice.integratedWh;
    total.gapWh += slice.gapWh;
    this.#coveredMs += slice.coveredMs;
    const quarters = this.#quarters.get(slice.plug) ?? new Set();
    this.#quarters.set(slice.plug, quarters.add(slice.startMs));
    if (!point) {
      total.unpricedWh += wh;
      return;
    }
    total.grams += gramsOf(wh, point);
    const { provider, factorType, status } = point;
    this.#addOrigin({ provider, factorType, status, wh });
  }

  addParts({ quarters, coveredMs, origins, ...parts }: FootprintParts): void {
    const total = this.#total;
    total.wh += parts.wh;
    total.grams += parts.grams;
    total.counterWh += parts.counterWh;
    total.integratedWh += parts.integratedWh;
    total.gapWh += parts.gapWh;
    total.unpricedWh += parts.unpricedWh;
    this.#moreQuarters += quarters;
    this.#coveredMs += coveredMs;
    for (const origin of origins) this.#addOrigin(origin);
  }

  parts(): FootprintParts {
    const origins = [...this.#origins.values()].map((origin) => ({ ...origin }));
    return { ...this.#total, coveredMs: this.#coveredMs, quarters: this.#touched(), origins };
  }

  #addOrigin({ provider, factorType, status, wh }: Origin): void {
    const key = `${provider}|${factorType}|${status}`;
    const origin = this.#origins.get(key);
    if (origin) origin.wh += wh;
    else this.#origins.set(key, { provider, factorType, status, wh });
  }

  #touched(): number {
    return [...this.#quarters.values()].reduce((sum, quarters) => sum + quarters.size, this.#moreQuarters);
  }

  /** @param watchedForMs as `footprint` */
  total(watchedForMs?: number): Footprint {
    const possibleMs = watchedForMs ?? this.#touched() * QUARTER_HOUR_MS;
    const coverage = possibleMs > 0 ? Math.min(1, this.#coveredMs / possibleMs) : 1;
    return { ...this.#total, coverage, origins: [...this.#origins.values()].map((origin) => ({ ...origin })) };
  }
}

/** g = Wh / 1000 × g/kWh. */
export function gramsOf(wh: number, point: Pick<IntensityPoint, 'gramsPerKwh'>): number {
  return (wh / 1000) * point.gramsPerKwh;
}

/** g/h = W / 1000 × g/kWh. */
export function gramsPerHour(watts: number, point: Pick<IntensityPoint, 'gramsPerKwh'>): number {
  return (watts / 1000) * point.gramsPerKwh;
}
