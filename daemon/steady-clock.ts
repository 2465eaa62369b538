import type { Clock } from '../model/clock.ts';

/** Time in ms that never steps within a run, and goes on across restarts: for what is kept of durations. */
export function steadyClock(clock: Clock): () => number {
  const aheadMs = clock.nowMs() - clock.monotonicMs();
  return () => aheadMs + clock.monotonicMs();
}
