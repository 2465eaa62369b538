import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS, type Migration } from './schema.ts';
import { isCorrupt, SQLITE_CORRUPT } from './sqlite-error.ts';

/** Another process (`offair token create`) may hold the file's write lock for a moment, ms. */
const BUSY_TIMEOUT_MS = 5000;
/** A page is written whole, to the WAL and later to the file: a flush is 2 kB. Only a new file gets it. */
const PAGE_BYTES = 1024;
/** The WAL goes into the file when it is so long: a page that changed often in between is written there once. */
const CHECKPOINT_PAGES = 4096;
/** The WAL is cut back to this after a burst made it grow, bytes. */
const WAL_SIZE_LIMIT_BYTES = 16 * 1024 * 1024;

/** A file up to this size is checked whole before it is used: that takes a fraction of a second. */
const CHECKED_WHOLE_BYTES = 32 * 1024 * 1024;
/** Of a larger one at first only what the daemon can't do without; the rest is checked while it runs. */
const VITAL_TABLES = ['counter', 'hole', 'segment', 'session', 'state', 'switch_log', 'token'];

/**
 * Opens the journal's file for its one daemon, creating folder and file where missing. A corrupt file is renamed to
 * `<path>.corrupt-<UTC stamp>` together with its WAL, and a fresh one takes its place: the studio goes on. Access is not
 * lost with it: tokens and users are taken over as far as they can be read.
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
    setAside = moveAside(path, 'corrupt', nowMs);
    database = openSound(path);
  }
  try {
    migrate(database, path, migrations);
    if (setAside !== null) takeOverAccess(setAside, database);
  } catch (error) {
    database.close();
    throw error;
  }
  return { database, setAside };
}

/** For a file that turned out to be damaged, closed by now: sets it aside and begins a new one. */
export function replaceDatabase(path: string, nowMs: number): { database: DatabaseSync; setAside: string } {
  const setAside = moveAside(path, 'corrupt', nowMs);
  return { database: openDatabase(path, nowMs).database, setAside };
}

/**
 * Reads every row there is, one by one, so that it can be broken off at any time (SQLite's own check can't be).
 * @throws SQLite's error for damage when it is not sound
 */
export function readWhole(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()) {
      for (const _ of database.prepare(`SELECT * FROM ${name}`).iterate());
    }
  } finally {
    database.close();
  }
}

function check(database: DatabaseSync, path: string, how: string): void {
  const verdict = pragma(database, how);
  if (verdict !== 'ok') throw Object.assign(new Error(`${path} is damaged: ${verdict}`), { errcode: SQLITE_CORRUPT });
}

function takeOverAccess(damaged: string, database: DatabaseSync): void {
  const take = (table: string, where: string) => {
    try {
      const old = new DatabaseSync(damaged, { readOnly: true });
      try {
        for (const row of old.prepare(`SELECT * FROM ${table} WHERE ${where}`).iterate()) {
          const values = Object.values(row);
          database.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${values.map(() => '?')})`).run(...values);
        }
      } finally {
        old.close();
      }
    } catch {
      // What can't be read any more is made anew by a person.
    }
  };
  take('token', 'true');
  take('state', "name GLOB 'mqtt-*'");
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
    const bytes = Number(pragma(database, 'page_count')) * Number(pragma(database, 'page_size'));
    const present = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const vital = present.filter(({ name }) => VITAL_TABLES.includes(String(name)));
    if (bytes <= CHECKED_WHOLE_BYTES) check(database, path, 'quick_check');
    else for (const { name } of vital) check(database, path, `quick_check(${name})`);
  });
}

function connect(path: string, verify: (database: DatabaseSync) => void): DatabaseSync {
  // For its owner alone: hashes of tokens and of passwords are in it. WAL and index get the same rights.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
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
    verify(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** @returns the new name: `<path>.<why>-<UTC stamp>`; WAL and index go with it */
export function moveAside(path: string, why: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  let target = `${path}.${why}-${stamp}`;
  for (let n = 2; existsSync(target); n++) target = `${path}.${why}-${stamp}-${n}`;
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
