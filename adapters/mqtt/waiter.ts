import type { Clock } from '../../model/clock.ts';

interface Waiting<Event> {
  wanted: (event: Event) => boolean;
  resolve: (came: boolean) => void;
}

/** Lets a request wait for what a plug then publishes, where the protocol knows no answers. */
export class Waiter<Event> {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting<Event>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with true at the first `wanted` event from now on, with false after `timeoutMs`. */
  async next(wanted: (event: Event) => boolean, timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = { wanted, resolve };
    this.#waiting.add(waiting);
    const cancel = this.#clock.after(timeoutMs, () => resolve(false));
    try {
      return await promise;
    } finally {
      cancel();
      this.#waiting.delete(waiting);
    }
  }

  came(event: Event): void {
    for (const { wanted, resolve } of this.#waiting) if (wanted(event)) resolve(true);
  }
}
