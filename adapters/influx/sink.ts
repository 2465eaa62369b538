import type { Logger } from 'pino';
import type { Clock, Random } from '../../model/clock.ts';
import type { Journal, OutboxLine, PointSink, PointSinkStatus } from '../../model/ports.ts';
import { InfluxDatabase, InfluxRefused } from './database.ts';
import { creationStatements, type InfluxSettings } from './settings.ts';
import { type Verdict, writeLines } from './writer.ts';

/** What InfluxDB's authors found to be the best batch. */
const BATCH_LINES = 5000;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;
/** A refusal needs a person: looked at again this often. */
const REFUSED_RETRY_MS = 30_000;
/** With nothing to do and nobody poking. */
const IDLE_MS = 60_000;
const LAST_ATTEMPT_MS = 2000;

interface Pause {
  ms: number;
  /** A poke ends it early. */
  wakeable: boolean;
}
const NO_PAUSE: Pause = { ms: 0, wakeable: true };

/**
 * Delivers the journal's outbox to InfluxDB 1.x: in order, one request in flight, and a line leaves the journal only
 * when the server has it (204) or will never take it (then it is quarantined with the server's reason). Replays are
 * harmless: same tags, same time, same values.
 */
export class InfluxSink implements PointSink {
  readonly #settings: InfluxSettings;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Logger;
  readonly #database: InfluxDatabase;
  readonly #abort = new AbortController();
  #status: PointSinkStatus = {
    state: 'waiting',
    pendingPoints: 0,
    quarantinedPoints: 0,
    droppedPoints: 0,
    forgottenPoints: 0,
    enqueuedPoints: 0,
    deliveredPoints: 0,
    lastDeliveryAtMs: null,
    problem: null,
  };
  #loop: Promise<void> = Promise.resolve();
  #stopping = false;
  #poked = false;
  #prepared = false;
  /** Why the database could not be made; writes may work all the same. */
  #noRights: string | null = null;
  #failures = 0;
  #refusals = 0;
  #pause: (Pause & { end: () => void }) | null = null;

  constructor(settings: InfluxSettings, deps: { journal: Journal; clock: Clock; random: Random; log: Logger }) {
    this.#settings = settings;
    this.#journal = deps.journal;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#log = deps.log;
    this.#database = new InfluxDatabase(settings);
  }

  /** Waits for no server: it may come later. */
  async start(): Promise<void> {
    await this.#count();
    this.#loop = this.#run();
  }

  /** Tries once more, for two seconds at most; the rest stays in the journal. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#pause?.end();
    const cancel = this.#clock.after(LAST_ATTEMPT_MS, () => {
      this.#abort.abort();
      this.#database.close();
    });
    await this.#loop;
    cancel();
    this.#database.close();
  }

  status(): PointSinkStatus {
    return { ...this.#status };
  }

  /** The journal has new lines. */
  poke(): void {
    this.#poked = true;
    if (this.#pause?.wakeable) this.#pause.end();
    else if (this.#pause) void this.#count().catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#stopping) await this.#rest(await this.#round());
    if (!this.#abort.signal.aborted) await this.#round();
  }

  /** One batch. Gives the time until the next. */
  async #round(): Promise<Pause> {
    this.#poked = false;
    try {
      const pause = await this.#step();
      await this.#count();
      return pause;
    } catch (error) {
      // The journal itself: it says which file.
      this.#report('waiting', (error as Error).message);
      return { ms: this.#backoffMs(), wakeable: false };
    }
  }

  async #step(): Promise<Pause> {
    if (!this.#prepared) {
      const failed = await this.#prepare();
      if (failed) return this.#handle(failed);
    }
    const lines = await this.#journal.outbox(BATCH_LINES);
    return lines.length === 0 ? this.#idle() : this.#handle(await this.#deliver(lines));
  }

  #idle(): Pause {
    if (this.#noRights !== null) {
      this.#prepared = false;
      this.#report('refused', this.#refusal(this.#noRights));
      return { ms: REFUSED_RETRY_MS, wakeable: true };
    }
    this.#report('ok', null);
    return { ms: IDLE_MS, wakeable: true };
  }

  async #prepare(): Promise<Verdict | null> {
    try {
      await this.#database.ensure();
      this.#noRights = null;
    } catch (error) {
      const reason = (error as Error).message;
      if (!(error instanceof InfluxRefused)) return { kind: 'later', reason, afterMs: null };
      this.#noRights = reason;
    }
    this.#prepared = true;
    return null;
  }

  async #deliver(lines: OutboxLine[]): Promise<Verdict> {
    const last = lines.at(-1);
    if (!last) return { kind: 'taken' };
    const texts = lines.map(({ line }) => line);
    const verdict = await writeLines(texts, this.#settings, this.#clock, this.#abort.signal);
    if (verdict.kind === 'taken') {
      await this.#journal.acknowledge(last.seq);
      this.#status.lastDeliveryAtMs = this.#clock.nowMs();
      return verdict;
    }
    if (verdict.kind !== 'unacceptable') return verdict;
    if (lines.length === 1) {
      await this.#journal.quarantine(lines, verdict.reason);
      this.#log.warn({ seq: last.seq, reason: verdict.reason }, 'InfluxDB will never take this line: set aside');
      return { kind: 'taken' };
    }
    const middle = Math.ceil(lines.length / 2);
    const first = await this.#deliver(lines.slice(0, middle));
    return first.kind === 'taken' ? this.#deliver(lines.slice(middle)) : first;
  }

  #handle(verdict: Verdict): Pause {
    switch (verdict.kind) {
      case 'refused':
        this.#prepared = false;
        this.#refusals += 1;
        // The database was dropped under us: make it again before calling anybody.
        if (verdict.missing && this.#refusals === 1 && this.#noRights === null) return NO_PAUSE;
        this.#report('refused', this.#refusal(verdict.reason));
        return { ms: REFUSED_RETRY_MS, wakeable: false };
      case 'later':
        this.#report('waiting', `${this.#settings.url} does not take points now (${verdict.reason}): they are kept`);
        return { ms: verdict.afterMs ?? this.#backoffMs(), wakeable: false };
      default:
        this.#failures = 0;
        this.#refusals = 0;
        this.#noRights = null;
        this.#report('ok', null);
        return NO_PAUSE;
    }
  }

  #refusal(reason: string): string {
    const { url, database } = this.#settings;
    return (
      `${url} refuses points for the database "${database}" (${reason}): they are kept. Check username and the secret ` +
      `influx_password; if they are right, run as administrator of InfluxDB: ${creationStatements(this.#settings)}`
    );
  }

  #backoffMs(): number {
    const ms = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    return ms * (0.5 + this.#random() / 2);
  }

  async #count(): Promise<void> {
    const { enqueued, delivered, pending, quarantined, dropped, forgotten } = await this.#journal.accounts();
    this.#status = {
      ...this.#status,
      ...{ enqueuedPoints: enqueued, deliveredPoints: delivered, pendingPoints: pending },
      ...{ quarantinedPoints: quarantined, droppedPoints: dropped, forgottenPoints: forgotten },
    };
  }

  #rest(pause: Pause): Promise<void> | void {
    if (this.#stopping || pause.ms === 0 || (pause.wakeable && this.#poked)) return;
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.#pause = null;
        resolve();
      };
      const cancel = this.#clock.after(pause.ms, end);
      this.#pause = { ...pause, end };
    });
  }

  #report(state: PointSinkStatus['state'], problem: string | null): void {
    const before = this.#status;
    this.#status = { ...before, state, problem };
    if (problem !== null && problem !== before.problem) this.#log.warn(problem);
    if (state === 'ok' && before.state !== 'ok') this.#log.info(`points go to ${this.#settings.url}`);
  }
}
