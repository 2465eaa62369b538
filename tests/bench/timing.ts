import { systemClock } from '../../daemon/clock.ts';

export type Row = Record<string, string | number>;

/** How long `work` takes, as a row of the table. */
export async function timed(what: string, count: number, unit: string, work: () => unknown): Promise<Row> {
  const startMs = systemClock.monotonicMs();
  await work();
  const ms = systemClock.monotonicMs() - startMs;
  return { what, 'per second': Math.round((count / ms) * 1000), of: unit, ms: Math.round(ms) };
}
