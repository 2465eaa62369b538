import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Influx1, InfluxSink, query } from '../../adapters/influx/index.ts';
import { toLine } from '../../adapters/influx/line-protocol.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { batchOf } from '../support/journal-batch.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const T0 = Date.UTC(2026, 10, 24, 12);
const folder = tempFolder();
const sinks: InfluxSink[] = [];

let server: Influxd;
let journal: SqliteJournal;
beforeEach(async () => {
  journal = new SqliteJournal(join(folder, randomUUID(), 'journal.db'), { clock: systemClock });
  await journal.open();
});
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.stop();
  await journal.close();
});

async function startSink(settings: Influx1): Promise<InfluxSink> {
  // Random 0: the shortest back-off.
  const deps = { journal, clock: systemClock, random: () => 0, log: pino({ level: 'silent' }) };
  const sink = new InfluxSink(settings, deps);
  sinks.push(sink);
  await sink.start();
  return sink;
}

function newDatabase(): Influx1 {
  const database = `studio-${randomUUID()}`;
  return { flavour: 1, url: server.url, database, retention: 'INF', gzip: true, studio: 's', timeZone: 'Europe/Paris' };
}

/** Numbered lines of measurement m, a second apart. */
function lines(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `m,plug=a value=${from + n} ${T0 + (from + n) * 1000}`);
}

/** The sink's own count may be older than the last flush: the journal is asked too. */
const delivered = (sink: InfluxSink) => async () =>
  (await journal.pendingLines()) === 0 && sink.status().state === 'ok' && sink.status().pendingPoints === 0;

async function values(settings: Influx1): Promise<unknown[]> {
  return (await query(settings, 'SELECT value FROM m')).map(({ value }) => value);
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe.skipIf(noInfluxd)('against a real InfluxDB 1.x', () => {
  beforeAll(async () => {
    server = await Influxd.in(join(folder, 'influxd'));
    await server.start();
  });
  afterAll(() => server.stop());

  test('the outbox arrives whole, over several batches, in a database that the sink made', async () => {
    const settings = { ...newDatabase(), retention: '520w' };
    await journal.write(batchOf({ lines: lines(0, 12_000) }));
    const sink = await startSink(settings);
    await until('all points delivered', delivered(sink));
    expect(await query(settings, 'SELECT count(value) FROM m')).toMatchObject([{ count: 12_000 }]);
    expect(await query(settings, `SHOW RETENTION POLICIES ON "${settings.database}"`)).toContainEqual(
      expect.objectContaining({ name: 'offair', duration: '87360h0m0s', default: true }),
    );
    expect(sink.status()).toMatchObject({ quarantinedPoints: 0, problem: null });
    expect(sink.status().lastDeliveryAtMs).not.toBeNull();
  });

  test('a poke after a flush delivers at once', async () => {
    const settings = newDatabase();
    const sink = await startSink(settings);
    await until('sink idle', delivered(sink));
    for (const n of upTo(5)) {
      await journal.write(batchOf({ lines: lines(n, 1) }));
      sink.poke();
    }
    await until('points delivered', delivered(sink));
    expect(await values(settings)).toEqual(upTo(5));
  });

  test('another retention is taken over by a policy that exists', async () => {
    const settings = newDatabase();
    await until('first sink ready', delivered(await startSink(settings)));
    await until('second sink ready', delivered(await startSink({ ...settings, retention: '52w' })));
    expect(await query(settings, `SHOW RETENTION POLICIES ON "${settings.database}"`)).toContainEqual(
      expect.objectContaining({ name: 'offair', duration: '8736h0m0s' }),
    );
  });

  test('a line that can not be parsed is quarantined with the reason, and no other is lost', async () => {
    const settings = newDatabase();
    const all = lines(0, 100);
    all.splice(63, 0, 'm,plug=a value= 12', 'rubbish');
    await journal.write(batchOf({ lines: all }));
    const sink = await startSink(settings);
    await until('points delivered', delivered(sink));
    expect(await values(settings)).toEqual(upTo(100));
    expect(sink.status().quarantinedPoints).toBe(2);
  });

  test('a line of another type is quarantined, and no other is lost', async () => {
    const settings = newDatabase();
    await journal.write(batchOf({ lines: [...lines(0, 10), `m,plug=a value="text" ${T0}`, ...lines(10, 10)] }));
    const sink = await startSink(settings);
    await until('points delivered', delivered(sink));
    expect(await values(settings)).toEqual(upTo(20));
    expect(sink.status().quarantinedPoints).toBe(1);
  });

  test('a database dropped under the sink is made again, and what came since is there', async () => {
    const settings = newDatabase();
    const sink = await startSink(settings);
    await until('sink ready', delivered(sink));
    await query(settings, `DROP DATABASE "${settings.database}"`);
    await journal.write(batchOf({ lines: lines(0, 10) }));
    sink.poke();
    await until('points delivered', delivered(sink));
    expect(await values(settings)).toEqual(upTo(10));
  });

  test('a retention policy dropped under the sink is made again', async () => {
    const settings = newDatabase();
    const sink = await startSink(settings);
    await until('sink ready', delivered(sink));
    await query(settings, `DROP RETENTION POLICY "offair" ON "${settings.database}"`);
    await journal.write(batchOf({ lines: lines(0, 10) }));
    sink.poke();
    await until('points delivered', delivered(sink));
    expect(await values(settings)).toEqual(upTo(10));
  });

  test('hostile names and texts come back as they were', async () => {
    const settings = newDatabase();
    const hostile = [
      'with space',
      'a,b=c',
      '__proto__',
      'été 🎥',
      '"quoted"',
      "it's",
      'back\\slash',
      '# comment',
      '\\n',
      '{"a":1}',
    ];
    const texts = [...hostile, 'two\nlines', 'ends with \\', '\\"', '', 'a=1 2'];
    const all = [
      ...hostile.map((tag, n) => toLine('tags', { tag }, { n }, T0 + n)),
      ...texts.map((text, n) => toLine('texts', {}, { text }, T0 + n)),
      ...hostile.map((key, n) => toLine('fields', {}, { [key]: n }, T0 + n)),
      toLine('a m,e=a "sure"', { constructor: 'x' }, { value: 1 }, T0),
    ].filter((line) => line !== null);
    await journal.write(batchOf({ lines: all }));
    const sink = await startSink(settings);
    await until('points delivered', delivered(sink));
    expect(sink.status().quarantinedPoints).toBe(0);
    expect((await query(settings, 'SELECT n, "tag" FROM tags')).map(({ tag }) => tag)).toEqual(hostile);
    expect((await query(settings, 'SELECT text FROM texts')).map(({ text }) => text)).toEqual(texts);
    const keys = (await query(settings, 'SHOW FIELD KEYS FROM fields')).map(({ fieldKey }) => fieldKey);
    expect(keys.toSorted()).toEqual(hostile.toSorted());
    expect(await query(settings, 'SELECT * FROM "a m,e=a \\"sure\\""')).toMatchObject([{ value: 1 }]);
  });
});

describe.skipIf(noInfluxd)('with an InfluxDB that comes and goes', () => {
  beforeEach(async () => {
    server = await Influxd.in(join(folder, randomUUID()));
  });
  afterEach(() => server.stop());

  test('points wait for a server that starts later, and survive its restart: each arrives once, in order', async () => {
    const settings = newDatabase();
    await journal.write(batchOf({ lines: lines(0, 50) }));
    const sink = await startSink(settings);
    await until('sink notices', () => sink.status().problem !== null);
    expect(sink.status()).toMatchObject({ state: 'waiting', pendingPoints: 50 });
    expect(sink.status().problem).toMatch(/ECONNREFUSED/);

    await server.start();
    await until('first points delivered', delivered(sink));
    await server.stop();
    await journal.write(batchOf({ lines: lines(50, 50) }));
    sink.poke();
    await until('sink notices the loss', () => sink.status().state === 'waiting');
    await server.start();
    await journal.write(batchOf({ lines: lines(100, 50) }));
    sink.poke();
    await until('all points delivered', delivered(sink));
    expect(await values(settings)).toEqual(upTo(150));
    expect(sink.status().quarantinedPoints).toBe(0);
  });

  test('stop makes one last attempt', async () => {
    const settings = newDatabase();
    await server.start();
    const sink = await startSink(settings);
    await until('sink idle', delivered(sink));
    await journal.write(batchOf({ lines: lines(0, 20) }));
    await sink.stop();
    expect(await journal.pendingLines()).toBe(0);
    expect(await values(settings)).toEqual(upTo(20));
  });
});

describe.skipIf(noInfluxd)('with an InfluxDB that asks for a password', () => {
  const admin = () => ({ ...newDatabase(), username: 'admin', password: 'root-secret' });
  beforeAll(async () => {
    server = await Influxd.in(join(folder, 'influxd-auth'), { auth: true });
    await server.start();
    await query(newDatabase(), "CREATE USER admin WITH PASSWORD 'root-secret' WITH ALL PRIVILEGES");
    await query(admin(), "CREATE USER offair WITH PASSWORD 'user-secret'");
  });
  afterAll(() => server.stop());

  test('a wrong password is a refusal: points are kept and the password is not in the message', async () => {
    await journal.write(batchOf({ lines: lines(0, 10) }));
    const sink = await startSink({ ...admin(), password: 'wrong-secret' });
    await until('refusal', () => sink.status().state === 'refused');
    expect(sink.status()).toMatchObject({ pendingPoints: 10, quarantinedPoints: 0 });
    expect(sink.status().problem).toMatch(/401 authorization failed.*they are kept.*influx_password/);
    expect(sink.status().problem).not.toContain('wrong-secret');
  });

  test('a user who may write but not create delivers all the same', async () => {
    const settings = admin();
    await query(settings, `CREATE DATABASE "${settings.database}"`);
    await query(
      settings,
      `CREATE RETENTION POLICY offair ON "${settings.database}" DURATION INF REPLICATION 1 DEFAULT`,
    );
    await query(settings, `GRANT ALL ON "${settings.database}" TO offair`);
    await journal.write(batchOf({ lines: lines(0, 10) }));
    const sink = await startSink({ ...settings, username: 'offair', password: 'user-secret' });
    await until('points delivered', delivered(sink));
    expect(await values(settings)).toEqual(upTo(10));
  });

  test('a user who may do neither is told which statements an administrator runs', async () => {
    const settings = { ...admin(), username: 'offair', password: 'user-secret' };
    await journal.write(batchOf({ lines: lines(0, 10) }));
    const sink = await startSink(settings);
    await until('refusal', () => sink.status().state === 'refused');
    expect(await journal.pendingLines()).toBe(10);
    expect(sink.status().problem).toContain(
      `CREATE DATABASE "${settings.database}"; CREATE RETENTION POLICY "offair" ON "${settings.database}" ` +
        `DURATION INF REPLICATION 1 DEFAULT; CREATE RETENTION POLICY "offair_summary" ON "${settings.database}" ` +
        `DURATION INF REPLICATION 1; GRANT ALL ON "${settings.database}" TO "offair"`,
    );
  });
});
