import { z } from 'zod';
import { PlugProtocolError } from '../../model/errors.ts';
import { localMidnight, wallParts } from '../../model/local-day.ts';
import type { CounterSample } from '../../model/ports.ts';
import { finer, powerHistory } from './power-history.ts';
import type { Answer, Request } from './protocol.ts';

const ENERGY_DATA = 'get_energy_data';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Interval of the data, minutes. */
const HOURLY = 60;
const DAILY = 1440;
/** Hourly data is for eight days at most, today included; daily data for a quarter of the year. */
const HOURLY_DAYS = 8;
const DAILY_DAYS = 92;

/** No outlet gives more in a day, Wh. */
const MOST_WH = 1_000_000;
const dataSchema = z.object({
  data: z.array(z.number().min(0).max(MOST_WH)).max(1000),
  start_timestamp: z.number(),
  interval: z.number(),
});

type Ask = (requests: readonly Request[]) => Promise<Map<string, Answer>>;

interface Day {
  startMs: number;
  endMs: number;
}

/**
 * Today's counter as it stood at the ends of the hours between `fromMs` and `toMs`, with 0 at each local midnight and
 * the day's total just before it. Hours are whole Wh, so the total of a day that is over comes from the daily data, and
 * no hour shows more. Newer firmware tells the last twelve
 * hours by 5 minutes. Days for which there is only daily data have their two ends; days without data have nothing.
 * @param zone the plug's time zone
 * @throws PlugProtocolError, and like `ask`
 */
export async function counterHistory(
  ask: Ask,
  who: string,
  zone: string,
  fromMs: number,
  toMs: number,
): Promise<CounterSample[]> {
  const days = localDays(zone, Math.max(fromMs, toMs - DAILY_DAYS * DAY_MS), toMs);
  const totals = await dailyTotals(ask, who, zone, days);
  if (!totals) return [];
  const hourlyFromMs = localMidnight(toMs - (HOURLY_DAYS - 1) * DAY_MS, zone);
  const samples: CounterSample[] = [];
  for (const day of days) {
    const isOver = day.endMs <= toMs;
    const hours = day.startMs >= hourlyFromMs ? await energyData(ask, who, day.startMs, day.endMs - 1, HOURLY) : null;
    const total = isOver ? (totals.get(day.startMs) ?? null) : null;
    if (!hours?.length && total === null) continue;
    samples.push({ atMs: day.startMs, counterWh: 0 });
    let counterWh = 0;
    for (const [index, wh] of (hours ?? []).entries()) {
      const atMs = day.startMs + (index + 1) * HOUR_MS;
      if (atMs > toMs) break;
      counterWh = Math.min(counterWh + wh, total ?? Number.POSITIVE_INFINITY);
      if (atMs < day.endMs) samples.push({ atMs, counterWh });
    }
    if (isOver) samples.push({ atMs: day.endMs - 1, counterWh: total ?? counterWh });
  }
  const fine = finer(samples, await powerHistory(ask, fromMs, toMs));
  return fine.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
}

/** The local days that [fromMs, toMs] touches; they have 23 to 25 hours. */
function localDays(zone: string, fromMs: number, toMs: number): Day[] {
  const days: Day[] = [];
  for (let startMs = localMidnight(fromMs, zone); startMs <= toMs; ) {
    const endMs = localMidnight(startMs + 26 * HOUR_MS, zone);
    days.push({ startMs, endMs });
    startMs = endMs;
  }
  return days;
}

/** Wh of each day that the plug knows, by the day's start; null when it keeps no history. */
async function dailyTotals(ask: Ask, who: string, zone: string, days: Day[]): Promise<Map<number, number> | null> {
  const totals = new Map<number, number>();
  for (const [quarterMs, own] of Map.groupBy(days, ({ startMs }) => quarterStart(startMs, zone))) {
    const data = await energyData(ask, who, quarterMs, quarterMs, DAILY);
    if (!data) return null;
    for (const { startMs } of own) {
      const wh = data[Math.round((startMs - quarterMs) / DAY_MS)];
      if (wh !== undefined) totals.set(startMs, wh);
    }
  }
  return totals;
}

/** Midnight of the first day of the quarter of the year: plugs hand out daily data from there. */
function quarterStart(midnightMs: number, zone: string): number {
  const { day } = wallParts(midnightMs, zone);
  const [year = 0, month = 1] = day.split('-').map(Number);
  const daysSince = Math.round((Date.parse(day) - Date.UTC(year, Math.floor((month - 1) / 3) * 3, 1)) / DAY_MS);
  // From noon: a change of the clocks in between moves it by an hour.
  return localMidnight(midnightMs + DAY_MS / 2 - daysSince * DAY_MS, zone);
}

async function energyData(
  ask: Ask,
  who: string,
  startMs: number,
  endMs: number,
  interval: number,
): Promise<number[] | null> {
  const params = { start_timestamp: startMs / 1000, end_timestamp: Math.floor(endMs / 1000), interval };
  const answer = (await ask([{ method: ENERGY_DATA, params }])).get(ENERGY_DATA);
  if (!answer?.result) return null;
  const reply = dataSchema.safeParse(answer.result);
  if (!reply.success || reply.data.interval !== interval || reply.data.start_timestamp !== params.start_timestamp)
    throw new PlugProtocolError(`${who} answered ${ENERGY_DATA} with something that is not the history asked for`);
  return reply.data.data;
}
