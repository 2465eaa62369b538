/** What a simulated plug remembers, read by the real adapter, ends up in the hours in which it was drawn. */
import pino from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { Metering } from '../../daemon/metering.ts';
import { sliceWh } from '../../model/energy.ts';
import type { PlugSpec } from '../../model/plug.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, type WatchedClock } from './studio.ts';

const HOUR_MS = 3_600_000;
const SPEC = { id: 'key-light', name: 'Key light', maxWatts: 3680 } as PlugSpec;

describe('after two days away', () => {
  let at: Bench<WatchedClock>;
  afterEach(() => at.close());

  test('every hour has what was drawn in it, and neither midnight hides anything', async () => {
    // 19:00 in Paris.
    const startMs = Date.UTC(2026, 10, 24, 18);
    at = await bench({ startMs });
    const load = (hour: number) => (hour < 3 ? 120 : hour >= 30 && hour < 32 ? 800 : 4);
    at.outlet.setLoad((monotonicMs) => load(Math.floor(monotonicMs / HOUR_MS)));
    const plug = at.client();
    const bookedWh = new Array<number>(48).fill(0);
    const metering = new Metering({
      ...{ clock: at.clock, log: pino({ level: 'silent' }), runId: 'run-1', labels: () => [] },
      booked(_plug, _state, increments) {
        for (const slice of increments) {
          const hour = Math.floor((slice.startMs - startMs) / HOUR_MS);
          bookedWh[hour] = (bookedWh[hour] ?? 0) + sliceWh(slice);
        }
      },
    });
    const total = () => bookedWh.reduce((sum, wh) => sum + wh, 0);
    metering.reading(await plug.read(), SPEC, plug);
    at.clock.jump(48 * HOUR_MS);
    metering.reading(await plug.read(), SPEC, plug);
    await until('the history', () => total() > 0);
    const trueWh = at.outlet.wattHours;
    expect(total()).toBeGreaterThan(trueWh - 4);
    expect(total()).toBeLessThan(trueWh + 1);
    for (const [hour, wh] of bookedWh.entries()) expect(Math.abs(wh - load(hour))).toBeLessThan(2);
  });
});
