import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { Savings } from '../../daemon/savings.ts';
import type { PlugSpec } from '../../model/plug.ts';
import { NEW_PLUG, NEW_POLICY, type PolicyState } from '../../model/policy-state.ts';
import type { HistoryBucket } from '../../model/ports.ts';
import type { Cut } from '../../model/savings.ts';
import { plug } from '../support/fake-api-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { readingOf } from '../support/journal-batch.ts';

const CUT_LATER: HistoryBucket[] = [90, 12, 12, 12].map((watts, index) => ({
  ...{ startMs: index * 10_000, meanWatts: watts, maxWatts: watts, readings: 1 },
}));

/** The daemon's part with a journal in memory, that is stopped, killed and started again. */
class Studio {
  readonly clock = new FakeClock();
  readonly cuts = new Map<string, Cut>();
  readonly specs: PlugSpec[] = [plug({ id: 'tv', idleWatts: 20 }), plug({ id: 'nas', essential: true })];
  policy: PolicyState = { ...NEW_POLICY, session: 'none' };
  history: HistoryBucket[] = [];
  full = false;
  savings = this.#make();
  #kept: (() => unknown) | null = null;
  #state: unknown;

  #make() {
    return new Savings({
      ...{
        clock: this.clock,
        log: pino({ level: 'silent' }),
        plugs: this.specs,
        timeZone: 'Europe/Paris',
        tariff: null,
      },
      carbon: { pricingOf: async () => () => null },
      policy: () => this.policy,
      keep: (_, value) => {
        this.#kept = value;
      },
      journal: {
        state: async () => this.#state,
        putCut: async (cut) => {
          if (this.full) throw new Error('no room');
          this.cuts.set(cut.id, JSON.parse(JSON.stringify(cut)));
        },
        cuts: async () => [...this.cuts.values()],
        history: async () => this.history,
        sessions: async () => [],
      },
    });
  }
  /** What is kept is on the disk from here on. */
  flush() {
    this.#state = JSON.parse(JSON.stringify(this.#kept?.() ?? null));
  }
  async restart() {
    this.savings = this.#make();
    await this.savings.start();
  }
  cutNow(id = 'tv') {
    this.policy = {
      ...this.policy,
      plugs: { [id]: { ...NEW_PLUG, cutByOffair: true, switchedOffAtMs: this.clock.nowMs() } },
    };
  }
  async read(watts: number, relay: boolean, times = 1, id = 'tv') {
    for (let i = 0; i < times; i += 1) {
      await this.clock.advance(10_000);
      const now = { atMs: this.clock.nowMs(), monotonicMs: this.clock.monotonicMs() };
      this.savings.reading(readingOf({ plug: id, watts, relay, ...now }));
    }
  }
  async saved() {
    return (await this.savings.of(0, this.clock.nowMs() + 1, 'plug')).whole.saved;
  }
}

let studio: Studio;
beforeEach(async () => {
  studio = new Studio();
  await studio.savings.start();
});

describe('what a cut saves', () => {
  test('is in the journal from its beginning, and whole when it has ended', async () => {
    await studio.read(12, true, 20);
    studio.cutNow();
    await studio.read(0, false, 2);
    expect([...studio.cuts.values()]).toMatchObject([{ plug: 'tv', standbyWatts: 12, endedAtMs: null }]);
    await studio.read(0, false, 17);
    await studio.read(12, true);
    expect([...studio.cuts.values()]).toMatchObject([{ endedAtMs: studio.clock.nowMs() }]);
    expect(await studio.saved()).toMatchObject({ cuts: 1, offMs: 180_000 });
  });

  test('goes on after a crash from what was flushed, and counts no time twice', async () => {
    await studio.read(12, true, 20);
    studio.cutNow();
    await studio.read(0, false, 13);
    studio.flush();
    await studio.read(0, false, 6);
    await studio.restart();
    expect((await studio.saved()).offMs).toBe(120_000);
    await studio.read(0, false, 7);
    expect(await studio.saved()).toMatchObject({ cuts: 1, offMs: 180_000 });
  });

  test('is known from the journal when offair crashed between the cut and its first reading', async () => {
    await studio.read(12, true, 20);
    studio.cutNow();
    studio.history = CUT_LATER;
    await studio.restart();
    await studio.read(0, false, 8);
    const [cut] = studio.cuts.values();
    // Without the reading in which it was in use.
    expect(cut).toMatchObject({ plug: 'tv', standbyWatts: 12, readings: 3 });
    expect((await studio.saved()).offMs).toBe(70_000);
  });

  test('that ended while the journal took nothing is counted, and written later', async () => {
    await studio.read(12, true, 20);
    studio.cutNow();
    studio.full = true;
    await studio.read(0, false, 19);
    expect(await studio.saved()).toMatchObject({ cuts: 1, offMs: 180_000, coverage: 1 });
    await studio.read(12, true);
    expect(studio.cuts.size).toBe(0);
    expect(await studio.saved()).toMatchObject({ cuts: 1, offMs: 180_000 });
    studio.full = false;
    await studio.clock.advance(60_000);
    expect(studio.cuts.size).toBe(1);
    expect(await studio.saved()).toMatchObject({ cuts: 1, offMs: 180_000 });
  });

  test('stays what it was when its plug is configured no more', async () => {
    await studio.read(12, true, 20);
    studio.cutNow();
    await studio.read(0, false, 19);
    studio.flush();
    studio.specs.splice(0, 1);
    await studio.restart();
    await studio.clock.advance(60_000);
    expect([...studio.cuts.values()]).toMatchObject([{ plug: 'tv', endedAtMs: studio.clock.nowMs() - 60_000 }]);
    expect(await studio.saved()).toMatchObject({ cuts: 1, offMs: 180_000, coverage: 1 });
  });

  test('of a dry run is kept apart across a restart, and essential plugs have none', async () => {
    await studio.read(12, true, 20);
    studio.savings.switched({ plug: 'tv', to: 'off', outcome: 'dry-run' });
    studio.savings.switched({ plug: 'nas', to: 'off', outcome: 'dry-run' });
    await studio.read(12, true, 12);
    await studio.savings.stop();
    studio.flush();
    await studio.restart();
    await studio.read(12, true, 7);
    const { whole, running } = await studio.savings.of(0, studio.clock.nowMs() + 1, 'plug');
    expect(whole.saved.cuts).toBe(0);
    expect(whole.wouldHaveSaved).toMatchObject({ cuts: 1, offMs: 180_000 });
    expect(running).toMatchObject([{ plug: 'tv', dryRun: true }]);
    studio.cutNow('nas');
    await studio.read(0, false, 20, 'nas');
    expect((await studio.saved()).cuts).toBe(0);
  });
});
