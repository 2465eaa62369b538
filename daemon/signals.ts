import type { Logger } from 'pino';
import type { SourceView } from '../api/deps.ts';
import type { Clock } from '../model/clock.ts';
import type { SessionRecord, StreamTotals } from '../model/ports.ts';
import {
  addStream,
  follow,
  NEW_SIGNALS,
  type NextPlanned,
  nextPlanned,
  type Said,
  type SessionAction,
  type SessionSource,
  type SignalMemory,
  type SignalSettings,
  type SourceReport,
  saidOver,
} from '../model/signals.ts';
import { sourceWords } from '../model/source-words.ts';
import type { Sessions } from './sessions.ts';
import { steadyClock } from './steady-clock.ts';

/** What the encoder has sent is kept this often: more would wear the disk. */
const STREAM_KEPT_MS = 60_000;
const NOTHING_SENT: StreamTotals = { sentBytes: 0, totalFrames: 0, droppedFrames: 0 };

/** Under this name the journal keeps what the sources said. */
const KEPT = 'signals';

/** Plain JSON, in the journal. */
interface Kept {
  memory: SignalMemory;
  /** The counter from which the running session's totals go on. */
  counted: { source: string; session: string; at: StreamTotals } | null;
}

interface SignalsDeps {
  clock: Clock;
  log: Logger;
  sources: readonly SessionSource[];
  settings: SignalSettings;
  sessions: Pick<Sessions, 'current' | 'start' | 'setPhase' | 'setStream' | 'end' | 'setDoubt'>;
  recall(name: string): Promise<unknown>;
  /** Keeps what `value` gives in the journal, asked at each flush. */
  keep(name: string, value: () => unknown): void;
  onChange(): void;
}

interface Heard {
  source: SessionSource;
  report: SourceReport;
  sinceMonotonicMs: number | null;
  heardMonotonicMs: number | null;
}

/** Listens to every source of the session signal and does to the session what follows from them together. */
export class Signals {
  readonly #deps: SignalsDeps;
  readonly #heard: Heard[];
  readonly #steadyMs: () => number;
  #kept: Kept = { memory: NEW_SIGNALS, counted: null };
  #acting = false;
  #again = false;
  #started = false;
  #streamKeptMonotonicMs = Number.NEGATIVE_INFINITY;
  #cancelAgain: () => void = () => {};

  constructor(deps: SignalsDeps) {
    this.#deps = deps;
    this.#steadyMs = steadyClock(deps.clock);
    this.#heard = deps.sources.map((source) => ({
      source,
      report: { says: 'unknown', detail: sourceWords('not-heard') },
      sinceMonotonicMs: null,
      heardMonotonicMs: null,
    }));
  }

  /** What was known before, and what is not known yet: before anybody hears that no session runs. */
  async restore(): Promise<void> {
    const { recall, keep } = this.#deps;
    const kept = (await recall(KEPT)) as Kept | null | undefined;
    if (kept) this.#kept = { ...kept, memory: { ...NEW_SIGNALS, ...kept.memory } };
    keep(KEPT, () => this.#kept);
    this.#deps.sessions.setDoubt(this.#follow().doubt);
  }

  start(): void {
    this.#started = true;
    for (const heard of this.#heard) heard.source.start((report) => this.#hear(heard, report));
    void this.#work();
  }

  /** Says nothing more to the session, which stays as it is. */
  async stop(): Promise<void> {
    this.#started = false;
    this.#cancelAgain();
    await Promise.all(this.#heard.map(({ source }) => source.stop()));
  }

  view(): SourceView[] {
    const { clock } = this.#deps;
    const wall = (monotonicMs: number | null) =>
      monotonicMs === null ? null : Math.round(monotonicMs - clock.monotonicMs() + clock.nowMs());
    return this.#heard.map(({ source: { name, role, trusted }, report, sinceMonotonicMs, heardMonotonicMs }) => ({
      ...{ name, role, trusted, says: report.says, detail: report.detail, remarks: report.remarks ?? [] },
      ...{ sinceMs: wall(sinceMonotonicMs), heardAtMs: wall(heardMonotonicMs) },
    }));
  }

  /** The planned live that begins next: what was cut must be on again before it. null: none is planned. */
  nextPlanned(): NextPlanned | null {
    return nextPlanned(this.#said(), this.#kept.memory, this.#deps.clock.nowMs());
  }

  /** The session was changed by whomever. */
  changed(): void {
    void this.#work();
  }

  /** Somebody said that it is over. */
  over(by: string): void {
    if (!this.#started || this.#heard.some(({ source }) => source.name === by)) return;
    for (const { source } of this.#heard) void source.over?.();
    this.#kept = { ...this.#kept, memory: saidOver(this.#said(), this.#kept.memory) };
    this.#deps.sessions.setDoubt(this.#follow().doubt);
  }

  #hear(heard: Heard, report: SourceReport): void {
    if (!this.#started) return;
    const { clock, log, sessions, onChange } = this.#deps;
    const { name } = heard.source;
    if (heard.sinceMonotonicMs === null || heard.report.says !== report.says) {
      heard.sinceMonotonicMs = clock.monotonicMs();
      log[report.says === 'unknown' ? 'warn' : 'info'](
        { source: name },
        `${name} says ${report.says}: ${report.detail.text}`,
      );
    }
    if (report.says !== 'unknown') heard.heardMonotonicMs = clock.monotonicMs();
    heard.report = report;
    // At once, also while an action is under way: what is in doubt must not be cut.
    sessions.setDoubt(this.#follow().doubt);
    onChange();
    void this.#work();
  }

  /** One action after the other, until nothing more follows. */
  async #work(): Promise<void> {
    if (!this.#started) return;
    this.#again = true;
    if (this.#acting) return;
    this.#acting = true;
    while (this.#again && this.#started) {
      this.#again = false;
      await this.#once().catch((err) =>
        this.#deps.log.error({ event: 'signals-failed', err }, 'what the session sources say could not be followed'),
      );
    }
    this.#acting = false;
  }

  async #once(): Promise<void> {
    const { sessions, clock } = this.#deps;
    await this.#countStream();
    const { memory, action, doubt, againAtMs } = this.#follow();
    const before = this.#kept;
    this.#kept = { ...before, memory };
    sessions.setDoubt(doubt);
    if (action) {
      try {
        await this.#act(action);
        this.#again = true;
      } catch (error) {
        // Somebody else was first: what follows now is another question. A person may have said something meanwhile.
        if (this.#kept.memory === memory) this.#kept = before;
        throw error;
      }
    }
    this.#cancelAgain();
    if (againAtMs !== null)
      this.#cancelAgain = clock.after(Math.max(0, againAtMs - this.#steadyMs()), () => void this.#work());
  }

  #follow() {
    return follow(this.#said(), this.#deps.sessions.current, this.#kept.memory, this.#deps.settings, this.#steadyMs());
  }

  #act(action: SessionAction): Promise<SessionRecord> {
    const { sessions } = this.#deps;
    if (action.do === 'start') return sessions.start({ title: action.title, phase: action.phase, by: action.by });
    return action.do === 'live' ? sessions.setPhase('live', action.by) : sessions.end(action.by);
  }

  async #countStream(): Promise<void> {
    const { sessions, clock } = this.#deps;
    const session = sessions.current;
    const heard = this.#heard.find(({ report }) => report.stream !== undefined);
    const at = heard?.report.stream;
    if (!session || !heard || !at) return;
    const { counted } = this.#kept;
    const same = counted?.source === heard.source.name && counted.session === session.id ? counted.at : null;
    const changed = same === null || at.sentBytes !== same.sentBytes || at.totalFrames !== same.totalFrames;
    const nowMs = clock.monotonicMs();
    const due = heard.report.says === 'off' || nowMs - this.#streamKeptMonotonicMs >= STREAM_KEPT_MS;
    if (!changed || !due) return;
    this.#streamKeptMonotonicMs = nowMs;
    this.#kept = { ...this.#kept, counted: { source: heard.source.name, session: session.id, at } };
    await sessions.setStream(addStream(session.stream ?? NOTHING_SENT, same, at));
  }

  #said(): Said[] {
    return this.#heard.map(({ source: { name, role, trusted, decides = false }, report }) => ({
      ...{ name, role, trusted, decides },
      ...report,
    }));
  }
}
