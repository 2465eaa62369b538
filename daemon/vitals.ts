import type { Clock } from '../model/clock.ts';
import type { Stop } from './stopping.ts';

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

/** The journal is asked so often whether it is there; a long question of somebody else may be before that, ms. */
const JOURNAL_ASKED_MS = 15_000;
const JOURNAL_PATIENCE_MS = 120_000;

/**
 * Its thread answers: a full disk or a card without room is an alarm, which no restart would mend.
 * @param ask any question to the journal
 */
export function watchJournal(ask: () => Promise<unknown>, vitals: Vitals, clock: Clock): Stop {
  const beat = vitals.watch('journal', JOURNAL_PATIENCE_MS);
  let cancel = () => {};
  let over = false;
  const answered = () => {
    if (over) return;
    beat();
    cancel = clock.after(JOURNAL_ASKED_MS, again);
  };
  // An error is a sign of life too: a lost thread ends the daemon by itself.
  const again = () => void ask().then(answered, answered);
  again();
  return async () => {
    over = true;
    cancel();
  };
}
