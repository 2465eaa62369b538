import { footprint, gramsOf, type Origin, type Pricing } from './emissions.ts';
import { type EnergySlice, QUARTER_HOUR_MS, sliceWh } from './energy.ts';
import { wallParts } from './local-day.ts';
import { kindsOf, type PlugId, type PlugSpec } from './plug.ts';
import { remembered } from './remembered.ts';
import { isOnAir } from './session.ts';
import { euroPerKwh, type Tariff } from './tariff.ts';
import type { Estimate } from './uncertainty.ts';

const HOUR_MS = 3_600_000;
const HOURS_PER_YEAR = 8766;
/** Counters of whole Wh show 0.5 W over two hours; a quarter hour would show 4 W or nothing. */
const BLOCK_MS = 2 * HOUR_MS;
const LEAST_BLOCK_SHARE = 0.9;
/** Below this a load is off. */
const OFF_WATTS = 0.5;
/** Fewer days than this say little. */
const LEAST_DAYS = 3;

/** What a plug or a kind of plugs took. */
export interface HotSpot {
  key: string;
  wh: number;
  /** gCO2e of the energy whose intensity is known. */
  grams: number;
  euros: number | null;
  /** Of the energy of the studio, 0..1. */
  share: number;
  onAirWh: number;
  betweenLivesWh: number;
}

/** How a load draws in one kind of time between lives. */
export interface Standby {
  hours: number;
  meanWatts: number;
  /** The least mean of two hours; null when it was never watched for two hours in a row. */
  leastWatts: number | null;
}

/** A load that goes on drawing when no live runs. */
export interface StandbyFinding {
  plug: PlugId;
  name: string;
  essential: boolean;
  betweenLives: Standby;
  /** Of it, 0:00 to 6:00 and Saturday and Sunday, local; null when none was watched. */
  nights: Standby | null;
  weekends: Standby | null;
  /** Never off for two hours. */
  neverZero: boolean;
  days: number;
  /** What cutting it between all lives would save in a year, if the year goes on like the days that were watched. */
  savedPerYear: { kwh: Estimate; grams: Estimate | null; euros: Estimate | null };
  /** Fewer than three days were watched: the band is a guess. */
  thin: boolean;
}

export interface Audit {
  byPlug: HotSpot[];
  byKind: HotSpot[];
  /** The largest saving first. */
  standby: StandbyFinding[];
  /** What the grams were made with, and the energy that has none. */
  origins: Origin[];
  unpricedWh: number;
}

export interface AuditQuestion {
  plugs: readonly PlugSpec[];
  slices: readonly EnergySlice[];
  price: Pricing;
  tariff: Tariff | null;
  timeZone: string;
}

/** Where the energy goes, and what draws when nobody needs it. From measured slices only. */
export function audit(asked: AuditQuestion): Audit {
  const { plugs, slices, tariff, timeZone } = asked;
  // Reading a wall clock is slow, and many plugs share each quarter hour.
  const question: Question = {
    ...asked,
    wall: remembered((startMs) => wallParts(startMs, timeZone)),
    euro: tariff && remembered((startMs) => euroPerKwh(tariff, startMs, timeZone)),
  };
  const kindOf = kindsOf(plugs);
  const byPlug = Map.groupBy(slices, ({ plug }) => plug);
  const { origins, unpricedWh } = footprint(slices, asked.price);
  return {
    ...{ origins, unpricedWh },
    byPlug: hotSpots(byPlug, question),
    byKind: hotSpots(
      Map.groupBy(slices, ({ plug }) => kindOf(plug)),
      question,
    ),
    standby: plugs
      .flatMap((plug) => standbyFinding(plug, byPlug.get(plug.id) ?? [], question) ?? [])
      .sort((a, b) => b.savedPerYear.kwh.central - a.savedPerYear.kwh.central),
  };
}

type Question = AuditQuestion & {
  wall: (startMs: number) => ReturnType<typeof wallParts>;
  euro: ((startMs: number) => number) | null;
};

function hotSpots(groups: Map<string, EnergySlice[]>, question: Question): HotSpot[] {
  const total = question.slices.reduce((sum, slice) => sum + sliceWh(slice), 0);
  return [...groups]
    .map(([key, slices]) => {
      const { wh, grams, euros } = sums(slices, sliceWh, question);
      const of = (part: EnergySlice[]) => part.reduce((sum, slice) => sum + sliceWh(slice), 0);
      return {
        ...{ key, wh, grams, euros, share: total > 0 ? wh / total : 0 },
        onAirWh: of(slices.filter(({ phase }) => isOnAir(phase))),
        betweenLivesWh: of(slices.filter(({ sessionId }) => sessionId === null)),
      };
    })
    .sort((a, b) => b.wh - a.wh);
}

/** What was seen, without what a counter gained unseen: nobody knows when that was. */
function seenWh({ counterWh, integratedWh }: EnergySlice): number {
  return counterWh + integratedWh;
}

function sums(slices: readonly EnergySlice[], whOf: (slice: EnergySlice) => number, { price, euro }: Question) {
  const total = { wh: 0, grams: 0, unpricedWh: 0, euros: euro && 0 };
  for (const slice of slices) {
    const wh = whOf(slice);
    const point = price(slice.startMs);
    total.wh += wh;
    if (point) total.grams += gramsOf(wh, point);
    else total.unpricedWh += wh;
    if (euro && total.euros !== null) total.euros += (wh / 1000) * euro(slice.startMs);
  }
  return total;
}

/** null when it is off between lives, or was never watched then. */
function standbyFinding(
  { id, name, essential }: PlugSpec,
  slices: readonly EnergySlice[],
  question: Question,
): StandbyFinding | null {
  const { wall } = question;
  const idle = slices.filter(({ sessionId, coveredMs }) => sessionId === null && coveredMs > 0);
  const betweenLives = standbyOf(idle);
  if (!betweenLives || betweenLives.meanWatts < OFF_WATTS) return null;
  const night = idle.filter(({ startMs }) => wall(startMs).hour < 6);
  const weekend = idle.filter(({ startMs }) => [0, 6].includes(new Date(`${wall(startMs).day}T12:00:00Z`).getUTCDay()));
  const days = Map.groupBy(idle, ({ startMs }) => wall(startMs).day);
  const watchedHours = slices.reduce((sum, { coveredMs }) => sum + coveredMs, 0) / HOUR_MS;
  const { wh, grams, unpricedWh, euros } = sums(idle, seenWh, question);
  const perYear = HOURS_PER_YEAR / watchedHours;
  const spread = spreadOf([...days.values()].flatMap((day) => standbyOf(day) ?? []));
  const saved = (value: number): Estimate => ({
    low: value * perYear * spread.low,
    central: value * perYear,
    high: value * perYear * spread.high,
  });
  return {
    ...{ plug: id, name, essential, betweenLives },
    ...{ nights: standbyOf(night), weekends: standbyOf(weekend), days: days.size },
    neverZero: betweenLives.leastWatts !== null && betweenLives.leastWatts >= OFF_WATTS,
    savedPerYear: {
      kwh: saved(wh / 1000),
      // With a tenth unpriced the grams would be too few.
      grams: unpricedWh > wh / 10 ? null : saved(grams),
      euros: euros === null ? null : saved(euros),
    },
    thin: days.size < LEAST_DAYS,
  };
}

function standbyOf(slices: readonly EnergySlice[]): Standby | null {
  const coveredMs = slices.reduce((sum, slice) => sum + slice.coveredMs, 0);
  if (coveredMs < QUARTER_HOUR_MS) return null;
  const watts = (part: readonly EnergySlice[], ms: number) =>
    part.reduce((sum, slice) => sum + seenWh(slice), 0) / (ms / HOUR_MS);
  const blocks = Map.groupBy(slices, ({ startMs }) => Math.floor(startMs / BLOCK_MS));
  const means = [...blocks.values()].flatMap((block) => {
    const ms = block.reduce((sum, slice) => sum + slice.coveredMs, 0);
    return ms >= BLOCK_MS * LEAST_BLOCK_SHARE ? [watts(block, ms)] : [];
  });
  return {
    hours: coveredMs / HOUR_MS,
    meanWatts: watts(slices, coveredMs),
    leastWatts: means.length > 0 ? Math.min(...means) : null,
  };
}

/** How much the mean may be off, from how much the days differ: two standard errors; with few days, by half either way. */
function spreadOf(days: readonly Standby[]): { low: number; high: number } {
  if (days.length < LEAST_DAYS) return { low: 0.5, high: 1.5 };
  const mean = days.reduce((sum, { meanWatts }) => sum + meanWatts, 0) / days.length;
  const variance = days.reduce((sum, { meanWatts }) => sum + (meanWatts - mean) ** 2, 0) / (days.length - 1);
  const share = mean > 0 ? (2 * Math.sqrt(variance / days.length)) / mean : 0;
  return { low: Math.max(0, 1 - share), high: 1 + share };
}
