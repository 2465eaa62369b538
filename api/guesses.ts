/** So many wrong tokens of one address cost nothing: people mistype. */
const FREE_GUESSES = 10;
const FIRST_WAIT_MS = 1000;
const LAST_WAIT_MS = 15 * 60_000;
/** Without a wrong one for so long, an address begins anew. */
const FORGOTTEN_AFTER_MS = 60 * 60_000;
/** Of those beyond, the one that was longest quiet is forgotten. */
const MOST_ADDRESSES = 1000;

/**
 * Who sends wrong tokens waits, each time twice as long. Not this machine's own addresses: behind a reverse proxy they are
 * everybody's, and one guesser must not lock out the technician. 256 random bits are not guessed anyway.
 */
export class Guesses {
  readonly #wrong = new Map<string, { count: number; lastMs: number; waitMs: number }>();

  /** How long this address has to wait before its next token is looked at, ms; 0: not at all. */
  waitMs(address: string, nowMs: number): number {
    const known = this.#wrong.get(address);
    if (!known || isOwn(address)) return 0;
    const sinceMs = nowMs - known.lastMs;
    // Also when the clock was set back: nobody waits longer for that.
    return sinceMs < 0 ? 0 : Math.max(0, known.waitMs - sinceMs);
  }

  wrong(address: string, nowMs: number): void {
    const known = this.#wrong.get(address);
    const count = known && Math.abs(nowMs - known.lastMs) < FORGOTTEN_AFTER_MS ? known.count + 1 : 1;
    const waitMs = count <= FREE_GUESSES ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (count - FREE_GUESSES - 1), LAST_WAIT_MS);
    this.#wrong.delete(address);
    this.#wrong.set(address, { count, lastMs: nowMs, waitMs });
    const [quietest] = this.#wrong.keys();
    if (this.#wrong.size > MOST_ADDRESSES && quietest !== undefined) this.#wrong.delete(quietest);
  }

  right(address: string): void {
    this.#wrong.delete(address);
  }
}

function isOwn(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
