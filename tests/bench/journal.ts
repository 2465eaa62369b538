import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { PLUGS, readingOf, SPECS } from './studio.ts';
import { type Row, timed } from './timing.ts';

const FLUSHES = 200;

export async function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'offair-bench-'));
  const journal = new SqliteJournal(join(folder, 'journal.sqlite'), { clock: systemClock });
  await journal.open();
  const written = await timed(`journal: flushes of ${PLUGS} readings, on the disk`, FLUSHES, 'flushes', async () => {
    for (let n = 0; n < FLUSHES; n += 1) {
      const readings = SPECS.map(({ id }) => readingOf(id, n * 5));
      const lines = readings.map(({ plug, watts, atMs }) => `power,plug=${plug} watts=${watts} ${atMs}`);
      await journal.write({ readings, slices: [], intensities: [], lines, state: { n } });
    }
  });
  const read = await timed('journal: outbox lines read and acknowledged', FLUSHES * PLUGS, 'lines', async () => {
    for (;;) {
      const lines = await journal.outbox(5000);
      const last = lines.at(-1);
      if (!last) return;
      await journal.acknowledge(last.seq);
    }
  });
  await journal.close();
  rmSync(folder, { recursive: true });
  return [written, read];
}
