import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IntensityPoint } from '../../model/intensity.ts';
import { localMidnight, wallParts } from '../../model/local-day.ts';
import {
  type Cut,
  NEW_SAVING,
  noteReading,
  OWN_WATTS,
  rehearseCut,
  type SavingFacts,
  type SavingState,
  savingsOf,
  standbyBefore,
} from '../../model/savings.ts';

const START_MS = Date.UTC(2026, 10, 24, 20, 7);
const HOUR_MS = 3_600_000;
const SPEC = { id: 'tv', essential: false, idleWatts: 20 as number | null, staleAfterMs: 60_000 };
const CUT: SavingFacts = { cutByOffair: true, betweenLives: true };
const UNCUT: SavingFacts = { cutByOffair: false, betweenLives: true };

/** A plug that is read every ten seconds, and what came of its cuts. */
class Watched {
  state: SavingState = NEW_SAVING;
  readonly cuts = new Map<string, Cut>();
  readonly spec: typeof SPEC;
  #ms = 0;

  constructor(spec: Partial<typeof SPEC> = {}) {
    this.spec = { ...SPEC, ...spec };
  }

  read(watts: number | null, relay: boolean | null, facts: SavingFacts, times = 1): this {
    for (let i = 0; i < times; i += 1) {
      this.#ms += 10_000;
      const sample = { atMs: START_MS + this.#ms, monotonicMs: this.#ms, watts, relay };
      this.#take(noteReading(this.spec, this.state, sample, facts));
    }
    return this;
  }
  silence(ms: number): this {
    this.#ms += ms;
    return this;
  }
  rehearse(): this {
    this.#take(rehearseCut(this.spec, this.state));
    return this;
  }
  /** All cuts, those that go on included. */
  all(): Cut[] {
    const { cut, rehearsal } = this.state;
    return [...this.cuts.values()].map((one) => [cut, rehearsal].find((open) => open?.id === one.id) ?? one);
  }
  saved(price: number | null = null, euro: number | null = null) {
    return savingsOf(this.all(), {
      ...{ fromMs: START_MS, toMs: START_MS + 48 * HOUR_MS, nowMs: START_MS + this.#ms },
      keyOf: () => 'x',
      priceOf: (startMs) => (price === null ? null : point(startMs, price)),
      euroPerKwh: euro === null ? null : () => euro,
    }).whole;
  }
  #take({ state, changed }: { state: SavingState; changed: Cut[] }) {
    this.state = state;
    for (const cut of changed) this.cuts.set(cut.id, cut);
  }
}

function point(startMs: number, gramsPerKwh: number): IntensityPoint {
  return {
    ...{ zone: 'FR', startMs, endMs: startMs + 900_000, gramsPerKwh, fetchedAtMs: startMs },
    ...{ factorType: 'lifecycle', basis: 'consumption', status: 'measured', provider: 'rte-odre' },
  };
}

describe('a cut', () => {
  test('saves what the plug really drew before it, for the time it was seen off, less what the plug itself draws', () => {
    const tv = new Watched().read(12, true, UNCUT, 20).read(0, false, CUT, 361).read(12, true, UNCUT, 5);
    const { saved, wouldHaveSaved } = tv.saved(50, 0.2);
    expect(saved).toMatchObject({ cuts: 1, offMs: HOUR_MS, unpricedWh: 0 });
    expect(saved.grossWh).toBeCloseTo(12, 9);
    expect(saved.ownWh).toBeCloseTo(OWN_WATTS, 9);
    expect(saved.wh).toBeCloseTo(12 - OWN_WATTS, 9);
    expect(saved.grams).toBeCloseTo(((12 - OWN_WATTS) / 1000) * 50, 9);
    expect(saved.euro).toBeCloseTo(((12 - OWN_WATTS) / 1000) * 0.2, 9);
    expect(saved.origins).toMatchObject([{ provider: 'rte-odre', factorType: 'lifecycle', status: 'measured' }]);
    expect(saved.coverage).toBeGreaterThan(0.99);
    expect(wouldHaveSaved).toMatchObject({ cuts: 0, wh: 0, offMs: 0 });
  });

  test('is judged by the time since the load was last in use', () => {
    const tv = new Watched().read(90, true, UNCUT, 20).read(8, true, UNCUT, 12).read(0, false, CUT, 10);
    expect(tv.all()).toMatchObject([{ standbyWatts: 8, readings: 12 }]);
  });

  test('is judged by the time that each reading stood, not by their number', () => {
    const samples = [0, 1000, 2000].map((monotonicMs) => ({ atMs: 0, monotonicMs, watts: 30, relay: true }));
    const long = { atMs: 0, monotonicMs: 3000, watts: 10, relay: true };
    expect(standbyBefore([...samples, long], { monotonicMs: 60_000 }, null)?.watts).toBeCloseTo(
      (3 * 30 + 57 * 10) / 60,
    );
    expect(standbyBefore([], { monotonicMs: 0 }, null)).toBeNull();
  });

  test('counts nothing while nobody sees the plug, and goes on when it is seen off again', () => {
    const tv = new Watched().read(12, true, UNCUT, 20).read(0, false, CUT, 181);
    tv.silence(3 * HOUR_MS).read(0, false, CUT, 181);
    const { saved } = tv.saved();
    expect(saved).toMatchObject({ cuts: 1, offMs: HOUR_MS });
    expect(saved.coverage).toBeCloseTo(1 / 4, 2);
  });

  test('counts nothing while the relay is not known', () => {
    const tv = new Watched()
      .read(12, true, UNCUT, 20)
      .read(0, false, CUT, 7)
      .read(0, null, CUT, 30)
      .read(0, false, CUT, 7);
    expect(tv.saved().saved.offMs).toBe(2 * 60_000);
  });

  test('ends when the plug is on again, whoever did it, and what a person cuts is not counted', () => {
    const tv = new Watched().read(12, true, UNCUT, 20).read(0, false, CUT, 7).read(12, true, UNCUT, 5);
    tv.read(0, false, UNCUT, 50).read(12, true, UNCUT, 1);
    expect(tv.saved().saved).toMatchObject({ cuts: 1, offMs: 60_000 });
    expect(tv.all().every(({ endedAtMs }) => endedAtMs !== null)).toBe(true);
  });

  test('that costs more than it saves says so', () => {
    const tv = new Watched().read(0.5, true, UNCUT, 20).read(0, false, CUT, 361);
    expect(tv.saved().saved.wh).toBeCloseTo(0.5 - OWN_WATTS, 9);
  });

  test('whose plug goes on reporting watts saves that much less', () => {
    const tv = new Watched().read(12, true, UNCUT, 20).read(4, false, CUT, 361);
    expect(tv.saved().saved.wh).toBeCloseTo(12 - 4, 9);
  });

  test('of which nobody knows what was drawn before counts nothing', () => {
    expect(new Watched().read(0, false, CUT, 100).all()).toEqual([]);
    expect(new Watched().read(null, true, UNCUT, 20).read(0, false, CUT, 100).all()).toEqual([]);
  });

  test('goes on across a restart, from what was kept as JSON', () => {
    const tv = new Watched().read(12, true, UNCUT, 20).read(0, false, CUT, 181);
    tv.state = { ...JSON.parse(JSON.stringify(tv.state)), before: [], last: null };
    tv.silence(20_000).read(0, false, CUT, 181);
    expect(tv.saved().saved).toMatchObject({ cuts: 1, offMs: HOUR_MS });
    expect(tv.saved().saved.grossWh).toBeCloseTo(12, 9);
  });
});

describe('dry run', () => {
  test('counts apart what would have been saved, and never more than was drawn', () => {
    const tv = new Watched().read(12, true, UNCUT, 20).rehearse().read(6, true, UNCUT, 360);
    const { saved, wouldHaveSaved } = tv.saved();
    expect(saved).toMatchObject({ cuts: 0, wh: 0 });
    expect(wouldHaveSaved).toMatchObject({ cuts: 1, offMs: HOUR_MS });
    expect(wouldHaveSaved.grossWh).toBeCloseTo(6, 9);
  });

  test('ends with the next live, when the load is used, and when somebody switches it off', () => {
    for (const [watts, relay, facts] of [
      [12, true, { cutByOffair: false, betweenLives: false }],
      [80, true, UNCUT],
      [0, false, UNCUT],
    ] as const) {
      const tv = new Watched().read(12, true, UNCUT, 20).rehearse().read(12, true, UNCUT, 6);
      tv.read(watts, relay, facts, 60).read(12, true, UNCUT, 60);
      expect(tv.saved().wouldHaveSaved.offMs).toBe(60_000);
    }
  });
});

describe('whatever happens', () => {
  interface Step {
    watts: number | null;
    relay: boolean | null;
    facts: SavingFacts;
    times: number;
    silenceMs: number;
    rehearse: boolean;
  }
  const step: fc.Arbitrary<Step> = fc.record({
    watts: fc.option(fc.double({ min: -5, max: 400, noNaN: true })),
    relay: fc.option(fc.boolean()),
    facts: fc.record({ cutByOffair: fc.boolean(), betweenLives: fc.boolean() }),
    times: fc.integer({ min: 1, max: 40 }),
    silenceMs: fc.constantFrom(0, 0, 0, 45_000, 90_000, 5 * HOUR_MS),
    rehearse: fc.boolean(),
  });
  const story = (spec: Partial<typeof SPEC>, steps: Step[]) => {
    const plug = new Watched(spec);
    for (const { watts, relay, facts, times, silenceMs, rehearse } of steps) {
      plug.silence(silenceMs);
      if (rehearse) plug.rehearse();
      plug.read(watts, relay, facts, times);
    }
    return plug;
  };

  test('an essential plug saves nothing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => story({ essential: true }, steps).all().length === 0),
    );
  });

  test('a cut never saves more than its watts times its time, nor before it or after its end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        for (const { off, standbyWatts, atMs, endedAtMs } of story({}, steps).all())
          for (const { fromMs, toMs, grossWh } of off) {
            expect(grossWh).toBeLessThanOrEqual((standbyWatts * (toMs - fromMs)) / HOUR_MS + 1e-6);
            expect(fromMs).toBeGreaterThanOrEqual(atMs);
            expect(toMs).toBeLessThanOrEqual(endedAtMs ?? Number.POSITIVE_INFINITY);
          }
      }),
    );
  });

  test('the groups add up to the whole, by day, month, gap and plug, in any period', () => {
    const timeZone = 'Europe/Paris';
    const keys = [
      (_: Cut, ms: number) => wallParts(localMidnight(ms, timeZone), timeZone).day,
      (_: Cut, ms: number) => wallParts(ms, timeZone).day.slice(0, 7),
      ({ atMs }: Cut) => String(Math.floor(atMs / HOUR_MS)),
      ({ plug }: Cut) => plug,
    ];
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.nat(20), fc.nat(20), (steps, from, hours) => {
        const cuts = [
          ...story({ id: 'a' }, steps).all(),
          ...story({ id: 'b', idleWatts: null }, steps.toReversed()).all(),
        ];
        const fromMs = START_MS + from * HOUR_MS + 123_456;
        for (const keyOf of keys) {
          const { whole, groups } = savingsOf(cuts, {
            ...{ fromMs, toMs: fromMs + hours * HOUR_MS, nowMs: START_MS + 100 * HOUR_MS, keyOf },
            priceOf: (startMs) => (startMs % 1_800_000 === 0 ? point(startMs, 40) : null),
            euroPerKwh: () => 0.2,
          });
          for (const part of ['saved', 'wouldHaveSaved'] as const)
            for (const sum of ['offMs', 'grossWh', 'ownWh', 'wh', 'grams', 'unpricedWh', 'euro'] as const)
              expect(groups.reduce((total, group) => total + (group[part][sum] ?? 0), 0)).toBeCloseTo(
                whole[part][sum] ?? 0,
                6,
              );
        }
      }),
      { numRuns: 60 },
    );
  });
});
