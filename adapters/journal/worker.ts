/** The journal's thread: SQLite is synchronous, and an SD card may hold a sync for seconds. One request at a time. */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openBeside, openDatabase } from './database.ts';
import type { History } from './history.ts';
import { holdLock } from './lock.ts';
import type { Outbox } from './outbox.ts';
import { partsOf } from './parts.ts';
import { isCorrupt, isNoRoom } from './sqlite-error.ts';
import type { Store } from './store.ts';
import type { Retention } from './tiers.ts';

export interface WorkerSettings {
  path: string;
  maxBytes: number | null;
  retention: Retention | null;
  nowMs: number;
  /** false: beside the daemon that works on the file. */
  exclusive: boolean;
}
export type Operations = Store & Outbox & History & { close(): void };
export interface Request {
  id: number;
  operation: string;
  values: unknown[];
}
/** `open` and `close` answer like any operation; `open` is asked by starting the worker and has id 0. */
export type Answer = { id: number; result: unknown } | { id: number; failure: Failure };
export interface Failure {
  message: string;
  kind: 'no room' | 'damaged' | 'other';
}

const settings: WorkerSettings = workerData;
/** Where the operations are. */
let parts: object[] = [];

answer(0, () => {
  const lock = settings.exclusive ? holdLock(settings.path) : null;
  try {
    const { database, setAside } = open();
    const { sql, log, store, outbox, history } = partsOf(database, settings);
    if (!settings.exclusive) log.close();
    const close = () => {
      try {
        if (settings.exclusive) sql.transaction(() => log.remember());
      } catch {
        // A full disk keeps nobody from closing: at the next start the server gets some lines again, the same.
      }
      sql.close();
      lock?.close();
    };
    parts = [store, outbox, history, { close }];
    return { setAside };
  } catch (error) {
    lock?.close();
    throw error;
  }
});

parentPort?.on('message', ({ id, operation, values }: Request) => {
  answer(id, () => {
    const part = parts.find((one) => operation in one) as Record<string, (...values: unknown[]) => unknown> | undefined;
    return part?.[operation]?.(...values);
  });
  if (operation === 'close') parentPort?.close();
});

function open(): { database: DatabaseSync; setAside: string | null } {
  const { path, nowMs, exclusive } = settings;
  return exclusive ? openDatabase(path, nowMs) : { database: openBeside(path), setAside: null };
}

function answer(id: number, work: () => unknown): void {
  let message: Answer;
  try {
    message = { id, result: work() };
  } catch (error) {
    const kind = isNoRoom(error) ? 'no room' : isCorrupt(error) ? 'damaged' : 'other';
    message = { id, failure: { message: (error as Error).message, kind } };
  }
  parentPort?.postMessage(message);
}
