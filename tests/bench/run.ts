/**
 * How fast offair is on this machine: `npm run bench` for the main job in a table, `npm run bench -- tapo` for the benches
 * that take their time, each as one line of JSON. Compare ratios within one run: other machines and other minutes differ.
 */
import { availableParallelism, totalmem } from 'node:os';
import { systemClock } from '../../daemon/clock.ts';
import { bench as api } from './api.ts';
import { bench as drain } from './drain.ts';
import { bench as fleet } from './fleet.ts';
import { bench as ingest } from './ingest.ts';
import { bench as journal } from './journal.ts';
import { bench as meter } from './meter.ts';
import { bench as page } from './page.ts';
import { bench as policy } from './policy.ts';
import { bench as query } from './query.ts';
import { bench as start } from './start.ts';
import { bench as switching } from './switching.ts';
import { bench as tapo } from './tapo.ts';
import { bench as wear } from './wear.ts';

const QUICK = [meter, policy, journal];
const LONG = new Map<string, () => Promise<Record<string, unknown>>>([
  ['tapo', tapo],
  ['ingest', ingest],
  ['wear', wear],
  ['start', start],
  ['query', query],
  ['drain', drain],
  ['switching', switching],
  ['page', page],
  ['api', api],
  ['fleet', fleet],
]);

const machine = () => ({
  date: new Date(systemClock.nowMs()).toISOString().slice(0, 10),
  node: process.version,
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
});

const names = process.argv.slice(2);
if (names.length === 0) {
  const rows = [];
  for (const bench of QUICK) rows.push(...(await bench()));
  const { date, node, cores, memoryGiB } = machine();
  const residentMiB = Math.round(process.memoryUsage.rss() / 2 ** 20);
  console.log(`Node ${node}, ${cores} cores, ${memoryGiB} GiB, ${date}, resident ${residentMiB} MiB`);
  console.table(rows);
}
for (const name of names) {
  const bench = LONG.get(name);
  if (!bench) throw new Error(`there is no bench ${name}: known are ${[...LONG.keys()].join(', ')}`);
  console.log(JSON.stringify({ bench: name, ...machine(), ...(await bench()) }));
}
