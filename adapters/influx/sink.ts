import type { Logger } from 'pino';
import type { Clock, Random } from '../../model/clock.ts';
import { type Journal, NO_SINK, type OutboxLine, type PointSink, type PointSinkStatus } from '../../model/ports.ts';
import { createSetUp, instructions } from './flavours.ts';
import { LateSummaries } from './late-summaries.ts';
import type { SetUp } from './set-up.ts';
import { type InfluxSettings, placeOf } from './settings.ts';
import type { Verdict } from './verdict.ts';
import { writeLines } from './writer.ts';

/** What InfluxDB's authors found to be the best batch. */
const BATCH_LINES = 5000;
/** A server that does not answer to a batch gets half of it, down to this. */
const LEAST_BATCH_LINES = 100;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;
/** So many failures in a row do not pass by themselves: about five minutes. */
const ALARM_FAILURES = 10;
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
 * Delivers the journal's outbox to InfluxDB: in order, one request in flight, and a line leaves the journal only
 * when the server has it (204) or will never take it (then it is quarantined with the server's reason). Replays are
 * harmless: same tags, same time, same values.
 */
export class InfluxSink implements PointSink {
  readonly #settings: InfluxSettings;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Logger;
  readonly #setUp: SetUp;
  readonly #late: LateSummaries;
  readonly #abort = new AbortController();
  #status: PointSinkStatus = { ...NO_SINK, state: 'waiting' };
  #loop: Promise<void> = Promise.resolve();
  #stopping = false;
  #poked = false;
  #prepared = false;
  /** Why the database could not be made; writes may work all the same. */
  #noRights: string | null = null;
  #batchLines = BATCH_LINES;
  #failures = 0;
  #refusals = 0;
  #pause: (Pause & { end: () => void }) | null = null;

  constructor(settings: InfluxSettings, deps: { journal: Journal; clock: Clock; random: Random; log: Logger }) {
    this.#settings = settings;
    this.#journal = deps.journal;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#log = deps.log;
    this.#setUp = createSetUp(settings, deps.clock);
    this.#late = new LateSummaries(this.#setUp, deps);
  }

  /** Waits for no server: it may come later. */
  async start(): Promise<void> {
    await this.#count();
    await this.#late.start();
    this.#loop = this.#run();
  }

  /** Tries once more, for two seconds at most; the rest stays in the journal. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#pause?.end();
    const cancel = this.#clock.after(LAST_ATTEMPT_MS, () => {
      this.#abort.abort();
      this.#setUp.close();
    });
    await this.#loop;
    cancel();
    this.#setUp.close();
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
    const lines = await this.#journal.outbox(this.#batchLines);
    return lines.length === 0 ? this.#idle() : this.#handle(await this.#deliver(lines));
  }

  async #idle(): Promise<Pause> {
    if (this.#noRights !== null) {
      this.#prepared = false;
      this.#report('refused', this.#refusal(this.#noRights));
      return { ms: REFUSED_RETRY_MS, wakeable: true };
    }
    this.#report('ok', null);
    return { ms: !this.#stopping && (await this.#late.makeSome()) ? 0 : IDLE_MS, wakeable: true };
  }

  async #prepare(): Promise<Verdict | null> {
    try {
      const { database, summaries, keptFor } = await this.#setUp.prepare();
      this.#noRights = database;
      if (keptFor.length > 0)
        this.#log.warn(
          { event: 'influx-retention-kept' },
          `${placeOf(this.#settings)} keeps points longer than ${this.#settings.retention}: they would be gone for ${keptFor.slice(0, 5).join(', ')}${keptFor.length > 5 ? ' and others' : ''}, who write there too`,
        );
      this.#late.refused(summaries, instructions(this.#settings).all);
    } catch (error) {
      return { kind: 'later', reason: (error as Error).message, afterMs: null, answered: true };
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
      // Before they leave the journal: what is late must be known whatever happens next.
      await this.#late.delivered(texts);
      await this.#journal.acknowledge(last.seq);
      this.#status.lastDeliveryAtMs = this.#clock.nowMs();
      return verdict;
    }
    if (verdict.kind !== 'unacceptable') return verdict;
    if (lines.length === 1 || verdict.all) {
      await this.#journal.quarantine(lines, verdict.reason);
      const { seq } = last;
      this.#log.warn(
        { event: 'influx-lines-set-aside', seq, lines: lines.length, reason: verdict.reason },
        'InfluxDB will never take this: set aside; GET /api/v1/dead-letters shows it',
      );
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
      case 'later': {
        if (!verdict.answered) this.#batchLines = Math.max(LEAST_BATCH_LINES, Math.floor(this.#batchLines / 2));
        const ms = verdict.afterMs ?? this.#backoffMs();
        const said = `${this.#settings.url} does not take points now (${verdict.reason}): they are kept`;
        const lasting = this.#failures >= ALARM_FAILURES;
        this.#report('waiting', lasting ? `${said}. It has failed many times in a row: look at its own log` : said);
        return { ms, wakeable: false };
      }
      default:
        this.#batchLines = Math.min(BATCH_LINES, this.#batchLines * 2);
        this.#failures = 0;
        this.#refusals = 0;
        this.#noRights = null;
        this.#report('ok', null);
        return NO_PAUSE;
    }
  }

  #refusal(reason: string): string {
    const { url, flavour } = this.#settings;
    const check = flavour === 1 ? 'username and the secret influx_password' : 'the secret influx_token';
    return (
      `${url} refuses points for ${placeOf(this.#settings)} (${reason}): they are kept. Check ${check}; if that is ` +
      `right, run as administrator of InfluxDB: ${instructions(this.#settings).database}`
    );
  }

  #backoffMs(): number {
    const ms = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, ALARM_FAILURES);
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
    if (problem !== null && problem !== before.problem) this.#log.warn({ event: 'influx-trouble' }, problem);
    if (state === 'ok' && before.state !== 'ok')
      this.#log.info({ event: 'influx-delivers' }, `points go to ${this.#settings.url}`);
  }
}
