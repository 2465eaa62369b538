import { SessionConflict } from '../api/deps.ts';
import type { Clock } from '../model/clock.ts';
import type { Label } from '../model/meter.ts';
import type { Journal, Phase, SessionPhase, SessionRecord } from '../model/ports.ts';
import { addAudience, changePhase, endSession, phaseOf, startSession } from '../model/session.ts';

const REMEMBERED_SESSIONS = 50;

export interface SessionsDeps {
  clock: Clock;
  journal: Journal;
  /** Called after every change that is on the disk. */
  onChange(status: 'running' | 'none' | 'unknown', phase: Phase, session: SessionRecord | null): void;
}

/** The lives of this studio: one at a time, each change committed before anybody hears of it. */
export class Sessions {
  readonly #deps: SessionsDeps;
  #current: SessionRecord | null = null;
  #recent: SessionRecord[] = [];
  #known = false;
  #labels: Label[] = [];
  #busy: Promise<unknown> = Promise.resolve();

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  get current(): SessionRecord | null {
    return this.#current;
  }

  get status(): 'running' | 'none' | 'unknown' {
    if (!this.#known) return 'unknown';
    return this.#current ? 'running' : 'none';
  }

  /**
   * Takes up a session that was running when the daemon stopped.
   * @param trusted false when the journal was lost: then nobody knows whether a session runs, until somebody says so
   */
  async restore(trusted: boolean): Promise<void> {
    this.#recent = await this.#deps.journal.sessions(REMEMBERED_SESSIONS);
    this.#current = this.#recent.find((session) => session.endedAtMs === null) ?? null;
    this.#known = trusted;
    this.#tell();
  }

  start(input: { title: string | null; phase: SessionPhase; by: string }): Promise<SessionRecord> {
    return this.#one(async () => {
      if (this.#current) throw new SessionConflict(`session ${this.#current.id} is running: end it first`);
      const atMs = this.#deps.clock.nowMs();
      // Sortable, readable, unique: two sessions can't start in the same millisecond, one runs at a time.
      const id = new Date(atMs).toISOString().replace(/[-:.]/g, '').replace('T', '-').toLowerCase();
      return this.#commit(startSession({ ...input, id, atMs }));
    });
  }

  setPhase(phase: SessionPhase): Promise<SessionRecord> {
    return this.#one(async () => this.#commit(changePhase(this.#running(), phase, this.#deps.clock.nowMs())));
  }

  setAudience(viewers: number): Promise<SessionRecord> {
    return this.#one(async () => this.#commit(addAudience(this.#running(), viewers, this.#deps.clock.nowMs())));
  }

  end(by: string): Promise<SessionRecord> {
    return this.#one(async () => {
      // With the journal lost, "it is over" is news too.
      if (!this.#current && !this.#known) {
        this.#known = true;
        this.#tell();
      }
      return this.#commit(endSession(this.#running(), by, this.#deps.clock.nowMs()));
    });
  }

  /** From when on energy belongs to what. */
  get labels(): readonly Label[] {
    return this.#labels;
  }

  #running(): SessionRecord {
    if (!this.#current) throw new SessionConflict('no session is running');
    return this.#current;
  }

  async #commit(session: SessionRecord): Promise<SessionRecord> {
    await this.#deps.journal.putSession(session);
    this.#known = true;
    this.#current = session.endedAtMs === null ? session : null;
    this.#recent = [session, ...this.#recent.filter(({ id }) => id !== session.id)].slice(0, REMEMBERED_SESSIONS);
    this.#tell();
    return session;
  }

  #tell(): void {
    const current = this.#current;
    const all = current ? [current, ...this.#recent.filter(({ id }) => id !== current.id)] : this.#recent;
    this.#labels = all.flatMap(labelsOf).sort((a, b) => a.fromMs - b.fromMs);
    this.#deps.onChange(this.status, phaseOf(this.#current), this.#current);
  }

  /** One change at a time, in the order they came. */
  #one<T>(change: () => Promise<T>): Promise<T> {
    const next = this.#busy.then(change, change);
    this.#busy = next.catch(() => {});
    return next;
  }
}

function labelsOf({ id, phases, endedAtMs }: SessionRecord): Label[] {
  const labels: Label[] = phases.map(({ phase, atMs }) => ({ fromMs: atMs, sessionId: id, phase }));
  return endedAtMs === null ? labels : [...labels, { fromMs: endedAtMs, sessionId: null, phase: 'standby' }];
}
