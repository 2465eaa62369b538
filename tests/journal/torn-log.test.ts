import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openDatabase } from '../../adapters/journal/database.ts';
import { partsOf } from '../../adapters/journal/parts.ts';
import { batchOf } from '../support/journal-batch.ts';
import { tempFolder } from '../support/temp-folder.ts';

const FLUSHES = 40;
const CUTS = 100;
const folder = tempFolder();

test(`a write-ahead log torn at any of ${CUTS} places gives whole flushes, from the first on, without a gap`, () => {
  const path = join(folder, 'journal.db');
  const { database } = openDatabase(path, 0);
  const { store } = partsOf(database);
  for (let n = 1; n <= FLUSHES; n++) {
    store.write(batchOf({ lines: [`a value=${n}`, `b value=${n}`], state: { last: n } }));
  }
  const log = readFileSync(`${path}-wal`);
  const torn = join(folder, 'torn.db');
  const counts = new Set<number>();
  for (let cut = 0; cut < CUTS; cut++) {
    copyFileSync(path, torn);
    const bytes = Buffer.from(log.subarray(0, Math.floor((log.length * cut) / CUTS)));
    // Every third tear also leaves a byte that the disk made up.
    if (cut % 3 === 2) bytes.set([(bytes.at(-100) ?? 0) ^ 0xff], bytes.length - 100);
    writeFileSync(`${torn}-wal`, bytes);
    writeFileSync(`${torn}-shm`, '');
    const opened = new DatabaseSync(torn);
    const one = (sql: string) => Number(Object.values(opened.prepare(sql).get() ?? {})[0]);
    // Before the first flush reached the main file there may be no table at all.
    if (one("SELECT count(*) FROM sqlite_schema WHERE name = 'flush'") === 1) {
      const last = one("SELECT json FROM state WHERE name = 'last'") || 0;
      expect(one('SELECT total(lines) FROM flush')).toBe(2 * last);
      expect(opened.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      counts.add(last);
    }
    opened.close();
  }
  database.close();
  expect(counts.size).toBeGreaterThan(FLUSHES / 2);
});
