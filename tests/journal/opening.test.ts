import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openDatabase } from '../../adapters/journal/database.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { batchOf } from '../support/journal-batch.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();
const clock = new FakeClock(Date.UTC(2026, 10, 24, 12, 0, 0));

function freshPath(): string {
  return join(folder, randomUUID(), 'journal.db');
}

async function fill(path: string): Promise<void> {
  const journal = new SqliteJournal(path, { clock });
  await journal.open();
  await journal.write(batchOf({ lines: Array.from({ length: 500 }, (_, n) => `n value=${n} ${'x'.repeat(100)}`) }));
  await journal.close();
}

test('a file that is no database is set aside by its time, and the journal starts fresh', async () => {
  const path = freshPath();
  mkdirSync(dirname(path));
  writeFileSync(path, 'not a database '.repeat(1000));
  const journal = new SqliteJournal(path, { clock });
  expect(await journal.open()).toEqual({ setAside: `${path}.corrupt-20261124T120000Z` });
  await journal.write(batchOf({ lines: ['works'] }));
  expect(await journal.pendingLines()).toBe(1);
  await journal.close();
  expect(readFileSync(`${path}.corrupt-20261124T120000Z`, 'utf8')).toContain('not a database');
});

test('a file with overwritten pages is set aside; a second one of the same second does not replace it', async () => {
  const path = freshPath();
  for (const expected of [`${path}.corrupt-20261124T120000Z`, `${path}.corrupt-20261124T120000Z-2`]) {
    await fill(path);
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 8192, 60_000);
    writeFileSync(path, bytes);
    const journal = new SqliteJournal(path, { clock });
    expect(await journal.open()).toEqual({ setAside: expected });
    expect(await journal.pendingLines()).toBe(0);
    await journal.close();
    expect(existsSync(expected)).toBe(true);
  }
});

test('a sound file is opened as it is', async () => {
  const path = freshPath();
  await fill(path);
  const journal = new SqliteJournal(path, { clock });
  expect(await journal.open()).toEqual({ setAside: null });
  expect(await journal.pendingLines()).toBe(500);
  await journal.close();
});

test('an older file is copied before it is migrated', () => {
  const path = freshPath();
  const older = ['CREATE TABLE note (text TEXT)'];
  const first = openDatabase(path, 0, older).database;
  first.exec("INSERT INTO note VALUES ('kept')");
  first.close();

  const second = openDatabase(path, 0, [...older, "ALTER TABLE note ADD COLUMN lang TEXT DEFAULT 'fr'"]).database;
  expect(second.prepare('SELECT * FROM note').get()).toEqual({ text: 'kept', lang: 'fr' });
  second.close();

  const copy = new DatabaseSync(`${path}.v1`);
  expect(copy.prepare('SELECT * FROM note').get()).toEqual({ text: 'kept' });
  expect(copy.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
  copy.close();
});

test('a migration that fails leaves the file as it was', () => {
  const path = freshPath();
  const older = ['CREATE TABLE note (text TEXT)'];
  openDatabase(path, 0, older).database.close();
  expect(() => openDatabase(path, 0, [...older, 'CREATE TABLE extra (n); SELECT nonsense'])).toThrow(/nonsense/);
  const again = openDatabase(path, 0, older).database;
  expect(again.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'extra'").get()).toEqual({ n: 0 });
  again.close();
});

test('a file of a newer offair is refused, not set aside', async () => {
  const path = freshPath();
  await fill(path);
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  const journal = new SqliteJournal(path, { clock });
  await expect(journal.open()).rejects.toThrow(/newer offair \(format 99, this one knows \d+\): update offair/);
  await journal.close();
  expect(existsSync(path)).toBe(true);
});

test('a path that can not be a file fails by name', async () => {
  const path = freshPath();
  mkdirSync(path, { recursive: true });
  const journal = new SqliteJournal(path, { clock });
  await expect(journal.open()).rejects.toThrow(`The journal ${path} failed`);
});
