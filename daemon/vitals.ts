import type { Clock } from '../model/clock.ts';

/**
 * Whether each part of the daemon that a restart could mend still shows life. Nothing beyond this process belongs here: a
 * restart mends no database, no network and no full disk.
 */
export class Vitals {
  readonly #clock: Clock;
  readonly #parts = new Map<string, { beatMs: number; patienceMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on `part` shows life at least every `patienceMs`, by calling what this returns. */
  watch(part: string, patienceMs: number): () => void {
    const beat = () => void this.#parts.set(part, { beatMs: this.#clock.monotonicMs(), patienceMs });
    beat();
    return beat;
  }

  /** The parts that have shown no life for longer than their patience. */
  late(): string[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#parts].filter(([, { beatMs, patienceMs }]) => nowMs - beatMs > patienceMs).map(([part]) => part);
  }
}
