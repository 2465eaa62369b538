import type { Logger } from 'pino';
import { SessionConflict } from '../api/deps.ts';
import type { Clock } from '../model/clock.ts';
import type { Label } from '../model/meter.ts';
import type { Journal, Phase, SessionPhase, SessionRecord, StreamTotals } from '../model/ports.ts';
import { addAudience, changePhase, endSession, phaseOf, startSession } from '../model/session.ts';
import { type Doubt, doubtBeginning } from '../model/source-words.ts';
import { Unsaved } from './unsaved.ts';
import { within } from './within.ts';

const REMEMBERED_SESSIONS = 50;
/** Nobody waits longer for the disk when a live begins. */
const JOURNAL_PATIENCE_MS = 3000;
const RETRY_MS = 5000;
/** Labels follow the wall clock when it steps by more than this. */
const STEP_MS = 1000;

/** A label, and the time of its change on this run's monotonic clock (negative: before this run). */
interface Mark extends Label {
  monotonicMs: number;
}

/** A viewer figure, which the journal keeps beside its session. */
interface SaidAudience {
  sessionId: string;
  said: SessionRecord['audience'][number];
}

interface SessionsDeps {
  clock: Clock;
  journal: Journal;
  log: Logger;
  /** Called after every change, with the session that runs or else the last one. */
  onChange(status: 'running' | 'none' | 'unknown', phase: Phase, session: SessionRecord | null): void;
  /** Called when somebody says that it is over, also when no session runs. */
  onOver?(by: string): void;
}

/**
 * The lives of this studio: one at a time, each change committed before anybody hears of it. A journal that can't be
 * written does not stop a live: the session is kept in memory and written when it can be.
 */
export class Sessions {
  readonly #deps: SessionsDeps;
  #current: SessionRecord | null = null;
  #recent: SessionRecord[] = [];
  #known = false;
  #doubt: Doubt | null = null;
  /** Who has asked for a live that is not on the disk yet, the first first. */
  readonly #beginners: string[] = [];
  /** When the change being made was asked for; null while the sessions of earlier runs are read. */
  #changeMonotonicMs: number | null = null;
  #marks: Mark[] = [];
  #labels: Label[] = [];
  #labelsOffsetMs = 0;
  readonly #unsaved: Unsaved<SessionRecord | SaidAudience>;
  #saidAudiences = 0;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
    const { clock, journal, log } = deps;
    this.#unsaved = new Unsaved<SessionRecord | SaidAudience>({
      ...{ clock, retryMs: RETRY_MS },
      put: (record) =>
        'said' in record ? journal.addAudience(record.sessionId, record.said) : journal.putSession(record),
      failed: (err) =>
        log.error({ event: 'session-unwritten', err }, 'the session could not be written: it is kept and tried again'),
    });
  }

  get current(): SessionRecord | null {
    return this.#current;
  }

  get status(): 'running' | 'none' | 'unknown' {
    if (!this.#known) return 'unknown';
    if (this.#current) return 'running';
    return this.doubt === null ? 'none' : 'unknown';
  }

  /** Why it is not known whether a live runs although no session does, or null. */
  get doubt(): Doubt | null {
    const [beginner] = this.#beginners;
    if (this.#current || beginner === undefined) return this.#current ? null : this.#doubt;
    return this.#doubt ?? doubtBeginning(beginner);
  }

  /** Between sessions: what keeps everybody from being sure that none is needed. */
  setDoubt(why: Doubt | null): void {
    // Not by its words: what an encoder draws in them is another number every few seconds.
    const same = kindOf(this.#doubt) === kindOf(why);
    this.#doubt = why;
    if (!same && !this.#current && this.#known) this.#tell();
  }

  /**
   * Takes up a session that was running when the daemon stopped.
   * @param trusted false when the journal was lost: then nobody knows whether a session runs, until somebody says so
   */
  async restore(trusted: boolean): Promise<void> {
    const { journal } = this.#deps;
    this.#recent = await journal.sessions(REMEMBERED_SESSIONS);
    this.#current = await journal.runningSession();
    this.#known = trusted;
    this.#tell();
  }

  async start(input: { title: string | null; phase: SessionPhase; by: string }): Promise<SessionRecord> {
    const wasNone = this.status === 'none';
    this.#beginners.push(input.by);
    // At once: until it is written, a cut that was decided before would still be sent.
    if (wasNone) this.#tell();
    return this.#one(async () => {
      if (this.#current) throw new SessionConflict(`session ${this.#current.id} is running: end it first`);
      const atMs = this.#deps.clock.nowMs();
      // Sortable, readable, unique: two sessions can't start in the same millisecond, one runs at a time.
      const id = new Date(atMs).toISOString().replace(/[-:.]/g, '').replace('T', '-').toLowerCase();
      return this.#commit(startSession({ ...input, id, atMs }));
    }).finally(() => this.#beginners.shift());
  }

  setPhase(phase: SessionPhase, by: string): Promise<SessionRecord> {
    return this.#one(async () => this.#commit(changePhase(this.#running(), phase, this.#deps.clock.nowMs(), by)));
  }

  setAudience(viewers: number): Promise<SessionRecord> {
    return this.#one(async () => {
      const session = addAudience(this.#running(), viewers, this.#deps.clock.nowMs());
      const said = session.audience.at(-1);
      if (said) this.#toSave({ sessionId: session.id, said });
      return this.#commit(session);
    });
  }

  /** Notes what the encoder has sent in the running session. */
  setStream(stream: StreamTotals): Promise<void> {
    return this.#one(async () => {
      const session = { ...this.#running(), stream };
      this.#toSave(session);
      this.#current = session;
      this.#recent = this.#recent.map((one) => (one.id === session.id ? session : one));
      // No phase has changed: nobody need hear of it.
      await within(this.#deps.clock, JOURNAL_PATIENCE_MS, this.#unsaved.save());
    });
  }

  /**
   * @param meant the session that is to end, null: none is running; left out: whichever runs. Another one goes on: a live
   *   may have begun since it was asked
   */
  end(by: string, meant?: string | null): Promise<SessionRecord> {
    return this.#one(async () => {
      if (meant !== undefined && meant !== (this.#current?.id ?? null))
        throw new SessionConflict('another session than the one that was meant runs, or none: nothing was ended');
      const unsure = !this.#known || this.#doubt !== null;
      this.#deps.onOver?.(by);
      // When nobody knew, "it is over" is news too.
      if (!this.#current && unsure) {
        this.#known = true;
        this.#tell();
        throw new SessionConflict(
          this.#doubt === null
            ? 'no session was running; offair did not know, and now does'
            : `no session is running, and ${this.#doubt.text}`,
        );
      }
      return this.#commit(endSession(this.#running(), by, this.#deps.clock.nowMs()));
    });
  }

  /** From when on energy belongs to what. */
  get labels(): readonly Label[] {
    const { clock } = this.#deps;
    const offsetMs = clock.nowMs() - clock.monotonicMs();
    // A step of the wall clock must not carry energy into or out of a session: changes of this run move with it.
    if (!(Math.abs(offsetMs - this.#labelsOffsetMs) <= STEP_MS)) {
      this.#labelsOffsetMs = offsetMs;
      this.#labels = this.#marks.map(({ monotonicMs, sessionId, phase }) => ({
        fromMs: monotonicMs + offsetMs,
        sessionId,
        phase,
      }));
    }
    return this.#labels;
  }

  /** Why a session is not on the disk, or null. */
  get trouble(): string | null {
    return this.#unsaved.size > 0 ? 'a session is not in the journal yet: it can not be written' : null;
  }

  /** The journal is a new file: the sessions in memory are written again. */
  rewrite(): void {
    for (const session of this.#recent) {
      this.#toSave(session);
      for (const said of session.audience) this.#toSave({ sessionId: session.id, said });
    }
    void this.#unsaved.save();
  }

  /** One last try for what is not on the disk yet. */
  stop(): Promise<void> {
    return this.#unsaved.stop();
  }

  #running(): SessionRecord {
    if (!this.#current) throw new SessionConflict('no session is running');
    return this.#current;
  }

  async #commit(session: SessionRecord): Promise<SessionRecord> {
    this.#toSave(session);
    await within(this.#deps.clock, JOURNAL_PATIENCE_MS, this.#unsaved.save());
    this.#known = true;
    this.#current = session.endedAtMs === null ? session : null;
    this.#recent = [session, ...this.#recent.filter(({ id }) => id !== session.id)].slice(0, REMEMBERED_SESSIONS);
    this.#tell();
    return session;
  }

  #toSave(record: SessionRecord | SaidAudience): void {
    this.#unsaved.set('said' in record ? `audience ${++this.#saidAudiences}` : record.id, record);
  }

  #tell(): void {
    const { clock } = this.#deps;
    const current = this.#current;
    const others = this.#recent.filter(({ id }) => id !== current?.id);
    others.sort((one, other) => one.startedAtMs - other.startedAtMs);
    const known = new Map(this.#marks.map((mark) => [keyOf(mark), mark.monotonicMs]));
    let latestMs = Number.NEGATIVE_INFINITY;
    this.#marks = (current ? [...others, current] : others).flatMap(labelsOf).map((label) => {
      // What was read at the start is of an earlier run, and never lies ahead: the clock may have gone back since.
      const ofEarlierRun = clock.monotonicMs() - Math.max(0, clock.nowMs() - label.fromMs);
      // A change not seen before is the one being made. The session that runs comes last, whatever was written down.
      const monotonicMs = known.get(keyOf(label)) ?? this.#changeMonotonicMs ?? ofEarlierRun;
      latestMs = Math.max(latestMs, monotonicMs);
      return { ...label, monotonicMs: latestMs };
    });
    this.#labelsOffsetMs = Number.NaN;
    this.#deps.onChange(this.status, phaseOf(this.#current), this.#current ?? this.#recent[0] ?? null);
  }

  /** One change at a time, in the order they came. */
  #one<T>(change: () => Promise<T>): Promise<T> {
    const run = () => {
      this.#changeMonotonicMs = this.#deps.clock.monotonicMs();
      return change();
    };
    const next = this.#busy.then(run, run);
    this.#busy = next.catch(() => {});
    return next;
  }
}

function kindOf(doubt: Doubt | null): string | null {
  return doubt && `${doubt.code} ${doubt.data.source} ${doubt.data.detailCode}`;
}

function keyOf({ sessionId, phase, fromMs }: Label): string {
  return `${sessionId}|${phase}|${fromMs}`;
}

function labelsOf({ id, phases, endedAtMs }: SessionRecord): Label[] {
  const labels: Label[] = phases.map(({ phase, atMs }) => ({ fromMs: atMs, sessionId: id, phase }));
  return endedAtMs === null ? labels : [...labels, { fromMs: endedAtMs, sessionId: null, phase: 'standby' }];
}
