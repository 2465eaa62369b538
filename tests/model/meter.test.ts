import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { footprint } from '../../model/emissions.ts';
import {
  addEnergy,
  EMPTY_ENERGY,
  type EnergySlice,
  QUARTER_HOUR_MS,
  quarterHourStart,
  sliceWh,
} from '../../model/energy.ts';
import { type Label, type MeterState, meter, NEW_METER } from '../../model/meter.ts';
import type { Reading } from '../../model/reading.ts';

const T0 = Date.UTC(2026, 10, 24, 12, 0, 0);
const SETTINGS = { runId: 'run-1', expectedIntervalMs: 10_000, maxWatts: 3680, labels: [] as Label[] };

/** Feeds readings to one meter and keeps its slices as the journal would. */
class Bench {
  state: MeterState = NEW_METER;
  readonly slices = new Map<string, EnergySlice>();
  readonly notes: string[] = [];

  feed(atS: number, more: Partial<Reading>, settings: Partial<typeof SETTINGS> = {}): this {
    const reading: Reading = {
      plug: 'light',
      atMs: T0 + atS * 1000,
      monotonicMs: atS * 1000,
      watts: null,
      counterWh: null,
      relay: true,
      volts: null,
      amps: null,
      celsius: null,
      flags: [],
      feed: 'polled',
      ...more,
    };
    // Through JSON, as over a restart: the state must not hold anything that does not survive it.
    const before = JSON.parse(JSON.stringify(this.state)) as MeterState;
    const { state, increments, notes } = meter(before, reading, { ...SETTINGS, ...settings });
    this.state = state;
    this.notes.push(...notes);
    for (const slice of increments) {
      const key = `${slice.startMs}|${slice.phase}|${slice.sessionId}`;
      this.slices.set(key, { ...slice, ...addEnergy(this.slices.get(key) ?? EMPTY_ENERGY, slice) });
    }
    return this;
  }

  all(): EnergySlice[] {
    return [...this.slices.values()].sort((a, b) => a.startMs - b.startMs);
  }

  get wh(): number {
    return this.all().reduce((sum, slice) => sum + sliceWh(slice), 0);
  }

  sum(part: 'counterWh' | 'integratedWh' | 'gapWh'): number {
    return this.all().reduce((sum, slice) => sum + slice[part], 0);
  }
}

const grid = (startMs: number) => {
  const grams = startMs < T0 + 3_600_000 ? 20 : 30;
  const rest = { factorType: 'lifecycle', basis: 'production', status: 'measured', fetchedAtMs: 0 } as const;
  return { zone: 'FR', startMs, endMs: startMs + QUARTER_HOUR_MS, gramsPerKwh: grams, provider: 'told', ...rest };
};

describe('without a counter', () => {
  test('400 W from 10 to 80 minutes is 466.667 Wh, 10.6667 g where the grid changes from 20 to 30 g/kWh', () => {
    const bench = new Bench();
    for (let s = 600; s <= 4800; s += 10) bench.feed(s, { watts: 400 });
    const { wh, grams } = footprint(bench.all(), grid);
    expect(wh).toBeCloseTo(466.667, 3);
    expect(grams).toBeCloseTo(10.6667, 4);
  });

  test('a ramp over the change of the hour is split at it: 83.3333 Wh, 2.20833 g', () => {
    const bench = new Bench();
    const watts = (s: number) => 100 + (s - 3000) / 4;
    bench.feed(3000, { watts: watts(3000) }, { expectedIntervalMs: 400_000 });
    bench.feed(4200, { watts: watts(4200) }, { expectedIntervalMs: 400_000 });
    const { wh, grams } = footprint(bench.all(), grid);
    expect(wh).toBeCloseTo(83.3333, 4);
    expect(grams).toBeCloseTo(2.20833, 5);
  });

  test('a gap is never bridged', () => {
    const bench = new Bench();
    for (const s of [0, 10, 20, 320, 330]) bench.feed(s, { watts: 400 });
    expect(bench.wh).toBeCloseTo(3.3333, 4);
    expect(bench.all().reduce((sum, slice) => sum + slice.coveredMs, 0)).toBe(30_000);
  });

  test('a pushed value is held until the next: no phantom energy before a step', () => {
    const bench = new Bench();
    const push = (s: number, watts: number) =>
      bench.feed(s, { watts, feed: 'on-change' }, { expectedIntervalMs: 300_000 });
    push(0, 0);
    push(300, 600);
    push(310, 600);
    expect(bench.wh).toBeCloseTo(1.6667, 4);
  });

  test('unknown watts are a gap, not zero and not the last value', () => {
    const bench = new Bench().feed(0, { watts: 100 }).feed(10, { watts: null }).feed(20, { watts: 100 });
    expect(bench.wh).toBe(0);
  });
});

describe('with a counter', () => {
  test('the counter overrules the watts', () => {
    const bench = new Bench().feed(0, { watts: 100, counterWh: 5000.5 });
    for (let s = 10; s <= 360; s += 10) bench.feed(s, { watts: 100, counterWh: s < 360 ? 5000.5 : 5012.5 });
    expect(bench.wh).toBeCloseTo(12, 9);
    expect(bench.sum('integratedWh')).toBeCloseTo(0, 9);
  });

  test('a whole Wh that ticks late is shared out over the quarter hours it was made in', () => {
    const bench = new Bench().feed(0, { watts: 2, counterWh: 10 });
    for (let s = 10; s <= 1800; s += 10) bench.feed(s, { watts: 2, counterWh: s < 1800 ? 10 : 11 });
    expect(bench.all().map((slice) => Number(slice.counterWh.toFixed(6)))).toEqual([0.5, 0.5]);
  });

  test('a counter in whole Wh may be about to tick when it is first seen: the watts say what its first tick is worth', () => {
    const bench = new Bench().feed(0, { watts: 36, counterWh: 5000 });
    for (let s = 10; s <= 140; s += 10) bench.feed(s, { watts: 36, counterWh: s < 40 ? 5000 : s < 140 ? 5001 : 5002 });
    expect(bench.wh).toBeCloseTo(0.4 + 1, 9);
    expect(bench.sum('integratedWh')).toBeCloseTo(0, 9);
  });

  test('at most one Wh of the first tick is left to the watts: the counter stays the truth', () => {
    const bench = new Bench().feed(0, { watts: 100, counterWh: 5000 });
    for (let s = 10; s <= 360; s += 10) bench.feed(s, { watts: 100, counterWh: s < 360 ? 5000 : 5012 });
    expect(bench.wh).toBeCloseTo(11, 9);
  });

  test('what it gained while the daemon was away is a gap, spread evenly and not covered', () => {
    const bench = new Bench().feed(0, { watts: 100, counterWh: 100 }).feed(10, { watts: 100, counterWh: 100.3 });
    bench.feed(10 + 3600, { watts: 100, counterWh: 200.3, monotonicMs: 5 }, { runId: 'run-2' });
    expect(bench.sum('gapWh')).toBeCloseTo(100, 9);
    expect(bench.all()[1]?.gapWh).toBeCloseTo(25, 9);
    expect(bench.all()[1]?.coveredMs).toBe(0);
  });

  test('a fall to near zero is a reset: no negative energy, and it goes on from there', () => {
    const bench = new Bench().feed(0, { watts: 100, counterWh: 173 });
    bench.feed(10, { watts: 100, counterWh: 0 });
    for (let s = 20; s <= 370; s += 10) bench.feed(s, { watts: 100, counterWh: s < 370 ? 0 : 10 });
    expect(bench.wh).toBeCloseTo(10 + 100 / 360, 6);
    expect(bench.notes[0]).toContain('reset');
  });

  test('a reset while we were away books what it shows since', () => {
    const bench = new Bench().feed(0, { watts: 100, counterWh: 900 });
    bench.feed(7200, { watts: 100, counterWh: 40, monotonicMs: 3 }, { runId: 'run-2' });
    expect(bench.sum('gapWh')).toBeCloseTo(40, 9);
  });

  test('a watched reset neither loses nor doubles: the watts up to it stand, and they say what the next tick is worth', () => {
    const bench = new Bench();
    const dayWh = (s: number) => Math.floor(s < 905 ? 100.2 + s / 100 : (s - 905) / 100);
    for (let s = 0; s <= 1805; s += 10) bench.feed(s, { watts: 36, counterWh: dayWh(s) });
    expect(bench.wh).toBeCloseTo(18, 1);
  });

  test('what was drawn between the last tick and an absence with a reset in it is not lost', () => {
    const bench = new Bench().feed(0, { watts: 36, counterWh: 900.5 });
    for (let s = 10; s <= 90; s += 10) bench.feed(s, { watts: 36, counterWh: 900.5 });
    bench.feed(7200, { watts: 36, counterWh: 40 });
    expect(bench.wh).toBeCloseTo(0.9 + 40, 9);
  });

  test('a small dip that comes back is noise, not a reset', () => {
    const bench = new Bench().feed(0, { watts: 10, counterWh: 5000 });
    bench.feed(10, { watts: 10, counterWh: 4999.9 }).feed(20, { watts: 10, counterWh: 5000.1 });
    expect(bench.wh).toBeCloseTo(0.1, 9);
  });

  test('a counter that stays lower (another plug behind the same name) starts anew', () => {
    const bench = new Bench().feed(0, { watts: 10, counterWh: 5000 });
    for (let s = 10; s <= 360; s += 10) bench.feed(s, { watts: 10, counterWh: 4900 + s / 360 });
    expect(bench.wh).toBeCloseTo(1, 1);
  });

  test('a jump beyond what the outlet can deliver is not believed', () => {
    const bench = new Bench().feed(0, { watts: 100, counterWh: 100 }).feed(10, { watts: 100, counterWh: 1_400_000 });
    expect(bench.wh).toBeCloseTo(100 / 360, 9);
    expect(bench.notes[0]).toContain('not believed');
  });
});

describe('what a plug can not mean', () => {
  test('watts beyond what the outlet can deliver are not known: no energy, no infinity', () => {
    const bench = new Bench().feed(0, { watts: 100, feed: 'on-change' });
    bench.feed(10, { watts: 1e308, feed: 'on-change' }).feed(20, { watts: 4_294_967, feed: 'on-change' });
    bench.feed(30, { watts: 100, feed: 'on-change' }).feed(40, { watts: 100, feed: 'on-change' });
    expect(bench.wh).toBeCloseTo(200 / 360, 9);
    expect(bench.notes).toEqual([expect.stringContaining('not believed')]);
  });

  test('a reading that was overtaken books nothing', () => {
    const bench = new Bench();
    for (const s of [0, 10, 20, 0, 30]) bench.feed(s, { watts: 3600 });
    expect(bench.wh).toBeCloseTo(30, 9);
  });

  test('a reset in a gap is booked also when the counter comes one message after the watts', () => {
    const bench = new Bench().feed(0, { watts: 300, counterWh: 5000, feed: 'on-change' });
    bench
      .feed(10_800, { watts: 300, feed: 'on-change' })
      .feed(10_801, { watts: 300, counterWh: 900, feed: 'on-change' });
    expect(bench.wh).toBeCloseTo(900, 1);
  });
});

describe('clocks and labels', () => {
  test('a step of the wall clock makes no energy, either way', () => {
    for (const stepMs of [3_600_000, -3_600_000, 30 * 365 * 24 * 3_600_000]) {
      const bench = new Bench();
      for (let s = 0; s <= 600; s += 10)
        bench.feed(s, { watts: 360, counterWh: 100 + s / 10, atMs: T0 + s * 1000 + (s >= 300 ? stepMs : 0) });
      expect(bench.wh).toBeCloseTo(60, 9);
    }
  });

  test('a restart with a clock that went backwards loses nothing that the counter gained', () => {
    const bench = new Bench().feed(0, { watts: 100, counterWh: 100 });
    bench.feed(0, { watts: 100, counterWh: 350, atMs: T0 - 86_400_000, monotonicMs: 1 }, { runId: 'run-2' });
    expect(bench.wh).toBeCloseTo(250, 9);
  });

  test('energy is apart for each session and phase, to the second', () => {
    const labels: Label[] = [
      { fromMs: T0 + 60_000, sessionId: 's1', phase: 'setup' },
      { fromMs: T0 + 120_000, sessionId: 's1', phase: 'live' },
      { fromMs: T0 + 300_000, sessionId: null, phase: 'standby' },
    ];
    const bench = new Bench();
    for (let s = 5; s <= 365; s += 10) bench.feed(s, { watts: 360 }, { labels });
    const byPhase = Object.fromEntries(bench.all().map((slice) => [slice.sessionId ?? slice.phase, 0]));
    for (const slice of bench.all())
      byPhase[slice.sessionId ?? slice.phase] = sliceWh(slice) + (byPhase[slice.sessionId ?? slice.phase] ?? 0);
    expect(byPhase.s1).toBeCloseTo(24, 9);
    expect(byPhase.standby).toBeCloseTo(5.5 + 6.5, 9);
  });
});

describe('properties', () => {
  const step = fc.record({
    afterS: fc.constantFrom(0, 1, 9, 10, 11, 30, 61, 200, 3600),
    watts: fc.oneof(fc.double({ min: 0, max: 3000, noNaN: true }), fc.constant(null)),
    lost: fc.boolean(),
    wallStepS: fc.constantFrom(0, 0, 0, 0, 0, 3600, -3600, -10),
    restart: fc.constantFrom(false, false, false, false, false, true),
  });

  test('whatever happens, the sum of the slices is what the counter gained, and no slice is negative', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 60, size: 'max' }), (steps) => {
        const bench = new Bench();
        let s = 0;
        let wallS = 0;
        let counter = 1000.5;
        let run = 1;
        let monotonicBase = 0;
        let firstCounter: number | null = null;
        for (const { afterS, watts, lost, wallStepS, restart } of steps) {
          s += afterS;
          wallS += afterS + wallStepS;
          // The truth: the load ran at its watts (or an unseen 50 W) since the last step.
          counter += ((watts ?? 50) * afterS) / 3600;
          if (restart) {
            run += 1;
            monotonicBase = s;
          }
          if (lost) continue;
          firstCounter ??= counter;
          bench.feed(
            s,
            { watts, counterWh: counter, atMs: T0 + wallS * 1000, monotonicMs: (s - monotonicBase) * 1000 },
            { runId: `run-${run}` },
          );
        }
        for (const slice of bench.all()) {
          expect(Math.min(slice.counterWh, slice.integratedWh, slice.gapWh)).toBeGreaterThanOrEqual(-1e-9);
          expect(slice.startMs).toBe(quarterHourStart(slice.startMs));
        }
        if (bench.notes.some((note) => note.includes('not believed'))) return;
        // What was integrated since the last tick may still be open; all the rest is the counter's.
        const counted = bench.state.counter?.wh ?? 0;
        const open = bench.state.estimates.reduce((sum, estimate) => sum + estimate.wh, 0);
        expect(bench.wh - open).toBeCloseTo(counted - (firstCounter ?? counted), 6);
      }),
      { numRuns: 3000 },
    );
  });
});
