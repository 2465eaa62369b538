import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { moveAside, pragma } from './database.ts';
import { holdLock } from './lock.ts';
import { MIGRATIONS } from './schema.ts';

/** Between two reports of the progress. */
const PAGES_AT_ONCE = 4096;
/** In it are the hashes of tokens and of passwords. */
const OWNER_ONLY = 0o600;

/** @param share of the file that is done, 0..1 */
export type Progress = (share: number) => void;

/**
 * Copies the journal as it is at this moment, whole and sound, while a daemon may go on writing it.
 * @throws Error when there is no journal, the file exists already or can't be written, or the journal is damaged
 */
export async function backUpJournal(path: string, file: string, progress: Progress): Promise<void> {
  if (!existsSync(path)) throw new Error(`there is no journal ${path}`);
  if (existsSync(file)) throw new Error(`${file} exists already: give the backup another name`);
  await copyChecked(path, file, progress);
}

/**
 * Puts a backup in the journal's place; the old journal is set aside. Whether a live runs is then not known.
 * @returns where the old journal is now, or null when there was none
 * @throws Error when a daemon works on the journal, or the file is not a sound journal of this or an earlier offair
 */
export async function restoreJournal(
  file: string,
  path: string,
  nowMs: number,
  progress: Progress,
): Promise<string | null> {
  if (!existsSync(file)) throw new Error(`there is no file ${file}`);
  const lock = holdLock(path);
  const restored = `${path}.restored`;
  try {
    rmSync(restored, { force: true });
    await copyChecked(file, restored, progress, (copy) =>
      copy.exec("INSERT OR REPLACE INTO state (name, json) VALUES ('session-unknown', 'true')"),
    );
    const old = existsSync(path) ? moveAside(path, 'before-restore', nowMs) : null;
    renameSync(restored, path);
    sync(dirname(path));
    return old;
  } finally {
    rmSync(restored, { force: true });
    lock.close();
  }
}

/** Under another name until it is there and was looked through. */
async function copyChecked(
  from: string,
  to: string,
  progress: Progress,
  prepare: (copy: DatabaseSync) => void = () => {},
): Promise<void> {
  const partial = `${to}.partial`;
  rmSync(partial, { force: true });
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5000 });
  try {
    requireJournal(source, from);
    closeSync(openSync(partial, 'wx', OWNER_ONLY));
    // One moment for all of it: without this, what a daemon writes meanwhile would begin the copy anew each time.
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM session').get();
    await backup(source, partial, {
      rate: PAGES_AT_ONCE,
      progress: ({ totalPages, remainingPages }) => progress(1 - remainingPages / Math.max(1, totalPages)),
    });
    const copy = new DatabaseSync(partial);
    try {
      const verdict = pragma(copy, 'quick_check');
      if (verdict !== 'ok') throw new Error(`${from} is damaged: ${verdict}`);
      prepare(copy);
      // All in the one file.
      copy.exec('PRAGMA journal_mode = DELETE');
    } finally {
      copy.close();
    }
    chmodSync(partial, OWNER_ONLY);
    sync(partial);
    renameSync(partial, to);
    sync(dirname(to));
    progress(1);
  } finally {
    source.close();
    rmSync(partial, { force: true });
  }
}

function requireJournal(database: DatabaseSync, file: string): void {
  let version: number;
  let known: unknown;
  try {
    version = Number(pragma(database, 'user_version'));
    known = database.prepare("SELECT name FROM sqlite_schema WHERE name = 'switch_log'").get();
  } catch (error) {
    throw new Error(`${file} is not a journal, or damaged: ${(error as Error).message}`);
  }
  if (!known || version === 0) throw new Error(`${file} is not a journal of offair`);
  if (version > MIGRATIONS.length) throw new Error(`${file} was written by a newer offair: update offair first`);
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
