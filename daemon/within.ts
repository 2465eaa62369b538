import type { Clock } from '../model/clock.ts';

/** What `work` resolves with, or null when it takes longer than `patienceMs` or rejects. The work itself goes on. */
export async function within<T>(clock: Clock, patienceMs: number, work: Promise<T>): Promise<T | null> {
  const patience = new AbortController();
  const late = clock.sleep(patienceMs, patience.signal).then(
    () => null,
    () => null,
  );
  const done = await Promise.race([work.catch(() => null), late]);
  patience.abort();
  return done;
}
