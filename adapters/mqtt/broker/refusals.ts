import type { Logger } from 'pino';
import type { Clock } from '../../../model/clock.ts';

/** Refusals told in this time, ms: what is new is told, what floods is only counted. */
const TELL_WITHIN_MS = 3_600_000;
const MOST_TOLD = 200;

const REASONS = ['login', 'busy', 'publish', 'subscribe', 'retain', 'size', 'slow'] as const;
export type Refusal = (typeof REASONS)[number];

/** Counts what a broker refuses, and tells it once an hour per wording: a plug that tries again and again is no news. */
export class Refusals {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #counts = Object.fromEntries(REASONS.map((reason) => [reason, 0])) as Record<Refusal, number>;
  readonly #told = new Set<string>();
  #toldSinceMs = 0;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Since the start. */
  counts(): Record<Refusal, number> {
    return { ...this.#counts };
  }

  add(reason: Refusal, what: string): void {
    this.#counts[reason] += 1;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#toldSinceMs > TELL_WITHIN_MS) {
      this.#told.clear();
      this.#toldSinceMs = nowMs;
    }
    if (this.#told.has(what) || this.#told.size >= MOST_TOLD) return;
    this.#told.add(what);
    this.#log.warn({ event: 'broker-refused', reason }, `broker: ${what}`);
  }
}
