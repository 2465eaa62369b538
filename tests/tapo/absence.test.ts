/** What a simulated plug remembers, read by the real adapter, ends up in the hours in which it was drawn. */
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { Metering } from '../../daemon/metering.ts';
import { sliceWh } from '../../model/energy.ts';
import { NEW_METER } from '../../model/meter.ts';
import type { PlugSpec } from '../../model/plug.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, type WatchedClock } from './studio.ts';

const HOUR_MS = 3_600_000;
const SPEC = { id: 'key-light', name: 'Key light', maxWatts: 3680 } as PlugSpec;

let at: Bench<WatchedClock>;
afterEach(() => at.close());

/**
 * Reads a plug, is away for `awayMs`, and reads it again.
 * @returns Wh as booked, by intervals of `binMs` since the first reading
 */
async function away(
  startMs: number,
  awayMs: number,
  binMs: number,
  load: (monotonicMs: number) => number,
  fine = false,
) {
  at = await bench({ startMs });
  at.outlet.setLoad(load);
  at.tapo.behave({ powerData: fine });
  const plug = at.client();
  const bookedWh = new Array<number>(awayMs / binMs).fill(0);
  let state = NEW_METER;
  const metering = new Metering({
    ...{ clock: at.clock, log: pino({ level: 'silent' }), runId: 'run-1', labels: () => [] },
    meterOf: () => state,
    booked(_plug, next, increments) {
      state = next;
      for (const slice of increments) {
        const bin = Math.floor((slice.startMs - startMs) / binMs);
        bookedWh[bin] = (bookedWh[bin] ?? 0) + sliceWh(slice);
      }
    },
  });
  const total = () => bookedWh.reduce((sum, wh) => sum + wh, 0);
  metering.reading(await plug.read(), SPEC, plug);
  at.clock.jump(awayMs);
  metering.reading(await plug.read(), SPEC, plug);
  await until('the history', () => total() > 0);
  return { bookedWh, totalWh: total(), trueWh: at.outlet.wattHours };
}

test('after two days away every hour has what was drawn in it, and neither midnight hides anything', async () => {
  const load = (hour: number) => (hour < 3 ? 120 : hour >= 30 && hour < 32 ? 800 : 4);
  // 19:00 in Paris.
  const startMs = Date.UTC(2026, 10, 24, 18);
  const { bookedWh, totalWh, trueWh } = await away(startMs, 48 * HOUR_MS, HOUR_MS, (ms) =>
    load(Math.floor(ms / HOUR_MS)),
  );
  expect(totalWh).toBeGreaterThan(trueWh - 4);
  expect(totalWh).toBeLessThan(trueWh + 1);
  for (const [hour, wh] of bookedWh.entries()) expect(Math.abs(wh - load(hour))).toBeLessThan(2);
});

test('after an evening away every quarter of an hour has what was drawn in it, over midnight, where the plug knows it so well', async () => {
  const load = (quarter: number) => (quarter % 5 === 0 ? 1200 : 8);
  // 21:00 in Paris.
  const startMs = Date.UTC(2026, 10, 24, 20);
  const { bookedWh, totalWh, trueWh } = await away(
    startMs,
    6 * HOUR_MS,
    HOUR_MS / 4,
    (ms) => load(Math.floor((4 * ms) / HOUR_MS)),
    true,
  );
  expect(totalWh).toBeGreaterThan(trueWh - 2);
  expect(totalWh).toBeLessThan(trueWh + 1);
  for (const [quarter, wh] of bookedWh.entries()) expect(Math.abs(wh - load(quarter) / 4)).toBeLessThan(2);
});
