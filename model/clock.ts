/**
 * Time and chance, by name. Implemented once in `daemon/clock.ts`; everything else receives them.
 * Durations come from `monotonicMs`, timestamps from `nowMs`: a wall clock may step, a monotonic one never does.
 */
export interface Clock {
  /** UTC milliseconds since the epoch; may step either way. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start of this process; never steps. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs` (>= 0) and returns a function that cancels it. */
  after(delayMs: number, run: () => void): () => void;
  /** Resolves after `delayMs` (>= 0); rejects with the signal's reason when aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Uniform random number in [0, 1). For jitter only: keys come from `node:crypto`. */
export type Random = () => number;
