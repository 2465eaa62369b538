/** SIGKILL at any moment of writing and delivering, and a line that loses answers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { seeded } from '../support/random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { influxRows } from './influx-query.ts';
import { killSink } from './kill-sink.ts';
import { RoughLine } from './rough-line.ts';
import { sized } from './size.ts';

const kills = sized({ quick: 10, thorough: 220 });
const WRITER = new URL('./kill-writer.ts', import.meta.url).pathname;
const DATABASE = 'kills';
const folder = tempFolder();

/** Runs the writer until it acknowledged `acks` flushes, kills it and gives the last number it acknowledged. */
async function writeUntilKilled(path: string, url: string, acks: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, path, url, DATABASE], { stdio: ['ignore', 'pipe', 'inherit'] });
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

test.skipIf(noInfluxd)(
  `after ${kills} SIGKILLs everything acknowledged is in the journal and, once, in InfluxDB`,
  async () => {
    const path = join(folder, 'journal.db');
    const influxd = await Influxd.in(join(folder, 'influxd'));
    await influxd.start();
    const line = new RoughLine(() => influxd.url);
    const url = await line.start();
    const random = seeded(kills);
    line.choose = () => (random() < 0.3 ? 'reset after the write' : 'none');
    try {
      let acknowledged = 0;
      for (let kill = 1; kill <= kills; kill++) {
        acknowledged = await writeUntilKilled(path, url, 1 + Math.floor(random() * 30));
        const database = new DatabaseSync(path, { timeout: 5000 });
        const one = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
        const last = Number(one("SELECT json FROM state WHERE name = 'last'"));
        expect(last).toBeGreaterThanOrEqual(acknowledged);
        expect(one('PRAGMA integrity_check')).toBe('ok');
        database.close();
      }

      const journal = new SqliteJournal(path, { clock: systemClock });
      await journal.open();
      const sink = killSink(journal, influxd.url, DATABASE);
      await sink.start();
      await until('everything is delivered', async () => (await journal.pendingLines()) === 0);
      const last = Number(await journal.state('last'));
      const accounts = await journal.accounts();
      const readings = await Promise.all(['a', 'b', 'c'].map((plug) => journal.history(plug, 0, last + 1, last + 1)));
      await sink.stop();
      await journal.close();
      expect(accounts).toMatchObject({ enqueued: last, delivered: last, quarantined: 0, dropped: 0 });
      expect(readings.map(([bucket]) => bucket?.readings)).toEqual([last, last, last]);
      const rows = await influxRows(influxd.url, DATABASE, 'SELECT n FROM flush');
      expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    } finally {
      await line.stop();
      await influxd.stop();
    }
  },
  600_000,
);
