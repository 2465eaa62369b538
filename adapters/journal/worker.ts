/** The journal's thread: SQLite is synchronous, and an SD card may hold a sync for seconds. One request at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from './database.ts';
import { isNoRoom } from './sqlite-error.ts';
import { Store } from './store.ts';

export interface WorkerSettings {
  path: string;
  maxBytes: number | null;
  nowMs: number;
}
export interface Request {
  id: number;
  operation: string;
  values: unknown[];
}
/** `open` and `close` answer like any operation; `open` is asked by starting the worker and has id 0. */
export type Answer = { id: number; result: unknown } | { id: number; failure: { message: string; noRoom: boolean } };

const settings: WorkerSettings = workerData;
let store: Store | null = null;

answer(0, () => {
  const { database, setAside } = openDatabase(settings.path, settings.nowMs);
  store = new Store(database, settings.maxBytes);
  return { setAside };
});

parentPort?.on('message', ({ id, operation, values }: Request) => {
  answer(id, () => {
    const operations = store as unknown as Record<string, (...values: unknown[]) => unknown>;
    return operations[operation]?.(...values);
  });
  if (operation === 'close') parentPort?.close();
});

function answer(id: number, work: () => unknown): void {
  let message: Answer;
  try {
    message = { id, result: work() };
  } catch (error) {
    message = { id, failure: { message: (error as Error).message, noRoom: isNoRoom(error) } };
  }
  parentPort?.postMessage(message);
}
