import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Influx1, InfluxSink, query } from '../../adapters/influx/index.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { batchOf } from '../support/journal-batch.ts';
import { ScriptedInflux } from '../support/scripted-influx.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const T0 = Date.UTC(2026, 10, 24, 12);
const folder = tempFolder();
let journal: SqliteJournal;
beforeEach(async () => {
  journal = new SqliteJournal(join(folder, randomUUID(), 'journal.db'), { clock: systemClock });
  await journal.open();
});
afterEach(() => journal.close());

const sinkTo = (settings: ConstructorParameters<typeof InfluxSink>[0]) =>
  new InfluxSink(settings, { journal, clock: systemClock, random: () => 0, log: pino({ level: 'silent' }) });
const allDelivered = () => until('all delivered', async () => (await journal.pendingLines()) === 0);

describe.skipIf(noInfluxd)('a real InfluxDB 1.x behind a line that breaks', () => {
  let influxd: Influxd;
  let line: Server;
  /** Answers to writes that are still to be swallowed: the server has written, and nobody hears of it. */
  let swallow: number;

  beforeAll(async () => {
    influxd = await Influxd.in(join(folder, 'influxd'));
    await influxd.start();
    const port = Number(new URL(influxd.url).port);
    line = createServer((client) => pass(client, connect(port, '127.0.0.1'))).listen(0, '127.0.0.1');
    await once(line, 'listening');
  });
  afterAll(async () => {
    line.close();
    await influxd.stop();
  });

  function pass(client: Socket, server: Socket): void {
    let isWrite = false;
    client.on('data', (chunk) => {
      isWrite ||= chunk.toString('latin1').startsWith('POST /write');
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (isWrite && swallow > 0) {
        swallow -= 1;
        client.resetAndDestroy();
        server.destroy();
      } else client.write(chunk);
    });
    client.on('close', () => server.destroy()).on('error', () => {});
    server.on('close', () => client.destroy()).on('error', () => {});
  }

  test('answers that are lost after the write make no duplicates, and no other values', async () => {
    const database = `studio-${randomUUID()}`;
    const url = `http://127.0.0.1:${(line.address() as AddressInfo).port}`;
    const settings: Influx1 = {
      ...{ flavour: 1, url, database, retention: 'INF', gzip: true, studio: 's', timeZone: 'Europe/Paris' },
    };
    const count = 11_000;
    const lines = Array.from({ length: count }, (_, n) => `m,plug=p${n % 3} watts=${n / 7},relay=1 ${T0 + n}`);
    await journal.write(batchOf({ lines }));
    swallow = 2;
    const sink = sinkTo(settings);
    await sink.start();
    await allDelivered();
    await sink.stop();
    expect(swallow).toBe(0);
    const rows = await query({ ...settings, url: influxd.url }, 'SELECT * FROM m');
    expect(rows).toHaveLength(count);
    expect(rows.every(({ watts, plug }, n) => watts === n / 7 && plug === `p${n % 3}`)).toBe(true);
    expect(sink.status()).toMatchObject({ deliveredPoints: count, quarantinedPoints: 0, droppedPoints: 0 });
  });
});

describe('over TLS', () => {
  let certificates: Certificates;
  let server: ScriptedInflux;
  beforeAll(async () => {
    certificates = makeCertificates('influx');
    const pem = (file: string) => readFileSync(certificates.path(file), 'utf8');
    server = await ScriptedInflux.start({ cert: pem('influx.pem'), key: pem('influx.key') });
  });
  afterAll(() => {
    server.stop();
    certificates.remove();
  });

  test.each([1, 2, 3] as const)(
    'InfluxDB %i with a certificate of our own authority is trusted, and of no other',
    async (flavour) => {
      server.writes = [];
      server.adminAnswer = () => ({ status: 200, body: '{"results":[{}],"buckets":[{"id":"b","retentionRules":[]}]}' });
      const url = `https://localhost:${server.port}`;
      await journal.write(batchOf({ lines: ['m v=1 1'] }));
      const stranger = sinkTo(server.settings(flavour, { url }));
      await stranger.start();
      await until('the stranger is refused', () => stranger.status().problem !== null);
      await stranger.stop();
      expect(stranger.status().problem).toMatch(/certificate/);
      expect(server.writes).toEqual([]);

      const ca = readFileSync(certificates.path('ca.pem'), 'utf8');
      const sink = sinkTo(server.settings(flavour, { url, ca }));
      await sink.start();
      await allDelivered();
      await sink.stop();
      expect(server.writes).toEqual([['m v=1 1']]);
    },
  );
});
