import type { Clock } from '../../../model/clock.ts';

/** So many wrong logins in a row may be a mistake; then whoever it is has to wait. */
const FREE_TRIES = 5;
const FIRST_WAIT_MS = 2000;
const LAST_WAIT_MS = 60_000;
const FORGET_AFTER_MS = 600_000;
/** Remembered; beyond, the oldest is forgotten. */
const MOST_REMEMBERED = 1000;

/** Makes who fails to log in wait, ever longer: a name at an address, for many plugs may share one (behind Docker, NAT). */
export class Doorkeeper {
  readonly #clock: Clock;
  readonly #failures = new Map<string, { count: number; untilMs: number; lastMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  admits(who: string): boolean {
    const known = this.#failures.get(who);
    if (!known) return true;
    const now = this.#clock.monotonicMs();
    if (now - known.lastMs > FORGET_AFTER_MS) this.#failures.delete(who);
    return now >= known.untilMs;
  }

  failed(who: string): void {
    const now = this.#clock.monotonicMs();
    const count = (this.#failures.get(who)?.count ?? 0) + 1;
    const over = count - FREE_TRIES;
    const waitMs = over < 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** Math.min(over, 20), LAST_WAIT_MS);
    // Set anew, so that the first in the map is the oldest.
    this.#failures.delete(who);
    this.#failures.set(who, { count, untilMs: now + waitMs, lastMs: now });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST_REMEMBERED && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(who: string): void {
    this.#failures.delete(who);
  }
}
