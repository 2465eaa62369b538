import { systemClock } from '../../daemon/clock.ts';

/** Much more than it takes: a machine that is busy is no failure. */
const DEADLINE_MS = 45_000;

/**
 * Resolves as soon as `happened` is true: for what real sockets, processes and browsers do in their own time.
 * @throws Error with `what` when it has not happened after 45 s, or after `deadlineMs`
 */
export async function until(
  what: string,
  happened: () => boolean | Promise<boolean>,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const giveUpAtMs = systemClock.monotonicMs() + deadlineMs;
  while (!(await happened())) {
    if (systemClock.monotonicMs() > giveUpAtMs) throw new Error(`did not happen: ${what}`);
    await systemClock.sleep(5);
  }
}
