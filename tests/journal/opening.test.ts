import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../adapters/journal/database.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { MIGRATIONS } from '../../adapters/journal/schema.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { batchOf } from '../support/journal-batch.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const WRITER = new URL('../support/journal-writer.ts', import.meta.url).pathname;
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
    bytes.fill(0xa5, 4096, 20_000);
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

test('readings, lines and meters that an older offair kept as rows are all there after the migration', async () => {
  const path = freshPath();
  const { database } = openDatabase(path, 0, MIGRATIONS.slice(0, 1));
  database.exec("INSERT INTO outbox (line) VALUES ('gone'), ('a'), ('b'); DELETE FROM outbox WHERE line = 'gone'");
  database.exec("INSERT INTO dead_letter VALUES (7, 'bad', 'why', 0)");
  database.exec(`INSERT INTO state VALUES ('meter:lamp', '{"wh":1}'), ('meter:pc', '{"wh":2}'), ('policy', '3')`);
  database.exec("INSERT INTO slice VALUES ('lamp', 900000, '', 'standby', 1, 2, 3, 4)");
  const insert = database.prepare(
    "INSERT INTO reading (plug, at_ms, watts, flags, feed) VALUES (?, ?, ?, '[\"overheated\"]', 'on-change')",
  );
  database.exec('BEGIN');
  for (let n = 0; n < 12_000; n++) insert.run(n % 2 ? 'lamp' : 'pc', n * 500, n % 2 ? n / 7 : null);
  database.exec('COMMIT');
  database.close();
  const journal = new SqliteJournal(path, { clock });
  await journal.open();
  expect(await journal.history('lamp', 0, 6_000_000, 1000)).toHaveLength(6000);
  expect((await journal.history('lamp', 6_000_000 - 1000, 6_000_000, 1000))[0]).toMatchObject({ maxWatts: 11_999 / 7 });
  expect(await journal.slices(900_000, 900_001)).toMatchObject([{ plug: 'lamp', counterWh: 1, coveredMs: 4 }]);
  expect(await journal.state('meters')).toEqual({ lamp: { wh: 1 }, pc: { wh: 2 } });
  expect(await journal.state('policy')).toBe(3);
  expect((await journal.outbox(9)).map(({ line }) => line)).toEqual(['a', 'b']);
  expect(await journal.accounts()).toMatchObject({ enqueued: 3, delivered: 0, pending: 2, quarantined: 1, dropped: 0 });
  await journal.write(batchOf({ lines: ['c'] }));
  const [, , c] = await journal.outbox(9);
  expect(c?.seq).toBeGreaterThan(3);
  await journal.close();
});

test('what an older offair kept of the audience is all there after the migration', async () => {
  const path = freshPath();
  const { database } = openDatabase(path, 0, MIGRATIONS.slice(0, 2));
  const audience = Array.from({ length: 12 }, (_, n) => ({ atMs: 1000 + n, viewers: 100 - n }));
  const insert = database.prepare("INSERT INTO session VALUES (?, 'Live', 1, NULL, '[]', ?, 'api', NULL)");
  insert.run('a', JSON.stringify(audience));
  insert.run('b', '[]');
  database.close();
  const journal = new SqliteJournal(path, { clock });
  await journal.open();
  expect((await journal.session('a'))?.audience).toEqual(audience);
  expect((await journal.session('b'))?.audience).toEqual([]);
  expect((await journal.session('a'))?.title).toBe('Live');
  await journal.close();
});

test('a second daemon on one journal is refused and told who works on it; a killed one leaves no lock', async () => {
  const path = freshPath();
  const daemon = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(daemon.stdout, 'data');
  const second = new SqliteJournal(path, { clock });
  await expect(second.open()).rejects.toThrow(
    `The journal ${path} failed: another offair (process ${daemon.pid}) works on it`,
  );
  daemon.kill('SIGKILL');
  await once(daemon, 'exit');
  expect(await second.open()).toEqual({ setAside: null });
  await second.close();
});

test('of a damaged file the tokens and the users of the broker are taken over, as far as they can be read', async () => {
  const path = freshPath();
  const first = new SqliteJournal(path, { clock });
  await first.open();
  const token = { id: 't1', label: 'desk', scope: 'read' as const, hash: 'ab', createdAtMs: 1, lastUsedAtMs: null };
  await first.putToken(token);
  await first.write(batchOf({ state: { 'mqtt-users': ['plug'], policy: 1 } }));
  await first.close();
  const database = new DatabaseSync(path);
  const { rootpage } = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'bucket'").get() ?? {};
  database.close();
  damage(path, Number(rootpage));

  const second = new SqliteJournal(path, { clock });
  expect((await second.open()).setAside).not.toBeNull();
  expect(await second.tokens()).toEqual([token]);
  expect(await second.state('mqtt-users')).toEqual(['plug']);
  expect(await second.state('policy')).toBeUndefined();
  await second.close();
});

/** Writes over one page (numbered from 1) of a file. */
function damage(path: string, page: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(1024, 0xa5), 0, 1024, (page - 1) * 1024);
  closeSync(file);
}

describe('a journal that is damaged while it is worked on', () => {
  test.each([
    { how: 'by a question', asked: true },
    { how: 'by itself', asked: false },
  ])(
    'and shows it $how is set aside, a new one takes what comes, and no number of a line is used again',
    async ({ asked }) => {
      const path = freshPath();
      const asides: string[] = [];
      const journal = new SqliteJournal(path, { clock, onSetAside: (aside) => asides.push(aside) });
      await journal.open();
      // More than SQLite keeps in memory.
      const line = () => randomBytes(75_000).toString('base64');
      for (let n = 0; n < 50; n++)
        await journal.write(batchOf({ lines: Array.from({ length: 10 }, line), state: { n } }));
      await journal.close();
      await journal.open();
      for (let page = 1000; page < 50_000; page += 1000) damage(path, page);
      // Found by who asks, or by who reads the whole file when nobody does.
      if (asked) expect(await journal.outbox(500)).toEqual([]);
      else await journal.write(batchOf({ lines: ['before'] }));
      await until('it is told', () => asides.length > 0);
      expect(asides).toEqual([`${path}.corrupt-20261124T120000Z`]);
      await journal.acknowledge(500);
      await journal.write(batchOf({ lines: ['after'] }));
      const lines = await journal.outbox(10);
      expect(lines.at(-1)?.line).toBe('after');
      expect(lines[0]?.seq).toBeGreaterThan(500);
      const { enqueued, pending, delivered } = await journal.accounts();
      expect(enqueued).toBe(pending + delivered);
      await journal.close();
      expect(existsSync(asides[0] ?? '')).toBe(true);
    },
  );
});

describe('a command beside the daemon', () => {
  const beside = (path: string) => new SqliteJournal(path, { clock }).open({ exclusive: false });

  test('never sets a damaged journal aside: it fails and says what to do', async () => {
    const path = freshPath();
    mkdirSync(dirname(path));
    writeFileSync(path, 'not a database '.repeat(1000));
    await expect(beside(path)).rejects.toThrow(/Restart offair: it sets a damaged file aside/);
    expect(readdirSync(dirname(path))).toEqual(['journal.db']);
  });

  test('leaves a journal with a damaged page where it is, and the running daemon goes on with it', async () => {
    const path = freshPath();
    await fill(path);
    const daemon = new SqliteJournal(path, { clock });
    await daemon.open();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, bytes.length - 1024);
    writeFileSync(path, bytes);
    const command = new SqliteJournal(path, { clock });
    expect(await command.open({ exclusive: false })).toEqual({ setAside: null });
    await command.close();
    await daemon.write(batchOf({ state: { policy: 1 } }));
    expect(await daemon.state('policy')).toBe(1);
    await daemon.close();
    expect(readdirSync(dirname(path)).filter((name) => name.includes('corrupt'))).toEqual([]);
  });

  test('makes no journal where there is none', async () => {
    const path = freshPath();
    await expect(beside(path)).rejects.toThrow(`The journal ${path} failed: there is no such file: start offair first`);
    expect(existsSync(path)).toBe(false);
  });

  test('does not migrate a journal under an older daemon', async () => {
    const path = freshPath();
    openDatabase(path, 0, MIGRATIONS.slice(0, 1)).database.close();
    await expect(beside(path)).rejects.toThrow(/written by an older offair: restart offair first/);
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    database.close();
  });
});
