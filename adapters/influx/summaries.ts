import { localMidnight } from '../../model/local-day.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What is kept for ever when the raw points are gone: one row per plug and window. */
export interface Summary {
  /** Measurement that it makes. */
  name: string;
  /** Measurement that it is made from. */
  from: string;
  /** Length of a window. A day is one of the studio's time zone. */
  every: '1m' | '15m' | '1d';
  /** How often the database makes it, and how far back each time: points come late, and are restated. */
  run: string;
  back: string;
  fields: readonly { is: string; aggregate: 'mean' | 'max' | 'sum' | 'count'; of: string }[];
}

const POWER = [
  { is: 'watts', aggregate: 'mean', of: 'watts' },
  { is: 'max_watts', aggregate: 'max', of: 'watts' },
  { is: 'readings', aggregate: 'count', of: 'watts' },
] as const;

export const SUMMARIES: readonly Summary[] = [
  { name: 'power_1m', from: 'power', every: '1m', run: '1m', back: '30m', fields: POWER },
  { name: 'power_15m', from: 'power', every: '15m', run: '15m', back: '1h', fields: POWER },
  {
    name: 'energy_1d',
    from: 'energy',
    every: '1d',
    run: '15m',
    back: '3d',
    fields: [
      { is: 'wh', aggregate: 'sum', of: 'wh' },
      { is: 'grams', aggregate: 'sum', of: 'grams' },
      { is: 'coverage', aggregate: 'mean', of: 'coverage' },
    ],
  },
];

/** Older than this when it arrives, a point of a measurement may have missed its summary. Less than `back`. */
const LATE_MS: Readonly<Record<string, number>> = { power: 20 * MINUTE_MS, energy: 2 * DAY_MS };

/** The oldest point that the database's own summaries miss, UTC ms; null when all of them are on time. */
export function oldestLate(lines: readonly string[], nowMs: number): number | null {
  let oldestMs = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const lateMs = LATE_MS[line.slice(0, line.indexOf(','))];
    if (lateMs === undefined) continue;
    const atMs = Number(line.slice(line.lastIndexOf(' ') + 1));
    if (atMs < nowMs - lateMs && atMs < oldestMs) oldestMs = atMs;
  }
  return Number.isFinite(oldestMs) ? oldestMs : null;
}

/** The whole windows that touch [fromMs, toMs): a part of a window would overwrite the whole. */
export function wholeWindows(
  { every }: Summary,
  fromMs: number,
  toMs: number,
  timeZone: string,
): { fromMs: number; toMs: number } {
  if (every === '1d') {
    // A day has 23 to 25 hours: 26 hours after its begin is always in the next.
    const lastMs = localMidnight(toMs - 1, timeZone);
    return { fromMs: localMidnight(fromMs, timeZone), toMs: localMidnight(lastMs + 26 * 3_600_000, timeZone) };
  }
  const windowMs = every === '1m' ? MINUTE_MS : 15 * MINUTE_MS;
  return { fromMs: Math.floor(fromMs / windowMs) * windowMs, toMs: Math.ceil(toMs / windowMs) * windowMs };
}
