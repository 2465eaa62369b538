import type { Clock } from '../../model/clock.ts';

/** A cut is renewed this many times within its time: so many renewals in a row must fail before the power is back. */
const RENEWALS = 4;

/**
 * Renews a cut that the plug itself would undo after `seconds`: when nobody renews it any more, because the daemon or the
 * network is gone, the plug gives the power back.
 */
export class DeadMan {
  readonly seconds: number;
  readonly #clock: Clock;
  readonly #renew: () => Promise<void>;
  #cancel: (() => void) | null = null;

  /** @param renew never rejects; calls `end` when there is nothing to renew any more */
  constructor(seconds: number, clock: Clock, renew: () => Promise<void>) {
    this.seconds = seconds;
    this.#clock = clock;
    this.#renew = renew;
  }

  get renewing(): boolean {
    return this.#cancel !== null;
  }

  begin(): void {
    this.end();
    const cancel = this.#clock.after((this.seconds * 1000) / RENEWALS, async () => {
      await this.#renew();
      // Ended or begun anew meanwhile.
      if (this.#cancel === cancel) this.begin();
    });
    this.#cancel = cancel;
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
