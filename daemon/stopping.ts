import type { Clock } from '../model/clock.ts';
import { within } from './within.ts';

/** Every step of a stop gets this long: systemd's patience is 120 s for all of them. */
const STOP_STEP_PATIENCE_MS = 10_000;

/** Ends what was started. */
export type Stop = () => Promise<unknown>;

/**
 * In reverse: what was started last depends on what was started first. A step that fails or hangs keeps none of the
 * others from its work.
 * @throws Error of the first step that failed
 */
export async function stopAll(started: readonly Stop[], clock: Clock): Promise<void> {
  const failures: unknown[] = [];
  for (const stop of started.toReversed()) {
    const work = Promise.resolve().then(stop);
    work.catch((error) => failures.push(error));
    await within(clock, STOP_STEP_PATIENCE_MS, work);
  }
  if (failures.length > 0) throw failures[0];
}
