import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import type { PlugId } from '../model/plug.ts';
import { decide, type Intent, mayStillBeCut, preview } from '../model/policy.ts';
import {
  adopt,
  type Command,
  memorable,
  NEW_POLICY,
  type NotedReading,
  observe,
  observeReadings,
  type PolicyEvent,
  type PolicyState,
  type Studio,
  withoutMemory,
} from '../model/policy-state.ts';
import type { Journal, PlugDevice, SwitchRecord } from '../model/ports.ts';
import type { Reading } from '../model/reading.ts';
import type { Pipeline } from './pipeline.ts';
import { type Execution, execute } from './switcher.ts';
import { within } from './within.ts';

const TICK_MS = 1000;
/** Noted before they are told: telling copies what is known of all plugs. */
const MOST_READINGS = 200;
/** A cut waits for the journal this long, then it is not sent; the log of a command is not waited for longer either. */
const JOURNAL_PATIENCE_MS = 5000;
/** At a stop, a command under way may finish for this long. */
const STOP_PATIENCE_MS = 8000;

export interface ControllerDeps {
  clock: Clock;
  log: Logger;
  journal: Journal;
  pipeline: Pipeline;
  studio: Studio;
  devices: ReadonlyMap<PlugId, PlugDevice>;
  onReading(reading: Reading): void;
  onSwitch(record: SwitchRecord): void;
}

/** Feeds the policy with what happens, carries out what it decides, and tells it what became of that. */
export class Controller {
  readonly #deps: ControllerDeps;
  readonly #running = new Set<Promise<void>>();
  readonly #startWallMs: number;
  readonly #startMonotonicMs: number;
  #state: PolicyState = NEW_POLICY;
  /** Not yet told to the policy. */
  #readings: NotedReading[] = [];
  readonly #unsaved: SwitchRecord[] = [];
  #cancelTick: () => void = () => {};
  #stopping = false;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#startWallMs = deps.clock.nowMs();
    this.#startMonotonicMs = deps.clock.monotonicMs();
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
    await within(this.#deps.clock, STOP_PATIENCE_MS, Promise.allSettled([...this.#running]));
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
  event(event: PolicyEvent): { refused: string[]; command: Command | null } {
    const { studio, pipeline } = this.#deps;
    this.#takeReadings();
    if (this.#stopping) {
      if (event.type !== 'request') this.#state = observe(studio, this.#state, event, this.#steadyMs());
      pipeline.state('policy', this.#state);
      return { refused: ['offair is stopping'], command: null };
    }
    const decision = decide(studio, this.#state, event, this.#steadyMs());
    this.#state = decision.state;
    for (const command of decision.commands) {
      const work = this.#carryOut(command).finally(() => this.#running.delete(work));
      this.#running.add(work);
    }
    const [own] = event.type === 'request' ? decision.commands : [];
    return { refused: decision.refused, command: own ?? null };
  }

  preview(): Intent[] {
    return preview(this.#deps.studio, this.state, this.#steadyMs()).map((intent) => ({
      ...intent,
      dueAtMs: intent.dueAtMs === null ? null : this.#wallOf(intent.dueAtMs),
    }));
  }

  async #carryOut(command: Command): Promise<void> {
    const { clock, log, pipeline, devices, onReading } = this.#deps;
    const { plug, to, reason, by } = command;
    const expiresAtMonotonicMs = command.expiresAtMs - this.#startWallMs + this.#startMonotonicMs;
    const atMs = clock.nowMs();
    // That it was cut must be on the disk before it is: else a crash would leave it dark. A restore waits for nothing.
    const kept = to === 'on' || command.dryRun || (await within(clock, JOURNAL_PATIENCE_MS, pipeline.flush())) === true;
    const result: Execution = kept
      ? await execute(command, expiresAtMonotonicMs, {
          clock,
          log,
          device: (id) => devices.get(id),
          onReading,
          stillWanted: () =>
            to === 'on' || (!this.#stopping && mayStillBeCut(this.#deps.studio, this.state, plug, this.#steadyMs())),
        })
      : { outcome: 'refused', relay: null, detail: 'the journal can not be written', tookMs: 0 };
    const record: SwitchRecord = { commandId: command.id, atMs, plug, to, by, reason, ...pick(result) };
    const level = ['verified', 'dry-run'].includes(result.outcome) ? 'info' : 'error';
    log[level]({ plug, to, by, reason, ...result }, `switch ${to}: ${result.outcome}`);
    this.event({ type: 'outcome', commandId: command.id, plug, ...result });
    this.#deps.onSwitch(record);
    this.#unsaved.push(record);
    await within(clock, JOURNAL_PATIENCE_MS, this.#save());
  }

  /** Writes what the log still lacks, in order; what can't be written now is tried again with the next command or tick. */
  async #save(): Promise<void> {
    const { journal, log } = this.#deps;
    for (let record = this.#unsaved.shift(); record; record = this.#unsaved.shift()) {
      try {
        await journal.addSwitch(record);
      } catch (error) {
        this.#unsaved.unshift(record);
        log.error({ err: error, record }, 'the switching log could not be written');
        return;
      }
    }
  }

  #tick(): void {
    this.#cancelTick = this.#deps.clock.after(TICK_MS, () => {
      this.event({ type: 'tick' });
      if (this.#unsaved.length > 0 && this.#running.size === 0) void this.#save();
      this.#tick();
    });
  }

  /** Never steps within a run, goes on across restarts. */
  #steadyMs(): number {
    return this.#startWallMs + this.#deps.clock.monotonicMs() - this.#startMonotonicMs;
  }

  #wallOf(steadyMs: number): number {
    return Math.round(steadyMs - this.#steadyMs() + this.#deps.clock.nowMs());
  }
}

function pick({ outcome, detail, tookMs }: Pick<SwitchRecord, 'outcome' | 'detail' | 'tookMs'>) {
  return { outcome, detail, tookMs };
}
