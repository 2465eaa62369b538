import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import type { PlugId } from '../model/plug.ts';
import {
  adopt,
  type Command,
  decide,
  type Intent,
  NEW_POLICY,
  type PolicyEvent,
  type PolicyState,
  preview,
  type Studio,
} from '../model/policy.ts';
import type { Journal, PlugDevice, SwitchRecord } from '../model/ports.ts';
import type { Reading } from '../model/reading.ts';
import type { Pipeline } from './pipeline.ts';
import { execute } from './switcher.ts';

const TICK_MS = 1000;
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
  #cancelTick: () => void = () => {};
  #stopping = false;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#startWallMs = deps.clock.nowMs();
    this.#startMonotonicMs = deps.clock.monotonicMs();
  }

  get state(): PolicyState {
    return this.#state;
  }

  async start(): Promise<void> {
    const saved = (await this.#deps.journal.state('policy')) as PolicyState | null | undefined;
    this.#state = saved ? adopt(saved) : NEW_POLICY;
    this.#tick();
  }

  /** Decides nothing more; a command under way may finish. Switches nothing. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelTick();
    const { clock } = this.#deps;
    const patience = new AbortController();
    await Promise.race([
      Promise.allSettled([...this.#running]),
      clock.sleep(STOP_PATIENCE_MS, patience.signal).catch(() => {}),
    ]);
    patience.abort();
  }

  /** Tells the policy; returns why a request was refused (empty when it was not) and the command it led to. */
  event(event: PolicyEvent): { refused: string[]; command: Command | null } {
    const decision = decide(this.#deps.studio, this.#state, event, this.#steadyMs());
    this.#state = decision.state;
    this.#deps.pipeline.state('policy', this.#state);
    if (this.#stopping) return { refused: ['offair is stopping'], command: null };
    for (const command of decision.commands) {
      const work = this.#carryOut(command).finally(() => this.#running.delete(work));
      this.#running.add(work);
    }
    const [own] = event.type === 'request' ? decision.commands : [];
    return { refused: decision.refused, command: own ?? null };
  }

  preview(): Intent[] {
    return preview(this.#deps.studio, this.#state, this.#steadyMs()).map((intent) => ({
      ...intent,
      dueAtMs: intent.dueAtMs === null ? null : this.#wallOf(intent.dueAtMs),
    }));
  }

  async #carryOut(command: Command): Promise<void> {
    const { clock, log, journal, pipeline, devices, onReading } = this.#deps;
    const { plug, to, reason, by } = command;
    const expiresAtMonotonicMs = command.expiresAtMs - this.#startWallMs + this.#startMonotonicMs;
    const atMs = clock.nowMs();
    // The counts and times that bound the switching are on the disk before anything moves.
    if (!command.dryRun) await pipeline.flush();
    const result = await execute(command, expiresAtMonotonicMs, {
      clock,
      log,
      device: (id) => devices.get(id),
      onReading,
    });
    const record: SwitchRecord = { commandId: command.id, atMs, plug, to, by, reason, ...pick(result) };
    const level = ['verified', 'dry-run'].includes(result.outcome) ? 'info' : 'error';
    log[level]({ plug, to, by, reason, ...result }, `switch ${to}: ${result.outcome}`);
    try {
      await journal.addSwitch(record);
    } catch (error) {
      log.error({ err: error, record }, 'the switching log could not be written');
    }
    this.event({ type: 'outcome', commandId: command.id, plug, ...result });
    this.#deps.onSwitch(record);
  }

  #tick(): void {
    this.#cancelTick = this.#deps.clock.after(TICK_MS, () => {
      this.event({ type: 'tick' });
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
