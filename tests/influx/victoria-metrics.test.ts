import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type InfluxSettings, InfluxSink } from '../../adapters/influx/index.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { batchOf } from '../support/journal-batch.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { noVictoriaMetrics, VictoriaMetrics } from '../support/victoria-metrics.ts';

const COUNT = 12_000;
const folder = tempFolder();

describe.skipIf(noVictoriaMetrics)('against a real VictoriaMetrics', () => {
  let server: VictoriaMetrics;
  let journal: SqliteJournal;
  let sink: InfluxSink;
  /** Of the last days: others are outside of the retention. */
  const startMs = Math.floor(systemClock.nowMs() / 1000) * 1000 - 86_400_000;

  beforeAll(async () => {
    server = await VictoriaMetrics.start(join(folder, 'victoria'));
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    journal = new SqliteJournal(join(folder, randomUUID(), 'journal.db'), { clock: systemClock });
    await journal.open();
  });
  afterEach(async () => {
    await sink.stop();
    await journal.close();
  });

  const common = () => ({ url: server.url, retention: 'INF', gzip: true, studio: 's', timeZone: 'Europe/Paris' });
  test.each<[string, () => InfluxSettings]>([
    ['one', () => ({ flavour: 1, ...common(), database: 'studio' })],
    ['two', () => ({ flavour: 2, ...common(), org: 'studio', bucket: 'studio' })],
  ])('every point arrives once as InfluxDB %s, also those that are sent twice', async (name, settings) => {
    const line = (n: number) => `${name},plug=a,studio=s watts=${n} ${startMs + n * 1000}`;
    const lines = Array.from({ length: COUNT }, (_, n) => line(n));
    await journal.write(batchOf({ lines: [...lines, ...lines.slice(0, 2000)] }));
    sink = new InfluxSink(settings(), {
      ...{ journal, clock: systemClock, random: () => 0 },
      log: pino({ level: 'silent' }),
    });
    await sink.start();
    await until('all delivered', async () => (await journal.pendingLines()) === 0 && sink.status().state === 'ok');
    const samples = await server.samples(`${name}_watts`, startMs, startMs + COUNT * 1000);
    expect(samples).toHaveLength(COUNT);
    expect(samples.every(([atMs, value], n) => atMs === startMs + n * 1000 && value === n)).toBe(true);
    expect(sink.status()).toMatchObject({ quarantinedPoints: 0, droppedPoints: 0 });
  });
});
