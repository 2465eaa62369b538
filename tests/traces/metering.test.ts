import { describe, expect, test } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { meter, NEW_METER } from '../../model/meter.ts';
import type { Reading } from '../../model/reading.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seeded } from '../support/random.ts';
import { noTraces, readTrace, TRACES } from '../support/trace.ts';

const DAY_S = 86_400;

/** Polls an outlet every 10 s for a day, with `lost` of the readings lost, and returns the energy metered. */
function meterDay(outlet: SimulatedOutlet, clock: FakeClock, options: { counter: boolean; lost: number }): number {
  const random = seeded(42);
  let state = NEW_METER;
  let wh = 0;
  for (let second = 0; second <= DAY_S; second += 10) {
    const { watts, wattHours } = outlet;
    if (second === 0 || second === DAY_S || random() >= options.lost) {
      const counterWh = options.counter ? Math.floor(wattHours) : null;
      const reading: Reading = {
        plug: 'traced',
        atMs: clock.nowMs(),
        monotonicMs: clock.monotonicMs(),
        watts,
        counterWh,
        relay: true,
        volts: null,
        amps: null,
        celsius: null,
        flags: [],
        feed: 'polled',
      };
      const metered = meter(state, reading, { runId: 'a', expectedIntervalMs: 10_000, maxWatts: 3680, labels: [] });
      state = metered.state;
      for (const { counterWh: counted, integratedWh, gapWh } of metered.increments)
        wh += counted + integratedWh + gapWh;
    }
    clock.jump(10_000);
  }
  return wh;
}

describe.skipIf(noTraces)(`a day of real appliances${noTraces ? ` (skipped: ${noTraces})` : ''}`, () => {
  test.each(TRACES)('%s: within 0.1 % with a counter in whole Wh', (name) => {
    const clock = new FakeClock();
    const trace = readTrace(name);
    const wh = meterDay(new SimulatedOutlet(clock, trace.load), clock, { counter: true, lost: 0.05 });
    expect(Math.abs(wh / trace.wh - 1)).toBeLessThan(0.001);
  });

  test.each(TRACES)('%s: within 1 % without a counter and with 5 %% of the readings lost', (name) => {
    const clock = new FakeClock();
    const trace = readTrace(name);
    const wh = meterDay(new SimulatedOutlet(clock, trace.load), clock, { counter: false, lost: 0.05 });
    expect(Math.abs(wh / trace.wh - 1)).toBeLessThan(0.01);
  });
});
