import type { Footprint, Origin } from './emissions.ts';
import type { MeasuredLive } from './lives.ts';

export const LETTERS = ['A', 'B', 'C', 'D', 'E', 'F', 'G'] as const;
export type Letter = (typeof LETTERS)[number];

/** Changes with the limits below: letters of two versions are not compared. */
const SCORE_VERSION = '2026-11';
/** The highest value of A to F; above is G. Steps of about two, as in French energy labels; a proposal of this project. */
export const LIMITS = {
  /** Wh per hour on air: the mean watts, measured. A: a phone and a light; D: a gaming computer with screens and panels. */
  energy: [60, 120, 250, 500, 1000, 2000],
  /** g per hour on air, measured, location-based, lifecycle: the energy limits at 200 g/kWh, the European mean. */
  climate: [12, 24, 50, 100, 200, 400],
  /** g per viewer-hour, modelled. D: IEA 2020 (36); E: Carbon Trust 2021 and Arcom 2024 (55 to 57). */
  audience: [6, 12, 20, 36, 57, 100],
} as const;

/** Below these there is no letter. */
export const LEAST_COVERAGE = 0.9;
export const LEAST_ON_AIR_MS = 10 * 60_000;
/** Share of the energy that a grid of its own hour, with lifecycle factors, must have priced for a climate letter. */
const LEAST_PRICED = 0.9;
/** Providers restate for a day. */
export const PROVISIONAL_MS = 24 * 3_600_000;

/** What is scored: a live, or the lives of a month together. */
export interface Scored {
  onAirMs: number;
  onAir: Footprint;
  /** null while it runs. */
  endedAtMs: number | null;
  /** Modelled; null when not known. */
  audienceGramsPerViewerHour: number | null;
}

export interface Score {
  version: string;
  energy: Letter | null;
  climate: Letter | null;
  /** The worse of the two; null without both. */
  overall: Letter | null;
  /** Modelled: never part of the overall letter. */
  audience: Letter | null;
  whPerLiveHour: number | null;
  gramsPerLiveHour: number | null;
  gramsPerViewerHour: number | null;
  /** The numbers may still change: it runs, or ended less than a day ago. */
  provisional: boolean;
  coverage: number;
  /** What the grams were made with. */
  origins: Origin[];
  /** Why a letter is missing, one sentence each. */
  because: string[];
}

/** @param limits rising; a value on a limit has the better letter */
export function letterOf(value: number, limits: readonly number[]): Letter {
  const place = limits.findIndex((limit) => value <= limit);
  return LETTERS[place === -1 ? LETTERS.length - 1 : place] ?? 'G';
}

export function scoreOf({ onAirMs, onAir, endedAtMs, audienceGramsPerViewerHour }: Scored, nowMs: number): Score {
  const hours = onAirMs / 3_600_000;
  const noLetter = [
    ...(onAirMs < LEAST_ON_AIR_MS ? [`${Math.floor(onAirMs / 60_000)} minutes on air: it takes 10`] : []),
    ...(onAir.coverage < LEAST_COVERAGE
      ? [`${Math.floor(onAir.coverage * 100)} % of the time on air was watched: it takes 90 %`]
      : []),
  ];
  const priced = pricedShare(onAir);
  const noClimate =
    priced < LEAST_PRICED
      ? [
          `the grid's own lifecycle intensity is known for ${Math.floor(priced * 100)} % of the energy: it takes 90 %, yearly averages do not count`,
        ]
      : [];
  const whPerLiveHour = hours > 0 ? onAir.wh / hours : null;
  // With a tenth unpriced the grams would be too few.
  const gramsPerLiveHour = hours > 0 && onAir.unpricedWh <= onAir.wh / 10 ? onAir.grams / hours : null;
  const letter = (value: number | null, limits: readonly number[], without: readonly string[]) =>
    value === null || without.length > 0 ? null : letterOf(value, limits);
  const energy = letter(whPerLiveHour, LIMITS.energy, noLetter);
  const climate = letter(gramsPerLiveHour, LIMITS.climate, [...noLetter, ...noClimate]);
  return {
    version: SCORE_VERSION,
    ...{ energy, climate },
    overall: energy && climate && worse(energy, climate),
    audience: letter(audienceGramsPerViewerHour, LIMITS.audience, [...noLetter, ...(isStatic(onAir) ? noClimate : [])]),
    ...{ whPerLiveHour, gramsPerLiveHour, gramsPerViewerHour: audienceGramsPerViewerHour },
    provisional: endedAtMs === null || nowMs - endedAtMs < PROVISIONAL_MS,
    coverage: onAir.coverage,
    origins: onAir.origins,
    because: [...noLetter, ...noClimate],
  };
}

function worse(a: Letter, b: Letter): Letter {
  return a > b ? a : b;
}

function pricedShare({ wh, origins }: Footprint): number {
  if (wh <= 0) return 1;
  const own = origins.filter(({ status, factorType }) => status !== 'static' && factorType === 'lifecycle');
  return own.reduce((sum, origin) => sum + origin.wh, 0) / wh;
}

/** Then there is an energy letter only. */
function isStatic({ origins }: Footprint): boolean {
  return origins.length > 0 && origins.every(({ status }) => status === 'static');
}

/** How many lives a live is compared with. */
export const COMPARED_LIVES = 20;

export interface Rank {
  /** Share of the other lives that took more per hour on air, 0..1; half of those that took as much. */
  energy: number | null;
  climate: number | null;
  /** How many lives these shares are of. */
  lives: number;
}

/** Where a live stands among others of the studio that have letters. Its own size is the measure, not a moving limit. */
export function rankOf(score: Score, others: readonly Score[]): Rank {
  const lettered = others.filter(({ energy }) => energy !== null);
  const share = (own: number | null, values: (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    if (own === null || known.length === 0) return null;
    const above = known.filter((value) => value > own).length + known.filter((value) => value === own).length / 2;
    return above / known.length;
  };
  return {
    energy: share(
      score.energy && score.whPerLiveHour,
      lettered.map(({ whPerLiveHour }) => whPerLiveHour),
    ),
    climate: share(
      score.climate && score.gramsPerLiveHour,
      lettered.map(({ climate, gramsPerLiveHour }) => (climate ? gramsPerLiveHour : null)),
    ),
    lives: lettered.length,
  };
}

/** Several lives as one: what a month is scored by. */
export function together(lives: readonly MeasuredLive[]): Pick<Scored, 'onAirMs' | 'onAir' | 'endedAtMs'> {
  const sum = (of: (live: MeasuredLive) => number) => lives.reduce((total, live) => total + of(live), 0);
  const onAirMs = sum((live) => live.onAirMs);
  const energy = (key: 'wh' | 'grams' | 'counterWh' | 'integratedWh' | 'gapWh' | 'unpricedWh') =>
    sum(({ onAir }) => onAir[key]);
  const origins = Map.groupBy(
    lives.flatMap(({ onAir }) => onAir.origins),
    ({ provider, factorType, status }) => `${provider}|${factorType}|${status}`,
  );
  return {
    onAirMs,
    onAir: {
      ...{ wh: energy('wh'), grams: energy('grams'), unpricedWh: energy('unpricedWh') },
      ...{ counterWh: energy('counterWh'), integratedWh: energy('integratedWh'), gapWh: energy('gapWh') },
      coverage: onAirMs > 0 ? sum((live) => live.onAir.coverage * live.onAirMs) / onAirMs : 1,
      origins: [...origins.values()].flatMap(([first, ...rest]) =>
        first ? [{ ...first, wh: rest.reduce((total, { wh }) => total + wh, first.wh) }] : [],
      ),
    },
    endedAtMs: lives.some(({ session }) => session.endedAtMs === null)
      ? null
      : Math.max(...lives.map(({ endMs }) => endMs)),
  };
}
