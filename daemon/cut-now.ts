import { randomBytes } from 'node:crypto';
import type { Clock } from '../model/clock.ts';
import type { PlugId } from '../model/plug.ts';

/** A person who has not confirmed by then is asked again: things may have changed. */
const CONFIRM_MS = 60_000;
/** Open at a time; an older one lapses early. */
const MOST_OPEN = 20;

/** Tokens with which a person confirms what they were shown, each good for one time. */
export class CutNowTokens {
  readonly #clock: Clock;
  readonly #open = new Map<string, { plugs: readonly PlugId[]; lapsesMonotonicMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param plugs that the person was shown */
  make(plugs: readonly PlugId[]): { confirm: string; expiresAtMs: number } {
    const confirm = randomBytes(16).toString('base64url');
    this.#open.set(confirm, { plugs, lapsesMonotonicMs: this.#clock.monotonicMs() + CONFIRM_MS });
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_OPEN && oldest !== undefined) this.#open.delete(oldest);
    return { confirm, expiresAtMs: this.#clock.nowMs() + CONFIRM_MS };
  }

  /** The plugs that were shown with it; null when it is not known, was used or has lapsed. */
  take(confirm: string): readonly PlugId[] | null {
    const offer = this.#open.get(confirm);
    this.#open.delete(confirm);
    return offer && this.#clock.monotonicMs() < offer.lapsesMonotonicMs ? offer.plugs : null;
  }
}
