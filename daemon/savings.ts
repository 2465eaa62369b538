import type { Logger } from 'pino';
import type { SavingGrouping, Savings as SavingsAnswer } from '../api/outcomes.ts';
import type { Clock } from '../model/clock.ts';
import type { PlugId, PlugSpec } from '../model/plug.ts';
import type { PolicyState } from '../model/policy-state.ts';
import type { Journal, SessionRecord, SwitchRecord } from '../model/ports.ts';
import type { Reading } from '../model/reading.ts';
import { remembered } from '../model/remembered.ts';
import {
  beginCut,
  type Cut,
  NEW_SAVING,
  noteReading,
  rehearseCut,
  type SavingFacts,
  type SavingState,
  savingsOf,
} from '../model/savings.ts';
import { euroPerKwh, type Tariff } from '../model/tariff.ts';
import type { Carbon } from './carbon.ts';
import { localDays } from './emission-groups.ts';
import { Unsaved } from './unsaved.ts';

/** Under this name the journal keeps the cuts that go on. */
const KEPT = 'savings';
const RETRY_MS = 30_000;
/** After a crash between a cut and its first reading: what the journal has of so long before it, ms. */
const BEFORE_MS = 5 * 60_000;
const STEP_MS = 10_000;
/** As far back as gaps between sessions are told apart. */
const SESSIONS = 1000;

const UNCUT: SavingFacts = { cutByOffair: false, betweenLives: false };

interface Kept {
  cut: Cut | null;
  rehearsal: Cut | null;
}

interface SavingsDeps {
  clock: Clock;
  log: Logger;
  journal: Pick<Journal, 'state' | 'putCut' | 'cuts' | 'history' | 'sessions'>;
  plugs: readonly PlugSpec[];
  timeZone: string;
  tariff: Tariff | null;
  carbon: Pick<Carbon, 'pricingOf'>;
  policy(): PolicyState;
  /** Keeps what `value` gives in the journal, asked at each flush. */
  keep(name: string, value: () => unknown): void;
}

/** Counts what the cuts save while they go on; keeps each with the watts that were drawn before it. */
export class Savings {
  readonly #deps: SavingsDeps;
  readonly #specs: ReadonlyMap<PlugId, PlugSpec>;
  readonly #states = new Map<PlugId, SavingState>();
  /** Plugs whose cut was made by an earlier run that could not note it any more. */
  readonly #missed = new Set<PlugId>();
  readonly #unsaved: Unsaved<Cut>;

  constructor(deps: SavingsDeps) {
    this.#deps = deps;
    this.#specs = new Map(deps.plugs.map((spec) => [spec.id, spec]));
    const { clock, journal, log } = deps;
    this.#unsaved = new Unsaved({
      ...{ clock, retryMs: RETRY_MS, put: (cut) => journal.putCut(cut) },
      failed: (err) =>
        log.warn(
          { event: 'saving-unwritten', err },
          'what a cut saves could not be written: it is kept and tried again',
        ),
    });
  }

  /** Takes up the cuts that went on when the daemon stopped, or was stopped. */
  async start(): Promise<void> {
    const { journal, keep, clock } = this.#deps;
    const kept = ((await journal.state(KEPT)) as Record<PlugId, Kept> | null | undefined) ?? {};
    // In the journal each cut stands from its beginning; what was counted since is among what is kept.
    const counted = new Map(
      Object.values(kept)
        .flatMap(({ cut, rehearsal }) => [cut, rehearsal])
        .flatMap((cut): [string, Cut][] => (cut ? [[cut.id, cut]] : [])),
    );
    const open = (await journal.cuts(clock.nowMs(), Number.MAX_SAFE_INTEGER))
      .filter(({ endedAtMs }) => endedAtMs === null)
      .map((cut) => counted.get(cut.id) ?? cut);
    for (const spec of this.#specs.values()) {
      const going = (dryRun: boolean) => open.findLast((cut) => cut.plug === spec.id && cut.dryRun === dryRun) ?? null;
      if (spec.essential) continue;
      const state = { ...NEW_SAVING, cut: going(false), rehearsal: going(true) };
      this.#states.set(spec.id, state);
      if (!state.cut) this.#missed.add(spec.id);
    }
    // Of plugs that are configured no more, or essential now: what was counted stays.
    const going = new Set(this.#running().map(({ id }) => id));
    for (const cut of open)
      if (!going.has(cut.id)) this.#unsaved.set(cut.id, { ...cut, endedAtMs: cut.off.at(-1)?.toMs ?? cut.atMs });
    if (this.#unsaved.size > 0) void this.#unsaved.save();
    keep(KEPT, () => this.#kept());
  }

  /** The journal is a new file: the cuts that go on are written again, with what was counted. */
  rewrite(): void {
    for (const cut of this.#running()) this.#unsaved.set(cut.id, cut);
    void this.#unsaved.save();
  }

  /** Writes what was counted; the cuts go on. */
  stop(): Promise<void> {
    this.rewrite();
    return this.#unsaved.stop();
  }

  reading({ plug, atMs, monotonicMs, watts, relay }: Reading): void {
    const spec = this.#specs.get(plug);
    // Nothing of an essential plug is ever cut.
    if (!spec || spec.essential) return;
    const before = this.#states.get(plug) ?? NEW_SAVING;
    const sample = { atMs, monotonicMs, watts, relay };
    // The policy is asked only where it matters: it would have to decide on what it was told so far.
    const facts = relay === false || before.rehearsal ? this.#factsOf(plug) : UNCUT;
    this.#take(plug, noteReading(spec, before, sample, facts));
    if (relay !== null && this.#missed.delete(plug) && relay === false && facts.cutByOffair)
      this.#recover(spec, sample.atMs).catch((error) =>
        this.#deps.log.warn({ event: 'saving-uncounted', err: error, plug }, 'a cut is not counted'),
      );
  }

  /** The switching log has a new entry. */
  switched({ plug, to, outcome }: Pick<SwitchRecord, 'plug' | 'to' | 'outcome'>): void {
    const spec = this.#specs.get(plug);
    if (!spec || to !== 'off' || outcome !== 'dry-run') return;
    this.#take(plug, rehearseCut(spec, this.#states.get(plug) ?? NEW_SAVING));
  }

  /** What was saved in [fromMs, toMs). */
  async of(fromMs: number, toMs: number, groupBy: SavingGrouping): Promise<SavingsAnswer> {
    const { clock, carbon, journal, timeZone, tariff } = this.#deps;
    const running = this.#running();
    // What is in memory is newer than what is written, and what goes on than what waits to be written.
    const cuts = new Map((await journal.cuts(fromMs, toMs)).map((cut) => [cut.id, cut]));
    for (const cut of [...this.#unsaved.records(), ...running]) cuts.set(cut.id, cut);
    const sessions = groupBy === 'gap' ? await journal.sessions(SESSIONS) : [];
    const local = localDays(timeZone);
    const keys: Record<SavingGrouping, (cut: Cut, startMs: number) => string> = {
      day: (_, startMs) => local(startMs),
      month: (_, startMs) => local(startMs).slice(0, 7),
      gap: remembered((cut: Cut) => sessionBefore(sessions, cut.atMs)),
      plug: ({ plug }) => plug,
    };
    const { whole, groups } = savingsOf([...cuts.values()], {
      ...{ fromMs, toMs, nowMs: clock.nowMs(), keyOf: keys[groupBy] },
      priceOf: await carbon.pricingOf(fromMs, toMs),
      euroPerKwh: tariff && remembered((startMs: number) => euroPerKwh(tariff, startMs, timeZone)),
    });
    return { whole, groups: groupBy === 'gap' ? groups : groups.toSorted(byKey), running };
  }

  #factsOf(plug: PlugId): SavingFacts {
    const { session, plugs } = this.#deps.policy();
    return { cutByOffair: plugs[plug]?.cutByOffair ?? false, betweenLives: session === 'none' };
  }

  #take(plug: PlugId, { state, changed }: { state: SavingState; changed: Cut[] }): void {
    this.#states.set(plug, state);
    for (const cut of changed) this.#unsaved.set(cut.id, cut);
    if (changed.length > 0) void this.#unsaved.save();
  }

  /** offair cut it and did not live to note it: what it drew before is in the journal. */
  async #recover(spec: PlugSpec, seenAtMs: number): Promise<void> {
    const { journal, policy } = this.#deps;
    const cutAtMs = policy().plugs[spec.id]?.switchedOffAtMs ?? null;
    if (cutAtMs === null || cutAtMs > seenAtMs) return;
    const buckets = await journal.history(spec.id, cutAtMs - BEFORE_MS, cutAtMs, STEP_MS);
    const inUse = buckets.findLastIndex(({ maxWatts }) => spec.idleWatts !== null && maxWatts > spec.idleWatts);
    const quiet = buckets.slice(inUse + 1);
    const state = this.#states.get(spec.id);
    if (quiet.length === 0 || !state || state.cut || state.last?.relay !== false) return;
    const watts = quiet.reduce((sum, { meanWatts }) => sum + Math.max(0, meanWatts), 0) / quiet.length;
    const readings = quiet.reduce((sum, bucket) => sum + bucket.readings, 0);
    const cut = beginCut(spec.id, false, seenAtMs, { watts, readings });
    this.#take(spec.id, { state: { ...state, cut }, changed: [cut] });
  }

  #running(): Cut[] {
    return [...this.#states.values()].flatMap(({ cut, rehearsal }) => [cut, rehearsal].filter((one) => one !== null));
  }

  #kept(): Record<PlugId, Kept> {
    const going = [...this.#states].filter(([, { cut, rehearsal }]) => cut || rehearsal);
    return Object.fromEntries(going.map(([id, { cut, rehearsal }]) => [id, { cut, rehearsal }]));
  }
}

function byKey({ key: one }: { key: string }, { key: other }: { key: string }): number {
  return one < other ? -1 : Number(one > other);
}

/** Id of the session after which `atMs` comes, `none` before the first. */
function sessionBefore(sessions: readonly SessionRecord[], atMs: number): string {
  const before = sessions.filter(({ endedAtMs }) => endedAtMs !== null && endedAtMs <= atMs);
  const last = before.reduce<SessionRecord | null>(
    (latest, session) => (latest && (latest.endedAtMs ?? 0) >= (session.endedAtMs ?? 0) ? latest : session),
    null,
  );
  return last?.id ?? 'none';
}
