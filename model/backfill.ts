import { absenceBefore, believableGainWh, type MeterSettings, type MeterState } from './meter.ts';
import type { CounterSample } from './ports.ts';
import type { Reading } from './reading.ts';

/** Histories are in whole Wh per hour, and a day has up to 25 hours: so far a day's sum may be off, Wh. */
const ROUNDING_WH = 25;

export interface Backfill {
  /** To be fed to `meter` in this order before the fresh reading. */
  readings: Reading[];
  /** Why the history was not used, or null. */
  ignored: string | null;
}

const NOTHING: Backfill = { readings: [], ignored: null };

/**
 * Readings of a counter that nobody read: what the plug's own history shows between the last reading and `fresh`. With
 * them the energy of an absence is booked in the hours in which it was drawn, and no reset of the counter hides any.
 *
 * The counters that were read are the truth: the history may not begin below the last, nor exceed the fresh one on its
 * day. A history that contradicts them is not used at all.
 * @param samples with one from before the last reading where there is one: it shows whether both count alike
 */
export function backfill(
  before: MeterState,
  fresh: Reading,
  samples: readonly CounterSample[],
  settings: MeterSettings,
): Backfill {
  const absence = absenceBefore(before, fresh, settings);
  const known = before.counter;
  if (!absence || !known || fresh.counterWh === null) return NOTHING;
  const { fromMs, toMs } = absence;
  const missed = samples.filter(({ atMs }) => atMs > fromMs && atMs <= toMs);
  if (missed.length === 0) return NOTHING;

  const ignored = (why: string) => ({ readings: [], ignored: `the plug's history is not used: ${why}` });
  const base = samples.findLast(({ atMs }) => atMs <= fromMs);
  const aheadWh = Math.max(0, (base?.counterWh ?? 0) - known.wh);
  if (aheadWh > ROUNDING_WH) return ignored(`it shows ${base?.counterWh} Wh where the counter showed ${known.wh} Wh`);
  if (missed.some(({ atMs, counterWh }, index) => !(counterWh >= 0 && atMs >= (missed[index - 1]?.atMs ?? fromMs))))
    return ignored('it is not in order');

  const days = daysOf({ atMs: fromMs, counterWh: known.wh }, missed);
  // Reset a moment ago: a power cut, or a midnight by the plug's own clock.
  if (fresh.counterWh <= ROUNDING_WH && fresh.counterWh < (missed.at(-1)?.counterWh ?? 0) - ROUNDING_WH) days.push([]);
  const last = days.at(-1) ?? [];
  if (days.length === 1 && fresh.counterWh < known.wh) return ignored('it does not show the reset of the counter');
  for (const sample of days[0] ?? []) sample.counterWh = Math.max(sample.counterWh - aheadWh, known.wh);
  for (const sample of last) sample.counterWh = Math.min(sample.counterWh, fresh.counterWh);
  last.push({ atMs: toMs, counterWh: fresh.counterWh });
  if (!days.every((day) => smooth(day, settings.maxWatts))) return ignored('it shows more than the outlet can deliver');

  return {
    readings: days
      .flat()
      .slice(1, -1)
      .map(({ atMs, counterWh }) => ({
        ...fresh,
        atMs,
        monotonicMs: fresh.monotonicMs - (toMs - atMs),
        watts: null,
        counterWh,
      })),
    ignored: null,
  };
}

/** Copies the samples, apart for each time between two resets; the last known counter is the first of the first. */
function daysOf(known: CounterSample, samples: readonly CounterSample[]): CounterSample[][] {
  const days: CounterSample[][] = [[known]];
  let previousWh = known.counterWh - ROUNDING_WH;
  for (const sample of samples) {
    if (sample.counterWh < previousWh) days.push([]);
    days.at(-1)?.push({ ...sample });
    previousWh = sample.counterWh;
  }
  return days;
}

/**
 * What rounding left out of the hours is missing in one step at the end, and such a step is not believable when it is
 * short: earlier samples are raised as far as it takes.
 * @returns false when more than rounding would have to be mended
 */
function smooth(day: CounterSample[], maxWatts: number): boolean {
  for (let index = day.length - 1; index > 0; index -= 1) {
    const [earlier, later] = [day[index - 1], day[index]];
    if (!earlier || !later) continue;
    const missingWh = later.counterWh - believableGainWh(later.atMs - earlier.atMs, maxWatts) - earlier.counterWh;
    if (missingWh <= 0) continue;
    // The first of a day is what was read, or where the reset left it.
    if (missingWh > ROUNDING_WH || index === 1) return false;
    earlier.counterWh += Math.ceil(missingWh);
  }
  return true;
}
