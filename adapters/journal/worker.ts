/** The journal's thread: SQLite is synchronous, and an SD card may hold a sync for seconds. One request at a time. */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openBeside, openDatabase, replaceDatabase } from './database.ts';
import { holdLock } from './lock.ts';
import { type Answer, type Request, SET_ASIDE, type WorkerSettings } from './messages.ts';
import { type Parts, partsOf } from './parts.ts';
import { isCorrupt, isNoRoom, SQLITE_CORRUPT } from './sqlite-error.ts';

const settings: WorkerSettings = workerData;
let lock: DatabaseSync | null = null;
let parts: Parts;
/** The file is not the one that was opened. */
let begunAnew = false;
/** Where the operations are. */
let operations: object[] = [];

answer(0, () => {
  lock = settings.exclusive ? holdLock(settings.path) : null;
  try {
    const { database, setAside } = open();
    work(database);
    return { setAside };
  } catch (error) {
    lock?.close();
    throw error;
  }
});

parentPort?.on('message', (request: Request) => {
  answer(request.id, () => {
    try {
      return perform(request);
    } catch (error) {
      if (!settings.exclusive || !isCorrupt(error)) throw error;
      beginAnew(request.nowMs);
      return perform(request);
    }
  });
  if (request.operation === 'close') parentPort?.close();
});

function open(): { database: DatabaseSync; setAside: string | null } {
  const { path, nowMs, exclusive } = settings;
  return exclusive ? openDatabase(path, nowMs) : { database: openBeside(path), setAside: null };
}

function work(database: DatabaseSync): void {
  parts = partsOf(database, settings);
  if (!settings.exclusive) parts.log.close();
  operations = [
    parts.store,
    parts.outcomes,
    parts.outbox,
    parts.history,
    parts.exports,
    parts.days,
    { close, damaged },
  ];
}

function perform({ operation, values }: Request): unknown {
  const part = operations.find((one) => operation in one) as Record<string, (...values: unknown[]) => unknown>;
  return part[operation]?.(...values);
}

/** The file is damaged: what is asked from now on is done with a new one. */
function beginAnew(nowMs: number): void {
  const { log, sql } = parts;
  try {
    sql.close();
  } catch {
    // Nothing more can be done for it.
  }
  const { database, setAside } = replaceDatabase(settings.path, nowMs);
  begunAnew = true;
  work(database);
  // Lines that are on their way to the server must not be taken for later ones.
  parts.log.continue(log);
  const message: Answer = { id: SET_ASIDE, result: setAside };
  parentPort?.postMessage(message);
}

/** The whole file was read, and damage was found. */
function damaged(what: string): void {
  if (!begunAnew) throw Object.assign(new Error(what), { errcode: SQLITE_CORRUPT });
}

function close(): void {
  try {
    if (settings.exclusive) parts.sql.transaction(() => parts.log.remember());
  } catch {
    // A full disk keeps nobody from closing: at the next start the server gets some lines again, the same.
  }
  parts.sql.close();
  lock?.close();
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
