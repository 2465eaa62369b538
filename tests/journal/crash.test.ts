import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { tempFolder } from '../support/temp-folder.ts';

const KILLS = 20;
const WRITER = new URL('../support/journal-writer.ts', import.meta.url).pathname;
const folder = tempFolder();

/** Runs the writer until it acknowledged `acks` flushes, kills it and gives the last number it acknowledged. */
async function writeUntilKilled(path: string, acks: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(writer, 'exit');
  let last = 0;
  let seen = 0;
  for await (const line of createInterface(writer.stdout)) {
    last = Number(line);
    seen += 1;
    if (seen === acks) writer.kill('SIGKILL');
  }
  await exited;
  return last;
}

test(`nothing acknowledged is lost and no flush is half there after ${KILLS} SIGKILLs`, async () => {
  const path = join(folder, 'journal.db');
  let acknowledged = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    acknowledged = await writeUntilKilled(path, kill * 3);

    const database = new DatabaseSync(path, { timeout: 5000 });
    const one = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
    const last = Number(one("SELECT json FROM state WHERE name = 'last'"));
    expect(last).toBeGreaterThanOrEqual(acknowledged);
    expect(one('SELECT total(readings) FROM flush')).toBe(last * 3);
    expect(one('SELECT total(lines) FROM flush')).toBe(last);
    expect(one('SELECT max(first_seq) FROM flush')).toBe(last);
    expect(one('PRAGMA integrity_check')).toBe('ok');
    database.close();
  }
  expect(acknowledged).toBeGreaterThanOrEqual((KILLS * (KILLS + 1) * 3) / 2);
});
