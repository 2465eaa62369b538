import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { energyLine, powerLine } from '../../adapters/influx/line-protocol.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { Pipeline } from '../../daemon/pipeline.ts';
import { footprint } from '../../model/emissions.ts';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { Loads } from './loads.ts';
import { PLUGS, SPECS } from './studio.ts';

const HOURS = 2;
const HOURS_PER_DAY = 24;

/**
 * How much is written to the disk in a day with 100 plugs read every second, WAL included: the daemon's pipeline and
 * journal, two simulated hours as fast as they go, with what an hour brings of bookings, quarter hours and checkpoints.
 * Bytes of all writes of this process (`wchar`); the kernel puts some of them together, so that the disk gets less.
 */
export async function bench(): Promise<Record<string, unknown>> {
  return { megabytesPerDay: await megabytesPerDay(false), megabytesPerDayWithInflux: await megabytesPerDay(true) };
}

async function megabytesPerDay(influx: boolean): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'offair-bench-'));
  const path = join(folder, 'journal.sqlite');
  const clock = new FakeClock();
  const journal = new SqliteJournal(path, { clock });
  await journal.open();
  const tags = { kind: 'light' as const, studio: 'bench' };
  const pipeline = new Pipeline({
    ...{ clock, log: pino({ level: 'silent' }), journal, runId: 'bench', plugs: SPECS },
    devices: new Map(SPECS.map(({ id }) => [id, { plug: id, pollMs: 1000 } as PlugDevice])),
    labels: () => [],
    powerLine: (reading) => (influx ? powerLine(reading, { ...tags, plug: reading.plug, adapter: 'told' }) : null),
    energyLine: (spec, startMs, slices, price) =>
      influx ? energyLine({ ...tags, plug: spec.id }, startMs, footprint(slices, price, QUARTER_HOUR_MS)) : null,
    pricing: async () => () => null,
    onFlushed: () => {},
  });
  await pipeline.start();
  const loads = new Loads(PLUGS);
  const before = written();
  for (let second = 0; second < HOURS * 3600; second++) {
    for (const reading of loads.at(clock.nowMs(), clock.monotonicMs(), 1)) pipeline.reading(reading);
    await clock.advance(1000);
    if (second % 5 > 0) continue;
    // Whatever the flush has asked for is answered before the next one, and InfluxDB takes all there is.
    const last = (await journal.outbox(5000)).at(-1);
    if (last) await journal.acknowledge(last.seq);
  }
  await pipeline.stop();
  await journal.close();
  const days = HOURS / HOURS_PER_DAY;
  const after = written();
  const fileMegabytes = statSync(path).size / 1e6;
  rmSync(folder, { recursive: true });
  return {
    written: Math.round((after.wchar - before.wchar) / 1e6 / days),
    toDisk: Math.round((after.write_bytes - before.write_bytes) / 1e6 / days),
    kept: Math.round(fileMegabytes / days),
  };
}

function written(): { wchar: number; write_bytes: number } {
  const text = readFileSync('/proc/self/io', 'utf8');
  const value = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]);
  return { wchar: value('wchar'), write_bytes: value('write_bytes') };
}
