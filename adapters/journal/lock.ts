import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pragma } from './database.ts';
import { isBusy } from './sqlite-error.ts';

/** A daemon that is being restarted may need a moment to let go, ms. */
const PATIENCE_MS = 1000;

/**
 * Holds `<path>.lock`, a database of its own, locked for writing until it is closed. The kernel frees the lock of a
 * process that ended, however it ended: it can't be stale. `user_version` tells whose it is.
 * @throws Error naming the process that holds it
 */
export function holdLock(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  const lock = new DatabaseSync(`${path}.lock`, { timeout: PATIENCE_MS });
  try {
    // Others can read the number only once it is committed; whoever slips in between has the lock.
    lock.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${process.pid}; COMMIT; BEGIN IMMEDIATE`);
    return lock;
  } catch (error) {
    const holder = isBusy(error) ? pragma(lock, 'user_version') : null;
    lock.close();
    if (holder === null) throw error;
    throw new Error(`another offair (process ${holder}) works on it: stop that one, or give this one its own journal`);
  }
}

/**
 * The process that works on the journal, or null when none does. Makes nothing, and holds nothing up.
 * @throws Error when the lock is there and may not be read
 */
export function lockHolder(path: string): number | null {
  if (!existsSync(`${path}.lock`)) return null;
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN IMMEDIATE; ROLLBACK');
    return null;
  } catch (error) {
    if (!isBusy(error)) throw error;
    return Number(pragma(lock, 'user_version'));
  } finally {
    lock.close();
  }
}
