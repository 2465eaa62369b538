import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS, type Migration } from './schema.ts';
import { isCorrupt } from './sqlite-error.ts';

/** Another process (`offair token create`) may hold the file's write lock for a moment, ms. */
const BUSY_TIMEOUT_MS = 5000;
/** A page is written whole, to the WAL and later to the file: a flush is 2 kB. Only a new file gets it. */
const PAGE_BYTES = 1024;
/** The WAL goes into the file when it is so long: a page that changed often in between is written there once. */
const CHECKPOINT_PAGES = 4096;
/** The WAL is cut back to this after a burst made it grow, bytes. */
const WAL_SIZE_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Opens the journal's file for its one daemon, creating folder and file where missing. A corrupt file is renamed to
 * `<path>.corrupt-<UTC stamp>` together with its WAL, and a fresh one takes its place: the studio goes on.
 * A file of an older version is copied to `<path>.v<version>` and then migrated.
 * @throws Error when the file is of a newer offair, or SQLite's error when it can't be opened
 */
export function openDatabase(
  path: string,
  nowMs: number,
  migrations: readonly Migration[] = MIGRATIONS,
): { database: DatabaseSync; setAside: string | null } {
  mkdirSync(dirname(path), { recursive: true });
  let setAside: string | null = null;
  let database: DatabaseSync;
  try {
    database = openSound(path);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    setAside = moveAside(path, nowMs);
    database = openSound(path);
  }
  try {
    migrate(database, path, migrations);
  } catch (error) {
    database.close();
    throw error;
  }
  return { database, setAside };
}

/**
 * Opens the journal's file beside the daemon that works on it: nothing is made, checked, set aside or migrated.
 * @throws Error when there is no such file or it is of another version, or SQLite's error when it can't be opened
 */
export function openBeside(path: string, migrations: readonly Migration[] = MIGRATIONS): DatabaseSync {
  if (!existsSync(path)) throw new Error('there is no such file: start offair first');
  return connect(path, (database) => {
    const version = versionOf(database, path, migrations);
    if (version < migrations.length) throw new Error('it was written by an older offair: restart offair first');
  });
}

function openSound(path: string): DatabaseSync {
  return connect(path, (database) => {
    const verdict = pragma(database, 'quick_check');
    if (verdict !== 'ok') throw Object.assign(new Error(`${path}: ${verdict}`), { errcode: 11 });
  });
}

function connect(path: string, check: (database: DatabaseSync) => void): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
    // Without FULL a commit may be lost with the power although it was acknowledged.
    if (pragma(database, 'synchronous') !== 2 || pragma(database, 'journal_mode') !== 'wal') {
      throw new Error(`${path} can't be opened with write-ahead log and full sync: put it on a local disk`);
    }
    database.exec(
      `PRAGMA journal_size_limit = ${WAL_SIZE_LIMIT_BYTES}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
    );
    check(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function moveAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  let target = `${path}.corrupt-${stamp}`;
  for (let n = 2; existsSync(target); n++) target = `${path}.corrupt-${stamp}-${n}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
  }
  return target;
}

function migrate(database: DatabaseSync, path: string, migrations: readonly Migration[]): void {
  const version = versionOf(database, path, migrations);
  if (version === migrations.length) return;
  if (version > 0) {
    const copy = `${path}.v${version}`;
    rmSync(copy, { force: true });
    database.prepare('VACUUM INTO ?').run(copy);
  }
  database.exec('BEGIN IMMEDIATE');
  try {
    for (let step = version; step < migrations.length; step++) {
      const migration = migrations[step] ?? '';
      if (typeof migration === 'string') database.exec(migration);
      else {
        database.exec(migration.sql);
        migration.convert(database);
        database.exec(migration.last);
      }
      database.exec(`PRAGMA user_version = ${step + 1}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync, path: string, migrations: readonly Migration[]): number {
  const version = Number(pragma(database, 'user_version'));
  if (version <= migrations.length) return version;
  throw new Error(
    `${path} was written by a newer offair (format ${version}, this one knows ${migrations.length}): update offair`,
  );
}

export function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}
