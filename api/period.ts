import { iso } from '../model/iso.ts';
import { Problem } from './problem.ts';

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 400;
const MOST_BUCKETS = 5000;
const USUAL_BUCKETS = 500;

/**
 * The asked period, UTC ms; by default the 24 hours before `to`, and `to` is now.
 * @throws Problem when it is empty or longer than so many days
 */
export function periodOf(
  query: { from?: number | undefined; to?: number | undefined },
  nowMs: number,
  longestDays = LONGEST_DAYS,
): { fromMs: number; toMs: number } {
  const toMs = query.to ?? nowMs;
  const fromMs = query.from ?? toMs - DAY_MS;
  if (fromMs >= toMs) throw badQuery('from', iso(fromMs), `a time before ${iso(toMs)}`);
  if (toMs - fromMs > longestDays * DAY_MS)
    throw badQuery('from', iso(fromMs), `a period of at most ${longestDays} days`);
  return { fromMs, toMs };
}

/** So many days, or fewer where many plugs would make more than `plugDays` of energy to read: it has to run on a small computer. */
export function daysFor(plugs: number, { days = LONGEST_DAYS, plugDays }: { days?: number; plugDays: number }): number {
  return Math.min(days, Math.max(1, Math.floor(plugDays / Math.max(1, plugs))));
}

/**
 * The length of a bucket, ms: as asked, or whole seconds that make at most 500 buckets.
 * @throws Problem when it would make more than 5000
 */
export function stepOf(stepSeconds: number | undefined, fromMs: number, toMs: number): number {
  const stepMs = (stepSeconds ?? Math.ceil((toMs - fromMs) / 1000 / USUAL_BUCKETS)) * 1000;
  const leastSeconds = Math.ceil((toMs - fromMs) / 1000 / MOST_BUCKETS);
  if (stepMs < leastSeconds * 1000)
    throw badQuery('step', String(stepSeconds), `at least ${leastSeconds} for this period`);
  return stepMs;
}

function badQuery(name: string, found: string, expected: string): Problem {
  const error = { field: `query.${name}`, found, expected };
  return new Problem('validation-failed', `${error.field}: expected ${expected}, found ${found}`, { errors: [error] });
}
