import { existsSync, readFileSync } from 'node:fs';
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import type { EmissionGroup } from '../../api/deps.ts';
import { EmissionGroups } from '../../daemon/emission-groups.ts';
import { footprint, gramsPerHour, type Pricing, pricing } from '../../model/emissions.ts';
import { EMPTY_ENERGY, type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { type Label, meter, NEW_METER } from '../../model/meter.ts';
import type { PlugSpec } from '../../model/plug.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { noTraces, readTrace, TRACES } from '../support/trace.ts';

const HOUR_MS = 3_600_000;
const T0 = Date.UTC(2026, 10, 24, 12);

const point = (startMs: number, endMs: number, gramsPerKwh: number): IntensityPoint => ({
  ...{ zone: 'FR', startMs, endMs, gramsPerKwh, factorType: 'lifecycle', basis: 'production' },
  ...{ status: 'measured', provider: 'grid', fetchedAtMs: 0 },
});
const GRID = pricing([point(T0, T0 + HOUR_MS, 20), point(T0 + HOUR_MS, T0 + 2 * HOUR_MS, 30)], ['grid'], null);

/** What the meter makes of readings at these seconds after T0. */
function metered(samples: [second: number, watts: number][], labels: Label[] = []): EnergySlice[] {
  let state = NEW_METER;
  return samples.flatMap(([second, watts]) => {
    const reading = {
      ...{ plug: 'p', atMs: T0 + second * 1000, monotonicMs: second * 1000, watts, counterWh: null, relay: true },
      ...{ volts: null, amps: null, celsius: null, flags: [], feed: 'polled' as const },
    };
    const next = meter(state, reading, { runId: 'a', expectedIntervalMs: 10_000, maxWatts: 3680, labels });
    state = next.state;
    return next.increments;
  });
}
const every10s = (fromS: number, toS: number, watts: (second: number) => number): [number, number][] =>
  Array.from({ length: (toS - fromS) / 10 + 1 }, (_, index) => [fromS + index * 10, watts(fromS + index * 10)]);

describe('energy times the intensity of its own time (20 g/kWh in the first hour, 30 in the second)', () => {
  test.each([
    { name: '400 W from 600 s to 4800 s', samples: every10s(600, 4800, () => 400), wh: 466.667, grams: 10.6667 },
    {
      name: 'a ramp over the hour',
      samples: every10s(3000, 4200, (s) => 100 + (s - 3000) / 4),
      wh: 83.3333,
      grams: 2.20833,
    },
    {
      name: '400 W with a gap of 300 s',
      samples: [0, 10, 20, 320, 330].map((second): [number, number] => [second, 400]),
      wh: 3.3333,
      grams: 0.066667,
    },
  ])('$name: $wh Wh, $grams g', ({ samples, wh, grams }) => {
    const total = footprint(metered(samples), GRID);
    expect(total.wh).toBeCloseTo(wh, 3);
    expect(total.grams).toBeCloseTo(grams, 4);
    expect(total.unpricedWh).toBe(0);
  });

  test('400 W are 8 g/h at 20 g/kWh', () => {
    expect(gramsPerHour(400, { gramsPerKwh: 20 })).toBe(8);
  });
});

const PLUGS = ['a', 'b', 'c'].map(
  (id, index): PlugSpec => ({
    ...{ id, name: id, kind: (['light', 'light', 'pc'] as const)[index] ?? 'other', essential: true },
    ...{ idleWatts: null, quietSeconds: 0, minOnSeconds: 0, minOffSeconds: 0, maxWatts: 3680, staleAfterMs: 60_000 },
  }),
);
const slice = (startMs: number, more: Partial<EnergySlice> = {}): EnergySlice => ({
  ...{ plug: 'a', startMs, sessionId: null, phase: 'standby', ...EMPTY_ENERGY, ...more },
});

function groupsBy(by: EmissionGroup, slices: readonly EnergySlice[], price: Pricing) {
  const groups = new EmissionGroups(by, PLUGS, 'Europe/Paris');
  // Piece by piece, as the daemon reads them.
  for (const one of slices) groups.add([one], price);
  return groups.list();
}

describe('local days', () => {
  test.each([
    { day: '2026-10-25', from: '2026-10-24T22:00:00Z', quarters: 100 },
    { day: '2027-03-28', from: '2027-03-27T23:00:00Z', quarters: 92 },
    { day: '2026-11-24', from: '2026-11-23T23:00:00Z', quarters: 96 },
  ])('$day has $quarters quarter hours', ({ day, from, quarters }) => {
    const fromMs = Date.parse(from);
    // One more on both sides.
    const slices = Array.from({ length: quarters + 2 }, (_, index) =>
      slice(fromMs + (index - 1) * QUARTER_HOUR_MS, { counterWh: 1, coveredMs: QUARTER_HOUR_MS }),
    );
    const price: Pricing = (startMs) => point(startMs, startMs + QUARTER_HOUR_MS, 40);
    const groups = groupsBy('day', slices, price);
    expect(groups.map(({ footprint: one }) => one.wh)).toEqual([1, quarters, 1]);
    const own = groups.find(({ key }) => key === day)?.footprint;
    expect(own).toMatchObject({ wh: quarters, coverage: 1 });
    expect(own?.grams).toBeCloseTo(quarters * 0.04, 9);
  });
});

describe('any split of a period sums to the whole', () => {
  const quarter = integer({ min: 0, max: 200 });
  const anySlice = record({
    plug: constantFrom('a', 'b', 'c'),
    quarter,
    sessionId: constantFrom(null, 's1', 's2'),
    phase: constantFrom('standby' as const, 'setup' as const, 'live' as const),
    counterWh: integer({ min: 0, max: 900 }),
    integratedWh: integer({ min: -3, max: 90 }),
    gapWh: integer({ min: 0, max: 50 }),
    coveredMs: integer({ min: 0, max: QUARTER_HOUR_MS }),
  });
  const anyPoint = record({ quarter, length: constantFrom(1, 2, 4), grams: integer({ min: 0, max: 900 }) });
  /** Some quarter hours have no price at all. */
  const priceOf = (points: { quarter: number; length: number; grams: number }[]) =>
    pricing(
      points.map(({ quarter: at, length, grams }) =>
        point(T0 + at * QUARTER_HOUR_MS, T0 + (at + length) * QUARTER_HOUR_MS, grams),
      ),
      ['grid'],
      null,
    );
  const slicesOf = (given: (Omit<EnergySlice, 'startMs'> & { quarter: number })[]) =>
    given.map(({ quarter: at, ...rest }) => slice(T0 + at * QUARTER_HOUR_MS, rest));
  const sumOf = (parts: { wh: number; grams: number; unpricedWh: number }[]) =>
    parts.reduce(
      (sum, { wh, grams, unpricedWh }) => ({
        wh: sum.wh + wh,
        grams: sum.grams + grams,
        unpricedWh: sum.unpricedWh + unpricedWh,
      }),
      { wh: 0, grams: 0, unpricedWh: 0 },
    );
  const expectSame = (parts: Parameters<typeof sumOf>[0], whole: Parameters<typeof sumOf>[0][number]) => {
    const sum = sumOf(parts);
    expect(sum.wh).toBeCloseTo(whole.wh, 6);
    expect(sum.grams).toBeCloseTo(whole.grams, 6);
    expect(sum.unpricedWh).toBeCloseTo(whole.unpricedWh, 6);
  };

  test('cut at any moments', () => {
    assert(
      property(array(anySlice, { maxLength: 40 }), array(anyPoint), array(quarter), (given, points, cuts) => {
        const [slices, price] = [slicesOf(given), priceOf(points)];
        const edges = [Number.NEGATIVE_INFINITY, ...cuts.sort((a, b) => a - b), Number.POSITIVE_INFINITY];
        const parts = edges.slice(1).map((toEdge, index) =>
          footprint(
            slices.filter(({ startMs }) => {
              const at = (startMs - T0) / QUARTER_HOUR_MS;
              return at >= (edges[index] ?? 0) && at < toEdge;
            }),
            price,
          ),
        );
        expectSame(parts, footprint(slices, price));
      }),
    );
  });

  test('grouped by plug, kind, session, hour or day', () => {
    const groupBy = constantFrom('plug' as const, 'kind' as const, 'session' as const, 'hour' as const, 'day' as const);
    assert(
      property(array(anySlice, { maxLength: 40 }), array(anyPoint), groupBy, (given, points, by) => {
        const [slices, price] = [slicesOf(given), priceOf(points)];
        const groups = groupsBy(by, slices, price);
        expectSame(
          groups.map((group) => group.footprint),
          footprint(slices, price),
        );
      }),
    );
  });

  test('and so does any cutting of the time into sessions and phases, from the readings on', () => {
    const watts = array(integer({ min: 0, max: 2000 }), { minLength: 2, maxLength: 60 });
    const starts = array(integer({ min: 0, max: 4000 }), { maxLength: 6 });
    assert(
      property(watts, starts, (values, seconds) => {
        // A reading every 50 s: over the edges of several quarter hours.
        const samples = values.map((value, index): [number, number] => [index * 50, value]);
        const labels = seconds
          .sort((a, b) => a - b)
          .map((second, index): Label => ({ fromMs: T0 + second * 1000, sessionId: `s${index}`, phase: 'live' }));
        const cut = metered(samples, labels);
        expectSame([footprint(cut, GRID)], footprint(metered(samples), GRID));
        const byTrapezoid = samples
          .slice(1)
          .reduce((sum, [, value], index) => sum + ((value + (samples[index]?.[1] ?? 0)) / 2) * (50 / 3600), 0);
        expect(footprint(cut, GRID).wh).toBeCloseTo(byTrapezoid, 6);
      }),
    );
  });
});

const FRENCH_DAY = new URL('../../../shared/fixtures/carbon/energycharts_co2eq_fr.json', import.meta.url);
const skipped = noTraces || (existsSync(FRENCH_DAY) ? false : 'the recorded French day is not beside the project');
const MIDNIGHT = Date.parse('2026-10-03T22:00:00Z');

/** The recorded intensity of 4 October 2026 in France, g/kWh by quarter hour from midnight on. */
function frenchDay(): number[] {
  const { unix_seconds, co2eq, co2eq_forecast } = JSON.parse(readFileSync(FRENCH_DAY, 'utf8'));
  expect(unix_seconds[0] * 1000).toBe(MIDNIGHT);
  return Array.from({ length: 96 }, (_, index): number => co2eq[index] ?? co2eq_forecast[index]);
}

describe.skipIf(skipped)(
  `real appliances on a real day of the French grid${skipped ? ` (skipped: ${skipped})` : ''}`,
  () => {
    test.each(TRACES)('%s: the grams are those of a sum over each of its seconds', (name) => {
      const clock = new FakeClock(MIDNIGHT);
      const { load } = readTrace(name);
      const day = frenchDay();
      const points = day.map((grams, index) =>
        point(MIDNIGHT + index * QUARTER_HOUR_MS, MIDNIGHT + (index + 1) * QUARTER_HOUR_MS, grams),
      );
      // By hand: joule by joule, without slices, meters or prices.
      let grams = 0;
      for (let second = 0; second < 86_400; second++)
        grams += (load(second * 1000) / 3_600_000) * (day[Math.floor(second / 900)] ?? 0);

      const outlet = new SimulatedOutlet(clock, load);
      let state = NEW_METER;
      const slices: EnergySlice[] = [];
      for (let second = 0; second <= 86_400; second += 10) {
        const { watts, wattHours } = outlet;
        const reading = {
          ...{ plug: name, atMs: clock.nowMs(), monotonicMs: clock.monotonicMs(), watts, relay: true },
          ...{ counterWh: Math.floor(wattHours), volts: null, amps: null, celsius: null, flags: [] },
          feed: 'polled' as const,
        };
        const next = meter(state, reading, { runId: 'a', expectedIntervalMs: 10_000, maxWatts: 3680, labels: [] });
        state = next.state;
        slices.push(...next.increments);
        clock.jump(10_000);
      }
      const found = footprint(slices, pricing(points, ['grid'], null));
      expect(found.unpricedWh).toBeCloseTo(0, 6);
      expect(Math.abs(found.grams / grams - 1)).toBeLessThan(0.002);
      expect(found.origins).toHaveLength(1);
    });
  },
);
