import type { HistoryBucket } from '../model/ports.ts';

/** A plug that reports only changes is taken to hold its value this long. */
const HOLD_MS = 60_000;

/**
 * Mean watts of one plug in equal steps from `fromMs`: as many as fit before `toMs`. A step in which nothing was heard
 * holds the value before for a minute; then it is null, which is not zero.
 * @param buckets oldest first, each beginning at a multiple of `stepMs`
 */
export function columnOf(
  buckets: readonly HistoryBucket[],
  { fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number },
): (number | null)[] {
  const known = new Map(buckets.map(({ startMs, meanWatts }) => [startMs, meanWatts]));
  const column: (number | null)[] = [];
  let held = { atMs: Number.NEGATIVE_INFINITY, watts: 0 };
  for (let atMs = fromMs; atMs < toMs; atMs += stepMs) {
    const watts = known.get(atMs);
    if (watts !== undefined) held = { atMs, watts };
    column.push(atMs - held.atMs <= HOLD_MS ? held.watts : null);
  }
  return column;
}
