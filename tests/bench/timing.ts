import { systemClock } from '../../daemon/clock.ts';

export type Row = Record<string, string | number>;

/** How long `work` takes, as a row of the table. */
export async function timed(what: string, count: number, unit: string, work: () => unknown): Promise<Row> {
  const startMs = systemClock.monotonicMs();
  await work();
  const ms = systemClock.monotonicMs() - startMs;
  return { what, 'per second': Math.round((count / ms) * 1000), of: unit, ms: Math.round(ms) };
}

/** Of some times, ms. */
export function spreadOf(times: readonly number[]): { p50Ms: number; p99Ms: number; mostMs: number } {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number) => Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN) * 10) / 10;
  return { p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
}
