import type { Logger } from 'pino';
import type { Clock } from '../../model/clock.ts';
import type { Journal } from '../../model/ports.ts';
import { InfluxRefused, type SetUp } from './set-up.ts';
import { oldestLate } from './summaries.ts';

/** Name under which the journal keeps from when on the summaries are to be made anew. */
const STATE = 'influx-late-from';
/** At once: a second's readings of 100 plugs make 360,000 points an hour. */
const PIECE_MS = 3_600_000;
/** After one that failed. */
const RETRY_MS = 60_000;
/** A clock that stood at 1970 makes no million of empty hours. */
const FARTHEST_MS = 90 * 86_400_000;

/**
 * The database makes its summaries when a window ends. Points that come later, after an outage, are not in them: for
 * these the summaries are made once more, piece by piece, when nothing waits for delivery.
 */
export class LateSummaries {
  readonly #setUp: SetUp;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #log: Logger;
  #fromMs: number | null = null;
  #told: string | null = null;
  #possible = true;
  #dueMs = 0;

  constructor(setUp: SetUp, deps: { journal: Journal; clock: Clock; log: Logger }) {
    this.#setUp = setUp;
    this.#journal = deps.journal;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  async start(): Promise<void> {
    const kept = await this.#journal.state(STATE);
    if (typeof kept === 'number') this.#fromMs = kept;
  }

  /** @param reason why the database makes no summaries, in the server's words; null: it does */
  refused(reason: string | null, instructions: string): void {
    this.#possible = reason === null;
    if (reason !== null && reason !== this.#told)
      this.#log.warn(
        { event: 'influx-summaries-refused' },
        `InfluxDB makes no summaries for offair (${reason}); points are not affected. Run as administrator of InfluxDB:\n${instructions}`,
      );
    this.#told = reason;
  }

  /** The server has taken these lines. */
  async delivered(lines: readonly string[]): Promise<void> {
    const lateMs = oldestLate(lines, this.#clock.nowMs());
    if (lateMs !== null && lateMs < (this.#fromMs ?? Number.POSITIVE_INFINITY)) await this.#keep(lateMs);
  }

  /** Makes one piece anew. false when there is nothing to do, or not now. */
  async makeSome(): Promise<boolean> {
    if (this.#fromMs === null || !this.#possible || this.#clock.monotonicMs() < this.#dueMs) return false;
    const nowMs = this.#clock.nowMs();
    const fromMs = Math.max(this.#fromMs, nowMs - FARTHEST_MS);
    const toMs = Math.min(fromMs + PIECE_MS, nowMs);
    try {
      if (fromMs < toMs) await this.#setUp.summarise(fromMs, toMs);
    } catch (error) {
      const reason = (error as Error).message;
      this.#log.warn(
        { event: 'influx-summaries-late' },
        `the summaries of the time when InfluxDB was away could not be made now: ${reason}`,
      );
      // Rights come with the next preparation; anything else with the next look.
      if (error instanceof InfluxRefused) this.#possible = false;
      this.#dueMs = this.#clock.monotonicMs() + RETRY_MS;
      return false;
    }
    await this.#keep(toMs < nowMs ? toMs : null);
    return this.#fromMs !== null;
  }

  async #keep(fromMs: number | null): Promise<void> {
    await this.#journal.write({ readings: [], slices: [], intensities: [], lines: [], state: { [STATE]: fromMs } });
    this.#fromMs = fromMs;
  }
}
