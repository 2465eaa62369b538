import { systemClock } from '../../daemon/clock.ts';

/** Waits for a real process or socket to make `condition` true. @throws Error naming `what` after `withinMs` */
export async function until(condition: () => boolean, what: string, withinMs = 5000): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + withinMs;
  while (!condition()) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await systemClock.sleep(2);
  }
}
