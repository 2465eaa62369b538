import { Worker } from 'node:worker_threads';
import type { Clock } from '../../model/clock.ts';
import type { CalendarLives, CalendarWindow } from './ics.ts';

/** A calendar of 10 MB and 100,000 events takes 4 s on a PC. */
const PATIENCE_MS = 30_000;
const MAX_MEGABYTES = 256;

/**
 * `readCalendar` in a thread of its own, which may use so much time and memory and no more.
 * @throws Error in words: it is no calendar, or takes too much of either; the signal's reason when it was aborted
 */
export function readCalendarApart(
  ics: string,
  window: CalendarWindow,
  clock: Clock,
  signal: AbortSignal,
): Promise<CalendarLives> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { ics, window },
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEGABYTES },
    });
    const end = (settle: () => void) => {
      cancelPatience();
      signal.removeEventListener('abort', onAbort);
      void worker.terminate();
      settle();
    };
    const fail = (error: unknown) => end(() => reject(error));
    const onAbort = () => fail(signal.reason);
    const cancelPatience = clock.after(PATIENCE_MS, () =>
      fail(new Error(`it can not be read within ${PATIENCE_MS / 1000} s`)),
    );
    signal.addEventListener('abort', onAbort, { once: true });
    worker.once('message', (lives: CalendarLives) => end(() => resolve(lives)));
    worker.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new Error('it takes too much memory to read') : error),
    );
  });
}
