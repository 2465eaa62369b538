import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { InfluxSink } from '../../adapters/influx/index.ts';
import { powerLine } from '../../adapters/influx/line-protocol.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { JournalBatch } from '../../model/ports.ts';
import { influxReadings } from '../faults/influx-query.ts';
import { Influxd } from '../support/influxd.ts';
import { PLUGS, readingOf, SPECS } from './studio.ts';

/** Readings once a second. */
const HOURS = Number(process.env.OFFAIR_BENCH_HOURS ?? 24);
const FLUSH_SECONDS = 5;
const DATABASE = 'drain';

/**
 * A backlog of a day at a hundred plugs and a reading a second, delivered to a real influxd while the plugs go on being
 * read. How long a live reading takes to the disk meanwhile, and how the memory does.
 */
export async function bench(): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'offair-drain-'));
  const influxd = await Influxd.in(join(folder, 'influx'));
  const journal = new SqliteJournal(join(folder, 'journal.sqlite'), { clock: systemClock });
  const settings = {
    flavour: 1,
    url: influxd.url,
    database: DATABASE,
    retention: 'INF',
    gzip: false,
    studio: 's',
    timeZone: 'UTC',
  };
  const deps = { journal, clock: systemClock, random: Math.random, log: pino({ level: 'silent' }) };
  const sink = new InfluxSink({ ...settings, flavour: 1 }, deps);
  try {
    await journal.open();
    const backlogSeconds = HOURS * 3600;
    const fillStartMs = systemClock.monotonicMs();
    for (let second = 0; second < backlogSeconds; second += FLUSH_SECONDS) await journal.write(flushOf(second));
    const fillMs = systemClock.monotonicMs() - fillStartMs;
    const backlog = await journal.pendingLines();

    await influxd.start();
    const startMs = systemClock.monotonicMs();
    const startMegabytes = megabytes();
    await sink.start();
    let second = backlogSeconds;
    let slowestFlushMs = 0;
    let latestTickMs = 0;
    let peakMegabytes = 0;
    // The live points come after the backlog: first in, first out.
    while ((await journal.accounts()).delivered < backlog) {
      const dueMs = systemClock.monotonicMs() + 1000;
      await systemClock.sleep(1000);
      latestTickMs = Math.max(latestTickMs, systemClock.monotonicMs() - dueMs);
      const flushMs = systemClock.monotonicMs();
      await journal.write(flushOf(second, 1));
      slowestFlushMs = Math.max(slowestFlushMs, systemClock.monotonicMs() - flushMs);
      second += 1;
      sink.poke();
      peakMegabytes = Math.max(peakMegabytes, megabytes());
    }
    const drainMs = systemClock.monotonicMs() - startMs;
    const { delivered } = await journal.accounts();
    return {
      backlog,
      delivered,
      lost: Math.max(0, delivered - (await influxReadings(influxd.url, DATABASE))),
      secondsToFill: seconds(fillMs),
      secondsToDrain: seconds(drainMs),
      pointsPerSecond: Math.round(delivered / (drainMs / 1000)),
      slowestLiveFlushMs: Math.round(slowestFlushMs),
      latestLiveTickMs: Math.round(latestTickMs),
      megabytesBefore: startMegabytes,
      megabytesPeak: peakMegabytes,
    };
  } finally {
    await sink.stop();
    await journal.close();
    await influxd.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The readings and lines of some seconds, as the pipeline writes them. */
function flushOf(fromSecond: number, count = FLUSH_SECONDS): JournalBatch {
  const readings = Array.from({ length: count * PLUGS }, (_, index) => {
    const spec = SPECS[index % PLUGS];
    return readingOf(spec?.id ?? '', fromSecond + Math.floor(index / PLUGS));
  });
  const lines = readings.flatMap(
    (reading) => powerLine(reading, { plug: reading.plug, kind: 'light', adapter: 'shelly', studio: 'bench' }) ?? [],
  );
  return { readings, lines, slices: [], intensities: [], state: { second: fromSecond } };
}

function megabytes(): number {
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
