import type { Reading } from '../model/reading.ts';

/** Older than offair: a wall clock that says so has not been set since the computer was switched on. */
const OLDEST_TIME_MS = Date.UTC(2025, 0, 1);
/** Without a network nobody sets the clock: what is read is then kept under the time that there is, ms. */
const PATIENCE_MS = 15 * 60_000;

/**
 * Keeps readings back until a computer without a clock of its own knows what time it is, and gives them the times they
 * really had: durations are known from the start.
 */
export class UnsetClock {
  #held: Reading[] = [];
  #gaveUp = false;

  get held(): number {
    return this.#held.length;
  }

  /** The readings that can be used now, oldest first. */
  next(reading: Reading): Reading[] {
    if (reading.atMs >= OLDEST_TIME_MS) {
      const offsetMs = reading.atMs - reading.monotonicMs;
      return [...this.end().map((one) => ({ ...one, atMs: one.monotonicMs + offsetMs })), reading];
    }
    if (this.#gaveUp) return [reading];
    this.#held.push(reading);
    this.#gaveUp = reading.monotonicMs - (this.#held[0]?.monotonicMs ?? 0) > PATIENCE_MS;
    return this.#gaveUp ? this.end() : [];
  }

  /** What is still held, with the times that the clock said. */
  end(): Reading[] {
    return this.#held.splice(0);
  }
}
