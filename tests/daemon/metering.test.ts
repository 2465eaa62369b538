import fc from 'fast-check';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { Metering } from '../../daemon/metering.ts';
import { type EnergySlice, sliceWh } from '../../model/energy.ts';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { type MeterState, NEW_METER } from '../../model/meter.ts';
import type { PlugSpec } from '../../model/plug.ts';
import type { CounterSample, PlugDevice } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';

const HOUR_MS = 3_600_000;
const SPEC = { id: 'pc', name: 'Computer', maxWatts: 3680 } as PlugSpec;

interface Asked {
  fromMs: number;
  toMs: number;
  answer(samples: CounterSample[]): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** Lets everything that waits for a settled promise run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A metering of one plug whose history is answered by the test. */
class Bench {
  readonly clock = new FakeClock();
  readonly startMs = this.clock.nowMs();
  readonly asked: Asked[] = [];
  readonly bookedWh = new Map<number, number>();
  state: MeterState | null = null;
  readonly device: PlugDevice;
  readonly metering: Metering;

  constructor(remembers = true) {
    const history = (fromMs: number, toMs: number) =>
      new Promise<CounterSample[]>((resolve, reject) => {
        const answer = (samples: CounterSample[]) => {
          resolve(samples);
          return settle();
        };
        const fail = (error: Error) => {
          reject(error);
          return settle();
        };
        this.asked.push({ fromMs, toMs, answer, fail });
      });
    const plain = { plug: 'pc', adapter: 'told', pollMs: 10_000 } as PlugDevice;
    this.device = remembers ? { ...plain, history } : plain;
    this.metering = this.#make('run-1');
  }

  read(counterWh: number | null, watts: number | null = 0): void {
    this.metering.reading(
      {
        ...{ plug: 'pc', atMs: this.clock.nowMs(), monotonicMs: this.clock.monotonicMs(), watts, counterWh },
        ...{ relay: true, volts: null, amps: null, celsius: null, flags: [], feed: 'polled' },
      },
      SPEC,
      this.device,
    );
  }

  /** A sample `hours` after the start. */
  at(hours: number, counterWh: number): CounterSample {
    return { atMs: this.startMs + hours * HOUR_MS, counterWh };
  }

  get wh(): number {
    return [...this.bookedWh.values()].reduce((sum, wh) => sum + wh, 0);
  }

  /** Wh in each of the first hours. */
  hours(count: number): number[] {
    const all = new Array<number>(count).fill(0);
    for (const [atMs, wh] of this.bookedWh) {
      const hour = Math.floor((atMs - this.startMs) / HOUR_MS);
      all[hour] = (all[hour] ?? 0) + wh;
    }
    return all.slice(0, count).map((wh) => Math.round(wh * 1e6) / 1e6);
  }

  stop(): void {
    this.metering.stop([SPEC], new Map([['pc', this.device]]));
  }

  #make(runId: string): Metering {
    return new Metering({
      ...{ clock: this.clock, log: pino({ level: 'silent' }), runId, labels: () => [] },
      meterOf: () => this.state ?? NEW_METER,
      booked: (_plug, state, increments) => {
        this.state = state;
        for (const slice of increments) this.#add(slice);
      },
    });
  }

  #add(slice: EnergySlice): void {
    this.bookedWh.set(slice.startMs, (this.bookedWh.get(slice.startMs) ?? 0) + sliceWh(slice));
  }
}

/** Four hours away, then a reading: its history is being asked for. */
function away(): Bench {
  const bench = new Bench();
  bench.read(100);
  bench.clock.jump(4 * HOUR_MS);
  bench.read(160);
  return bench;
}

describe('after an absence', () => {
  test('the plug is asked what it drew, and readings wait for its answer', async () => {
    const bench = away();
    bench.clock.jump(10_000);
    bench.read(161, 360);
    expect(bench.wh).toBe(0);
    expect(bench.asked.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [bench.startMs - HOUR_MS, bench.startMs + 4 * HOUR_MS],
    ]);
    await bench.asked[0]?.answer([bench.at(1, 100), bench.at(2, 150), bench.at(3, 150)]);
    expect(bench.hours(5)).toEqual([0, 50, 0, 10, 1]);
    bench.clock.jump(10_000);
    bench.read(162, 360);
    expect(bench.wh).toBeCloseTo(62, 9);
    expect(bench.asked).toHaveLength(1);
  });

  test('a plug that is away again is asked with the next readings, three times in all; then it is spread evenly', async () => {
    const bench = away();
    for (const times of [1, 2, 3]) {
      expect(bench.asked).toHaveLength(times);
      expect(bench.wh).toBe(0);
      await bench.asked[times - 1]?.fail(new PlugUnreachable('away'));
      bench.clock.jump(10_000);
      if (times < 3) bench.read(160);
    }
    expect(bench.hours(4)).toEqual([15, 15, 15, 15]);
  });

  test('absences on both sides of a reading that waited are filled by the one history', async () => {
    const bench = away();
    await bench.asked[0]?.fail(new PlugUnreachable('away'));
    bench.clock.jump(2 * HOUR_MS);
    bench.read(200);
    await bench.asked[1]?.answer([bench.at(1, 160), bench.at(2, 160), bench.at(3, 160), bench.at(5, 160)]);
    expect(bench.hours(6)).toEqual([60, 0, 0, 0, 0, 40]);
  });

  test('an answer that is no history, or that does not come in 30 s, is done without', async () => {
    const refused = away();
    await refused.asked[0]?.fail(new PlugProtocolError('garbage'));
    const late = away();
    await late.clock.advance(30_001);
    for (const bench of [refused, late]) expect(bench.hours(4)).toEqual([15, 15, 15, 15]);
    await late.asked[0]?.answer([late.at(1, 160)]);
    expect(late.hours(4)).toEqual([15, 15, 15, 15]);
  });

  test('a stop books what waits, once', async () => {
    const bench = away();
    bench.stop();
    expect(bench.hours(4)).toEqual([15, 15, 15, 15]);
    await bench.asked[0]?.answer([bench.at(1, 160)]);
    expect(bench.hours(4)).toEqual([15, 15, 15, 15]);
  });

  test('a plug that comes back without its counter is asked when it knows it again', async () => {
    const bench = new Bench();
    bench.read(100);
    bench.clock.jump(4 * HOUR_MS);
    bench.read(null);
    expect(bench.asked).toHaveLength(0);
    bench.clock.jump(10_000);
    bench.read(160);
    await bench.asked[0]?.answer([bench.at(1, 150), bench.at(3, 150)]);
    expect(bench.hours(4)).toEqual([50, 0, 0, 10]);
  });

  test('a plug without history, and an absence of minutes, wait for nothing; a reset within minutes does', async () => {
    const without = new Bench(false);
    without.read(100);
    without.clock.jump(4 * HOUR_MS);
    without.read(160);
    expect(without.hours(4)).toEqual([15, 15, 15, 15]);
    const short = new Bench();
    short.read(100);
    short.clock.jump(9 * 60_000);
    short.read(109);
    expect(short.wh).toBeCloseTo(9, 9);
    short.clock.jump(9 * 60_000);
    short.read(4);
    await short.asked[0]?.answer([short.at(0.2, 114), short.at(0.2001, 0)]);
    expect(short.wh).toBeCloseTo(9 + 5 + 4, 9);
  });

  test('readings do not pile up: when many wait, it is done without', () => {
    const bench = away();
    for (let count = 0; count < 500; count += 1) bench.read(160);
    expect(bench.wh).toBeCloseTo(60, 9);
  });
});

test('whatever the order of readings, answers, failures and the stop, every Wh is booked once', async () => {
  const step = fc.record({
    afterS: fc.constantFrom(10, 10, 30, 120, 700, 3600, 9000),
    gain: fc.integer({ min: 0, max: 3 }),
    answers: fc.constantFrom('none', 'none', 'all', 'unreachable', 'garbage'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 40 }), async (steps) => {
      const bench = new Bench();
      const truth: CounterSample[] = [];
      let counterWh = 0.5;
      for (const { afterS, gain, answers } of steps) {
        await bench.clock.advance(afterS * 1000);
        counterWh += gain;
        truth.push({ atMs: bench.clock.nowMs(), counterWh });
        bench.read(counterWh, null);
        if (answers === 'none') continue;
        for (const { fromMs, toMs, answer, fail } of bench.asked.splice(0)) {
          if (answers === 'unreachable') await fail(new PlugUnreachable('away'));
          else if (answers === 'garbage') await fail(new PlugProtocolError('garbage'));
          else await answer(truth.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs));
        }
      }
      bench.stop();
      const firstWh = truth[0]?.counterWh ?? 0;
      expect(bench.wh).toBeCloseTo(counterWh - firstWh, 6);
      expect(bench.state?.counter?.wh).toBe(counterWh);
      for (const wh of bench.bookedWh.values()) expect(wh).toBeGreaterThan(-1e-9);
    }),
    { numRuns: 150 },
  );
});
