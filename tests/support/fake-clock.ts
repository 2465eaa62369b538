import type { Clock } from '../../model/clock.ts';

interface Timer {
  dueMs: number;
  order: number;
  run: () => void;
}

/** A clock that moves only when told to. Wall and monotonic time move together; `stepWall` moves the wall clock alone. */
export class FakeClock implements Clock {
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #timers: Timer[] = [];
  #order = 0;

  constructor(startMs = Date.UTC(2026, 10, 24, 12, 0, 0)) {
    this.#wallOffsetMs = startMs;
  }

  nowMs(): number {
    return this.#wallOffsetMs + this.#monotonicMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#monotonicMs + delayMs, order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = this.after(delayMs, resolve);
      signal?.addEventListener(
        'abort',
        () => {
          cancel();
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  /** How many timers and sleeps wait for their time. */
  get timersDue(): number {
    return this.#timers.length;
  }

  /** Steps the wall clock by `ms` (either way) without any time passing. */
  stepWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** Lets `ms` pass, firing timers in order and giving promises a turn after each. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    for (;;) {
      const next = this.#timers
        .filter((timer) => timer.dueMs <= untilMs)
        .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs);
      next.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#monotonicMs = untilMs;
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets `ms` pass without giving anybody a turn: for replaying long traces. */
  jump(ms: number): void {
    this.#monotonicMs += ms;
  }
}
