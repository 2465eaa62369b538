/** A process that writes numbered flushes as fast as the disk takes them and prints each number once it is safe. */
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { batchOf, readingOf } from './journal-batch.ts';

const journal = new SqliteJournal(process.argv[2] ?? '', { clock: systemClock });
await journal.open();
let n = Number((await journal.state('last')) ?? 0);
for (;;) {
  n += 1;
  const readings = ['a', 'b', 'c'].map((plug) => readingOf({ plug, atMs: n }));
  await journal.write(batchOf({ readings, lines: [`n value=${n}`], state: { last: n } }));
  process.stdout.write(`${n}\n`);
}
