/**
 * How fast the main job is on this machine: `npm run bench`. Prints one table; compare ratios within one run, other
 * machines and other minutes differ.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { type MeterState, meter, NEW_METER } from '../../model/meter.ts';
import type { PlugSpec } from '../../model/plug.ts';
import { decide } from '../../model/policy.ts';
import { NEW_POLICY, type PolicyState } from '../../model/policy-state.ts';
import type { Reading } from '../../model/reading.ts';

const PLUGS = 100;
const rows: Record<string, string | number>[] = [];

function report(what: string, count: number, unit: string, work: { ms: number }): void {
  rows.push({ what, 'per second': Math.round((count / work.ms) * 1000), of: unit, ms: Math.round(work.ms) });
}

async function timed(work: () => unknown): Promise<{ ms: number }> {
  const startMs = systemClock.monotonicMs();
  await work();
  return { ms: systemClock.monotonicMs() - startMs };
}

const reading = (plug: string, second: number): Reading => ({
  plug,
  atMs: 1_800_000_000_000 + second * 1000,
  monotonicMs: second * 1000,
  watts: 100 + (second % 7),
  counterWh: Math.floor(second / 36),
  relay: true,
  volts: 230,
  amps: 0.4,
  celsius: null,
  flags: [],
  feed: 'polled',
});
const specs = Array.from(
  { length: PLUGS },
  (_, index): PlugSpec => ({
    id: `plug-${index}`,
    name: `Plug ${index}`,
    kind: 'light',
    essential: index % 2 === 0,
    idleWatts: 5,
    quietSeconds: 60,
    minOnSeconds: 60,
    minOffSeconds: 10,
    maxWatts: 3680,
    staleAfterMs: 30_000,
  }),
);

const METERED = 200_000;
report(
  'meter: readings booked',
  METERED,
  'readings',
  await timed(() => {
    let state: MeterState = NEW_METER;
    for (let n = 0; n < METERED; n += 1) {
      const settings = { runId: 'a', expectedIntervalMs: 10_000, maxWatts: 3680, labels: [] };
      state = meter(state, reading('plug-0', n * 10), settings).state;
    }
  }),
);

const DECIDED = 5000;
report(
  `policy: decisions with ${PLUGS} plugs`,
  DECIDED,
  'decisions',
  await timed(() => {
    let state: PolicyState = NEW_POLICY;
    const settings = {
      dryRun: false,
      graceMs: 300_000,
      staggerMs: 2000,
      maxSwitchesPerHour: 6,
      commandTtlMs: 30_000,
      maxAttempts: 3,
    };
    for (let n = 0; n < DECIDED; n += 1) {
      const event = { type: 'reading' as const, plug: `plug-${n % PLUGS}`, watts: 100, relay: true };
      state = decide({ plugs: specs, settings }, state, event, n * 100).state;
    }
  }),
);

const folder = mkdtempSync(join(tmpdir(), 'offair-bench-'));
const journal = new SqliteJournal(join(folder, 'journal.sqlite'), { clock: systemClock });
await journal.open();
const FLUSHES = 200;
report(
  `journal: flushes of ${PLUGS} readings, on the disk`,
  FLUSHES,
  'flushes',
  await timed(async () => {
    for (let n = 0; n < FLUSHES; n += 1) {
      const readings = specs.map(({ id }) => reading(id, n * 5));
      const lines = readings.map(({ plug, watts, atMs }) => `power,plug=${plug} watts=${watts} ${atMs}`);
      await journal.write({ readings, slices: [], intensities: [], lines, state: { n } });
    }
  }),
);
report(
  'journal: outbox lines read and acknowledged',
  FLUSHES * PLUGS,
  'lines',
  await timed(async () => {
    for (;;) {
      const lines = await journal.outbox(5000);
      const last = lines.at(-1);
      if (!last) return;
      await journal.acknowledge(last.seq);
    }
  }),
);
await journal.close();
rmSync(folder, { recursive: true });

console.log(
  `Node ${process.version}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
    `${new Date(systemClock.nowMs()).toISOString().slice(0, 10)}, resident ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`,
);
console.table(rows);
