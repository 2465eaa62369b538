import { systemClock } from '../../daemon/clock.ts';
import type { Clock } from '../../model/clock.ts';

/** A clock on which time goes `factor` times as fast as on the wall: stories of minutes in seconds, over real sockets. */
export function fastClock(factor: number): Clock {
  const startMs = systemClock.nowMs();
  const startMonotonicMs = systemClock.monotonicMs();
  const elapsedMs = () => (systemClock.monotonicMs() - startMonotonicMs) * factor;
  return {
    nowMs: () => Math.round(startMs + elapsedMs()),
    monotonicMs: elapsedMs,
    after: (delayMs, run) => systemClock.after(delayMs / factor, run),
    sleep: (delayMs, signal) => systemClock.sleep(delayMs / factor, signal),
  };
}
