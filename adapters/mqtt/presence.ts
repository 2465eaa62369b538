import type { Clock } from '../../model/clock.ts';

/** A broker fires the old session's will when a plug reconnects: `online false` that data follows means nothing, ms. */
const WILL_GRACE_MS = 5000;

/** Tells whether a plug is there from what it says and from its silence. */
export class Presence {
  readonly #clock: Clock;
  readonly #gone: (why: string) => void;
  #silenceMs = 0;
  #heardMs = Number.NEGATIVE_INFINITY;
  #heardLive = false;
  #away = false;
  #saidOffline = false;
  #cancelGrace: () => void = () => {};
  #cancelSilence: () => void = () => {};

  /** @param gone called once per absence */
  constructor(clock: Clock, gone: (why: string) => void) {
    this.#clock = clock;
    this.#gone = gone;
  }

  /** Its last will was the last thing heard of it. */
  get saidOffline(): boolean {
    return this.#saidOffline;
  }

  /** Heard lately and not said to be gone since. */
  get there(): boolean {
    return this.#heardLive && !this.#away && !this.#saidOffline;
  }

  /** @param silenceMs longest silence of a plug that is there, ms */
  start(silenceMs: number): void {
    this.#silenceMs = silenceMs;
    this.#heardMs = this.#clock.monotonicMs();
    this.#watchSilence(silenceMs);
  }

  stop(): void {
    this.#cancelGrace();
    this.#cancelSilence();
  }

  /** A message that is not a replay of an old one. */
  alive(): void {
    this.#heardMs = this.#clock.monotonicMs();
    this.#heardLive = true;
    this.#away = false;
    this.#saidOffline = false;
    this.#cancelGrace();
  }

  /** `online false`, live or replayed: a hint. */
  offlineHint(): void {
    this.#saidOffline = true;
    this.#cancelGrace();
    this.#cancelGrace = this.#clock.after(WILL_GRACE_MS, () => this.#leave('the broker says that it is gone'));
  }

  #watchSilence(afterMs: number): void {
    this.#cancelSilence = this.#clock.after(afterMs, () => {
      const leftMs = this.#silenceMs - (this.#clock.monotonicMs() - this.#heardMs);
      if (leftMs <= 0) this.#leave(`silent for ${Math.round(this.#silenceMs / 1000)} s`);
      this.#watchSilence(leftMs > 0 ? leftMs : this.#silenceMs);
    });
  }

  #leave(why: string): void {
    if (this.#away) return;
    this.#away = true;
    this.#gone(why);
  }
}
