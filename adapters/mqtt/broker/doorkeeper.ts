import type { Clock } from '../../../model/clock.ts';

/** So many wrong logins from one address in a row may be a mistake; then it has to wait. */
const FREE_TRIES = 5;
const FIRST_WAIT_MS = 2000;
const LAST_WAIT_MS = 60_000;
const FORGET_AFTER_MS = 600_000;
/** Addresses remembered; beyond, the oldest is forgotten. */
const MOST_ADDRESSES = 1000;

/** Makes an address that fails to log in wait, ever longer. */
export class Doorkeeper {
  readonly #clock: Clock;
  readonly #failures = new Map<string, { count: number; untilMs: number; lastMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  admits(address: string): boolean {
    const known = this.#failures.get(address);
    if (!known) return true;
    const now = this.#clock.monotonicMs();
    if (now - known.lastMs > FORGET_AFTER_MS) this.#failures.delete(address);
    return now >= known.untilMs;
  }

  failed(address: string): void {
    const now = this.#clock.monotonicMs();
    const count = (this.#failures.get(address)?.count ?? 0) + 1;
    const over = count - FREE_TRIES;
    const waitMs = over < 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** Math.min(over, 20), LAST_WAIT_MS);
    // Set anew, so that the first in the map is the oldest.
    this.#failures.delete(address);
    this.#failures.set(address, { count, untilMs: now + waitMs, lastMs: now });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(address: string): void {
    this.#failures.delete(address);
  }
}
