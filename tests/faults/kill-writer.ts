/**
 * A process that writes numbered flushes, prints each number once it is safe, and delivers them to InfluxDB meanwhile.
 * Arguments: the journal's file, InfluxDB's URL, the database.
 */
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { batchOf, readingOf } from '../support/journal-batch.ts';
import { killSink } from './kill-sink.ts';

const [path = '', url = '', database = ''] = process.argv.slice(2);
const journal = new SqliteJournal(path, { clock: systemClock });
await journal.open();
const sink = killSink(journal, url, database);
await sink.start();
let n = Number((await journal.state('last')) ?? 0);
for (;;) {
  n += 1;
  const readings = ['a', 'b', 'c'].map((plug) => readingOf({ plug, atMs: n }));
  await journal.write(batchOf({ readings, lines: [`flush n=${n} ${n}`], state: { last: n } }));
  process.stdout.write(`${n}\n`);
  sink.poke();
}
