import { Worker } from 'node:worker_threads';

/**
 * Reads all of a journal's file in a thread of its own, beside whoever works on it.
 * @returns what damage there is, in SQLite's words; null when there is none, or when the signal ended it
 */
export function damageOf(path: string, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./check-worker.ts', import.meta.url), { workerData: path });
    signal.addEventListener('abort', () => void worker.terminate(), { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => resolve(null));
  });
}
