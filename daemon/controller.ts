import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import { wordsOf } from '../model/errors.ts';
import type { PlugId } from '../model/plug.ts';
import {
  decide,
  type Intent,
  mayStillBeCut,
  mayStillBeShutDown,
  preview,
  previewCutNow,
  previewIfEnded,
} from '../model/policy.ts';
import { activeHold } from '../model/policy-blocks.ts';
import { observe, observeReadings } from '../model/policy-events.ts';
import { adopt, memorable, withoutMemory } from '../model/policy-memory.ts';
import { type Reason, reason, reasonsText } from '../model/policy-reasons.ts';
import {
  type Command,
  NEW_POLICY,
  type NotedReading,
  type PlannedTimes,
  type PolicyEvent,
  type PolicyState,
  type ShutdownOrder,
  type ShutdownOutcome,
  type Studio,
} from '../model/policy-state.ts';
import type { Journal, PlugDevice, SwitchRecord } from '../model/ports.ts';
import type { Reading } from '../model/reading.ts';
import type { Pipeline } from './pipeline.ts';
import { steadyClock } from './steady-clock.ts';
import { type Execution, execute } from './switcher.ts';
import { Unsaved } from './unsaved.ts';
import { within } from './within.ts';

const TICK_MS = 1000;
/** Noted before they are told: telling copies what is known of all plugs. */
const MOST_READINGS = 200;
/** A cut waits for the journal this long, then it is not sent; the log of a command is not waited for longer either. */
const JOURNAL_PATIENCE_MS = 5000;
const UNWRITABLE = 'the journal can not be written';
/** At a stop, a command under way may finish for this long. */
const STOP_PATIENCE_MS = 8000;

interface ControllerDeps {
  clock: Clock;
  log: Logger;
  journal: Journal;
  pipeline: Pipeline;
  studio: Studio;
  devices: ReadonlyMap<PlugId, PlugDevice>;
  /** Tells the load of a plug to shut down; resolves with what it said. @throws Error in words */
  shutDown(plug: PlugId, signal: AbortSignal): Promise<string>;
  /** The next planned live, UTC ms; null: none is planned. */
  nextPlanned(): PlannedTimes | null;
  onReading(reading: Reading): void;
  onSwitch(record: SwitchRecord): void;
  /** The policy has looked at the time, as it does every second. */
  onTick?(): void;
}

/** Feeds the policy with what happens, carries out what it decides, and tells it what became of that. */
export class Controller {
  readonly #deps: ControllerDeps;
  readonly #running = new Set<Promise<void>>();
  readonly #steadyMs: () => number;
  #state: PolicyState = NEW_POLICY;
  /** Not yet told to the policy. */
  #readings: NotedReading[] = [];
  /** What the switching log still lacks. */
  readonly #unsaved: Unsaved<SwitchRecord>;
  #records = 0;
  readonly #shutdowns = new Set<AbortController>();
  #cancelTick: () => void = () => {};
  #cancelDue: () => void = () => {};
  #stopping = false;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    const { clock, journal, log } = deps;
    this.#steadyMs = steadyClock(clock);
    this.#unsaved = new Unsaved({
      ...{ clock, retryMs: TICK_MS, put: (record) => journal.addSwitch(record) },
      failed: (err) => log.error({ event: 'switch-log-unwritten', err }, 'the switching log could not be written'),
    });
  }

  get state(): PolicyState {
    this.#takeReadings();
    return this.#state;
  }

  /** @param remembers false when the journal was lost */
  async start(remembers: boolean): Promise<void> {
    const saved = (await this.#deps.journal.state('policy')) as PolicyState | null | undefined;
    if (saved) this.#state = adopt(saved, this.#steadyMs());
    else this.#state = remembers ? NEW_POLICY : withoutMemory(this.#deps.studio);
    this.#deps.pipeline.keep('policy', () => memorable(this.#state));
    this.#tick();
  }

  /** Decides nothing more; a command under way may finish. Switches nothing. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelTick();
    this.#cancelDue();
    this.#endShutdowns('offair is stopping');
    await within(this.#deps.clock, STOP_PATIENCE_MS, Promise.allSettled([...this.#running]));
    await within(this.#deps.clock, JOURNAL_PATIENCE_MS, this.#unsaved.stop());
  }

  /** Tells the policy what a plug draws. It decides on it with the next event, at the next tick at the latest. */
  reading(reading: NotedReading['reading']): void {
    this.#readings.push({ reading, atMs: this.#steadyMs() });
    if (this.#readings.length >= MOST_READINGS) this.#takeReadings();
  }

  #takeReadings(): void {
    if (this.#readings.length === 0) return;
    const readings = this.#readings;
    this.#readings = [];
    this.#state = observeReadings(this.#deps.studio, this.#state, readings);
  }

  /** Tells the policy; returns why a request was refused (empty when it was not) and the command it led to. */
  event(event: PolicyEvent): { refused: Reason[]; command: Command | null } {
    const { studio, pipeline } = this.#deps;
    this.#takeReadings();
    if (this.#stopping) {
      if (event.type !== 'request') this.#state = observe(studio, this.#state, event, this.#steadyMs());
      pipeline.state('policy', this.#state);
      return { refused: [reason('stopping')], command: null };
    }
    if (event.type === 'session' && event.status !== 'none') this.#endShutdowns('a live may be on');
    const decision = decide(studio, this.#state, event, this.#steadyMs());
    this.#state = decision.state;
    // What was decided together is written together: each by itself would hold up the last ones.
    let written: Promise<boolean> | null = null;
    const kept = () => {
      written ??= this.#kept();
      return written;
    };
    for (const command of decision.commands) this.#run(this.#carryOut(command, kept));
    for (const order of decision.shutdowns) this.#run(this.#shutDown(order, kept));
    this.#wakeAt(decision.againAtMs);
    const [own] = event.type === 'request' ? decision.commands : [];
    return { refused: decision.refused, command: own ?? null };
  }

  /** Keeps everything on until then, UTC ms; null: no longer. */
  hold(untilMs: number | null, by: string): void {
    const steadyMs = untilMs === null ? null : untilMs - this.#deps.clock.nowMs() + this.#steadyMs();
    this.event({ type: 'hold', untilMs: steadyMs, by });
  }

  /** Who keeps everything on, and until when, UTC ms; null: nobody does. */
  get held(): { untilMs: number; by: string } | null {
    const hold = activeHold(this.#state, this.#steadyMs());
    return hold && { untilMs: this.#wallOf(hold.untilMs), by: hold.by };
  }

  preview(): (Intent & { ifEndedNow: Intent | null })[] {
    const { studio } = this.#deps;
    const nowMs = this.#steadyMs();
    const state = this.state;
    const ended = state.session === 'running' ? previewIfEnded(studio, state, nowMs) : [];
    return preview(studio, state, nowMs).map((intent, index) => ({
      ...this.#onWall(intent),
      ifEndedNow: ended[index] ? this.#onWall(ended[index]) : null,
    }));
  }

  /** What would happen if nobody waited for the end of the grace period. */
  previewCutNow(): Intent[] {
    return previewCutNow(this.#deps.studio, this.state, this.#steadyMs()).map((intent) => this.#onWall(intent));
  }

  #onWall(intent: Intent): Intent {
    return { ...intent, dueAtMs: intent.dueAtMs === null ? null : this.#wallOf(intent.dueAtMs) };
  }

  #run(work: Promise<void>): void {
    const done = work.finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  /** @param isKept whether the decision is on the disk */
  async #carryOut(command: Command, isKept: () => Promise<boolean>): Promise<void> {
    const { clock, log, devices, onReading } = this.#deps;
    const { plug, to, by } = command;
    const expiresAtMonotonicMs = command.expiresAtMs - this.#steadyMs() + clock.monotonicMs();
    const atMs = clock.nowMs();
    // That it was cut must be on the disk before it is: else a crash would leave it dark. A restore waits for nothing.
    const kept = to === 'on' || command.dryRun || (await isKept());
    const result: Execution = kept
      ? await execute(command, expiresAtMonotonicMs, {
          clock,
          log,
          device: (id) => devices.get(id),
          onReading,
          stillWanted: () =>
            to === 'on' || (!this.#stopping && mayStillBeCut(this.#deps.studio, this.state, plug, this.#steadyMs())),
        })
      : { outcome: 'refused', relay: null, detail: UNWRITABLE, tookMs: 0 };
    const level = ['verified', 'dry-run'].includes(result.outcome) ? 'info' : 'error';
    log[level]({ plug, to, by, reason: reasonsText(command.reasons), ...result }, `switch ${to}: ${result.outcome}`);
    this.event({ type: 'outcome', commandId: command.id, plug, ...result });
    await this.#record(command, atMs, result);
  }

  /** Once per decision: that it was told must be on the disk before it is, as with a cut. */
  async #shutDown(order: ShutdownOrder, isKept: () => Promise<boolean>): Promise<void> {
    const { clock, log, studio } = this.#deps;
    const { id, plug, by } = order;
    const atMs = clock.nowMs();
    const startedMs = clock.monotonicMs();
    const { outcome, detail } = await this.#tellToShutDown(order, isKept, () =>
      mayStillBeShutDown(studio, this.state, plug, this.#steadyMs()),
    );
    log[outcome === 'failed' ? 'error' : 'info']({ plug, by, detail }, `shut down: ${outcome}`);
    this.event({ type: 'shutdown-outcome', orderId: id, plug, outcome, detail });
    await this.#record(order, atMs, { outcome, detail, tookMs: Math.round(clock.monotonicMs() - startedMs) });
  }

  async #tellToShutDown(
    { plug, dryRun }: ShutdownOrder,
    isKept: () => Promise<boolean>,
    stillWanted: () => boolean,
  ): Promise<{ outcome: ShutdownOutcome; detail: string }> {
    if (dryRun) return { outcome: 'dry-run', detail: 'dry run: nobody was told' };
    if (!(await isKept())) return { outcome: 'refused', detail: UNWRITABLE };
    if (this.#stopping || !stillWanted())
      return { outcome: 'refused', detail: 'things have changed since it was decided' };
    const ending = new AbortController();
    this.#shutdowns.add(ending);
    try {
      return { outcome: 'asked', detail: await this.#deps.shutDown(plug, ending.signal) };
    } catch (error) {
      return { outcome: 'failed', detail: wordsOf(error) };
    } finally {
      this.#shutdowns.delete(ending);
    }
  }

  #endShutdowns(why: string): void {
    for (const ending of this.#shutdowns) ending.abort(new Error(`broken off: ${why}`));
  }

  /** true: everything that is known up to now is on the disk. */
  async #kept(): Promise<boolean> {
    const { clock, pipeline } = this.#deps;
    return (await within(clock, JOURNAL_PATIENCE_MS, pipeline.flush())) === true;
  }

  async #record(
    { id, plug, to, by, source, reasons, wattsBefore }: Command | ShutdownOrder,
    atMs: number,
    { outcome, detail, tookMs }: Pick<SwitchRecord, 'outcome' | 'detail' | 'tookMs'>,
  ): Promise<void> {
    const why = { by, source, reason: reasonsText(reasons), reasons };
    const record: SwitchRecord = { commandId: id, atMs, plug, to, ...why, wattsBefore, outcome, detail, tookMs };
    this.#deps.onSwitch(record);
    this.#unsaved.set(String(++this.#records), record);
    await within(this.#deps.clock, JOURNAL_PATIENCE_MS, this.#unsaved.save());
  }

  #tick(): void {
    this.#cancelTick = this.#deps.clock.after(TICK_MS, () => {
      this.event({ type: 'plan', next: this.#planned() });
      this.#deps.onTick?.();
      this.#tick();
    });
  }

  /** What is due between two ticks is done when it is due. */
  #wakeAt(steadyMs: number | null): void {
    this.#cancelDue();
    const inMs = steadyMs === null ? TICK_MS : Math.ceil(steadyMs - this.#steadyMs());
    if (inMs < TICK_MS) this.#cancelDue = this.#deps.clock.after(Math.max(1, inMs), () => this.event({ type: 'tick' }));
  }

  #planned(): PlannedTimes | null {
    const next = this.#deps.nextPlanned();
    const aheadMs = this.#steadyMs() - this.#deps.clock.nowMs();
    return next && { setupAtMs: next.setupAtMs + aheadMs, startsAtMs: next.startsAtMs + aheadMs };
  }

  #wallOf(steadyMs: number): number {
    return Math.round(steadyMs - this.#steadyMs() + this.#deps.clock.nowMs());
  }
}
