import { gramsOf, type Pricing } from './emissions.ts';
import { type EnergySlice, sliceWh } from './energy.ts';
import type { MeasuredLive } from './lives.ts';
import { localMidnight, wallParts } from './local-day.ts';
import type { PlugKind } from './plug.ts';
import { type Letter, scoreOf, together } from './score.ts';

/** Of the report's fields: a reader refuses what it does not know. */
export const REPORT_SCHEMA = 'offair-quarter/1';
/** `2026Q4`. */
export const QUARTER = /^(\d{4})Q([1-4])$/;

/** By the number of measured plugs: what is compared should be of about one size. */
export const SIZE_CLASSES = ['S', 'M', 'L', 'XL'] as const;
export type SizeClass = (typeof SIZE_CLASSES)[number];
const MOST_PLUGS = [5, 15, 40];

export const ITEMS = [
  'whPerLiveHour',
  'gramsPerLiveHour',
  'gramsPerKwh',
  'betweenLivesWatts',
  'betweenLivesShare',
  'lightShare',
  'gramsPerViewerHour',
] as const;
export type Item = (typeof ITEMS)[number];

/** A studio's quarter without anything that names it: no ids, no names, no places below the country, times to the week. */
export interface QuarterReport {
  schema: typeof REPORT_SCHEMA;
  quarter: string;
  country: string;
  sizeClass: SizeClass;
  /** false: made before the quarter was over. */
  complete: boolean;
  lives: number;
  onAirHours: number;
  kwh: number;
  /** null when the grid's intensity is not known for most of it. */
  kgCo2e: number | null;
  /** Share of the lives' time on air that was watched, 0..1; null without lives. */
  coverage: number | null;
  /** Who said what a kWh emits, and the share of the energy that is counted with it. */
  intensityFrom: { provider: string; factorType: string; share: number }[];
  /** Measured, but gramsPerViewerHour, which is modelled; null where not known. Less is better in each. */
  items: Record<Item, number | null>;
  /** Of the energy, 0..1. */
  kinds: Partial<Record<PlugKind, number>>;
  letters: { version: string; energy: Letter | null; climate: Letter | null; overall: Letter | null };
  /** Weeks with a live, oldest first. */
  weeks: { week: string; lives: number; onAirHours: number; whPerLiveHour: number }[];
}

/** The quarter in the studio's time zone, UTC ms. @param quarter as `QUARTER` */
export function quarterSpan(quarter: string, timeZone: string): { fromMs: number; toMs: number } {
  const [, year = '', number = ''] = QUARTER.exec(quarter) ?? [];
  const firstDay = (months: number) => localMidnight(Date.UTC(Number(year), months, 1, 12), timeZone);
  const month = (Number(number) - 1) * 3;
  return { fromMs: firstDay(month), toMs: firstDay(month + 3) };
}

/** @param live its audience modelled: grams and viewer-hours, null when nobody said how many watched */
export interface QuarterLive {
  live: MeasuredLive;
  audience: { grams: number; viewerHours: number } | null;
}

/** What a studio took in a quarter, between lives too, added up piece by piece: all of it may not fit into memory. */
export class QuarterEnergy {
  readonly #kindOf: (plug: string) => PlugKind;
  readonly plugs = new Set<string>();
  readonly whByKind = new Map<PlugKind, number>();
  /** By `provider|factorType`. */
  readonly whByOrigin = new Map<string, number>();
  wh = 0;
  grams = 0;
  unpricedWh = 0;
  idleWh = 0;
  /** Of all plugs together, ms. */
  idleCoveredMs = 0;

  constructor(kindOf: (plug: string) => PlugKind) {
    this.#kindOf = kindOf;
  }

  add(slices: readonly EnergySlice[], price: Pricing): void {
    for (const slice of slices) {
      const wh = sliceWh(slice);
      const kind = this.#kindOf(slice.plug);
      const point = price(slice.startMs);
      this.plugs.add(slice.plug);
      this.whByKind.set(kind, (this.whByKind.get(kind) ?? 0) + wh);
      this.wh += wh;
      if (point) {
        this.grams += gramsOf(wh, point);
        const origin = `${placeless(point.provider)}|${point.factorType}`;
        this.whByOrigin.set(origin, (this.whByOrigin.get(origin) ?? 0) + wh);
      } else this.unpricedWh += wh;
      if (slice.sessionId !== null) continue;
      this.idleWh += wh;
      this.idleCoveredMs += slice.coveredMs;
    }
  }
}

export function quarterReport(of: {
  quarter: string;
  country: string;
  timeZone: string;
  nowMs: number;
  energy: QuarterEnergy;
  lives: readonly QuarterLive[];
}): QuarterReport {
  const { energy, timeZone, nowMs } = of;
  const { grams, unpricedWh, wh: total } = energy;
  const lives = of.lives.filter(({ live }) => live.onAirMs > 0);
  // With a tenth unpriced the grams would be too few.
  const priced = total > 0 && unpricedWh <= total / 10;
  // Plugs are watched together: hours of the studio, not of its plugs.
  const plugs = energy.plugs.size;
  const idleHours = energy.idleCoveredMs / 3_600_000 / Math.max(1, plugs);
  const share = (part: number) => (total > 0 ? part / total : 0);
  const kinds = [...energy.whByKind].map(([kind, wh]) => [kind, round(share(wh))]);
  const all = together(lives.map(({ live }) => live));
  const score = scoreOf({ ...all, audienceGramsPerViewerHour: null }, nowMs);
  const watched = lives.flatMap(({ audience }) => audience ?? []);
  const viewerHours = watched.reduce((sum, one) => sum + one.viewerHours, 0);
  return {
    schema: REPORT_SCHEMA,
    ...{ quarter: of.quarter, country: of.country, complete: nowMs >= quarterSpan(of.quarter, timeZone).toMs },
    sizeClass: sizeClassOf(plugs),
    ...{ lives: lives.length, onAirHours: round(all.onAirMs / 3_600_000) },
    coverage: lives.length > 0 ? round(all.onAir.coverage) : null,
    ...{ kwh: round(total / 1000), kgCo2e: priced ? round(grams / 1000) : null },
    intensityFrom: [...energy.whByOrigin].map(([origin, wh]) => {
      const [provider = '', factorType = ''] = origin.split('|');
      return { provider, factorType, share: round(share(wh)) };
    }),
    items: {
      whPerLiveHour: roundOrNull(score.whPerLiveHour),
      gramsPerLiveHour: roundOrNull(score.gramsPerLiveHour),
      gramsPerKwh: priced ? round(grams / ((total - unpricedWh) / 1000)) : null,
      betweenLivesWatts: idleHours > 0 ? round(energy.idleWh / idleHours) : null,
      betweenLivesShare: total > 0 ? round(share(energy.idleWh)) : null,
      lightShare: total > 0 ? round(share(energy.whByKind.get('light') ?? 0)) : null,
      gramsPerViewerHour:
        viewerHours > 0 ? round(watched.reduce((sum, one) => sum + one.grams, 0) / viewerHours, 2) : null,
    },
    kinds: Object.fromEntries(kinds),
    letters: { version: score.version, energy: score.energy, climate: score.climate, overall: score.overall },
    weeks: weeksOf(lives, timeZone),
  };
}

/** EDF's portals are named after islands: that would tell where in the country the studio is. */
function placeless(provider: string): string {
  return provider.replace(/^edf-[a-z]+/, 'edf');
}

function sizeClassOf(plugs: number): SizeClass {
  const place = MOST_PLUGS.findIndex((most) => plugs <= most);
  return SIZE_CLASSES[place === -1 ? SIZE_CLASSES.length - 1 : place] ?? 'XL';
}

function weeksOf(lives: readonly QuarterLive[], timeZone: string): QuarterReport['weeks'] {
  const byWeek = Map.groupBy(lives, ({ live }) => isoWeek(wallParts(live.session.startedAtMs, timeZone).day));
  return [...byWeek]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([week, own]) => {
      const hours = own.reduce((sum, { live }) => sum + live.onAirMs, 0) / 3_600_000;
      const wh = own.reduce((sum, { live }) => sum + live.onAir.wh, 0);
      return { week, lives: own.length, onAirHours: round(hours), whPerLiveHour: round(wh / hours) };
    });
}

/** `2026-W48`. @param day YYYY-MM-DD */
export function isoWeek(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  // The week belongs to the year that has its Thursday.
  const thursdayMs = date.getTime() + (4 - (date.getUTCDay() || 7)) * 86_400_000;
  const year = new Date(thursdayMs).getUTCFullYear();
  const week = Math.floor((thursdayMs - Date.UTC(year, 0, 1)) / (7 * 86_400_000)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

/** Three figures: enough to compare, too few to know a studio by. */
function round(value: number, figures = 3): number {
  return value === 0 ? 0 : Number(value.toPrecision(figures));
}

function roundOrNull(value: number | null): number | null {
  return value === null ? null : round(value);
}
