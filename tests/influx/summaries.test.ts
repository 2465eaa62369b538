import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Influx1, InfluxSink, query } from '../../adapters/influx/index.ts';
import { oldestLate, SUMMARIES, wholeWindows } from '../../adapters/influx/summaries.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { localMidnight } from '../../model/local-day.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { batchOf } from '../support/journal-batch.ts';
import { ScriptedInflux } from '../support/scripted-influx.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const folder = tempFolder();
const silent = pino({ level: 'silent' });

const power = (atMs: number, watts: number) =>
  `power,adapter=a,kind=light,plug=key-light,studio=s watts=${watts},relay=1 ${atMs}`;
const energy = (atMs: number, wh: number) =>
  `energy,kind=light,plug=key-light,studio=s wh=${wh},coverage=1,grams=${wh / 2},provider="x" ${atMs}`;

describe('what is late', () => {
  const nowMs = Date.UTC(2026, 10, 24, 12);

  test('is power of more than 20 minutes ago, and energy of more than two days ago', () => {
    const onTime = [power(nowMs - 19 * MINUTE_MS, 1), energy(nowMs - 47 * 3_600_000, 1), `session x=1 ${0}`, 'rubbish'];
    expect(oldestLate(onTime, nowMs)).toBeNull();
    expect(oldestLate([...onTime, power(nowMs - 21 * MINUTE_MS, 1)], nowMs)).toBe(nowMs - 21 * MINUTE_MS);
    expect(oldestLate([energy(nowMs - 3 * DAY_MS, 1), ...onTime], nowMs)).toBe(nowMs - 3 * DAY_MS);
  });

  test.each([
    ['2026-03-29T10:00:00Z', 23],
    ['2026-10-25T10:00:00Z', 25],
    ['2026-07-01T10:00:00Z', 24],
  ])('is summed up over the whole local day: %s has %i hours', (time, hours) => {
    const day = SUMMARIES.find(({ every }) => every === '1d');
    if (!day) throw new Error('no summary of days');
    const atMs = Date.parse(time);
    const { fromMs, toMs } = wholeWindows(day, atMs, atMs + 1, 'Europe/Paris');
    expect(fromMs).toBe(localMidnight(atMs, 'Europe/Paris'));
    expect(toMs - fromMs).toBe(hours * 3_600_000);
  });
});

describe.skipIf(noInfluxd)('against a real InfluxDB 1.x', () => {
  let server: Influxd;
  let journal: SqliteJournal;
  let sink: InfluxSink;
  let settings: Influx1;

  beforeAll(async () => {
    server = await Influxd.in(join(folder, 'influxd'), { continuousQueries: true });
    await server.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    journal = new SqliteJournal(join(folder, randomUUID(), 'journal.db'), { clock: systemClock });
    await journal.open();
    const database = `studio-${randomUUID()}`;
    settings = {
      flavour: 1,
      url: server.url,
      database,
      retention: 'INF',
      gzip: true,
      studio: 's',
      timeZone: 'Europe/Paris',
    };
    sink = new InfluxSink(settings, { journal, clock: systemClock, random: () => 0, log: silent });
  });
  afterEach(async () => {
    await sink.stop();
    await journal.close();
  });

  const summary = (name: string) =>
    query(settings, `SELECT * FROM "${settings.database}"."offair_summary"."${name}"`).then((rows) =>
      rows.map(({ time, ...row }): Record<string, unknown> => ({ atMs: (time as Date).getTime(), ...row })),
    );

  test('the database takes the summaries as its own, also a second time and after a change', async () => {
    await sink.start();
    await until('ready', () => sink.status().state === 'ok');
    await sink.stop();
    settings.timeZone = 'America/Montreal';
    sink = new InfluxSink(settings, { journal, clock: systemClock, random: () => 0, log: silent });
    await sink.start();
    await until('ready again', () => sink.status().state === 'ok');
    const rows = await query(settings, 'SHOW CONTINUOUS QUERIES');
    const ours = rows.filter(({ query: text }) => String(text).includes(settings.database));
    expect(ours.map(({ name }) => name)).toEqual(['offair_power_1m', 'offair_power_15m', 'offair_energy_1d_s']);
    expect(ours[2]?.query).toContain("TZ('America/Montreal')");
  });

  test('points that come after an outage are in the summaries all the same, each window once and whole', async () => {
    const nowMs = systemClock.nowMs();
    const startMs = localMidnight(nowMs - 5 * DAY_MS, 'Europe/Paris') + 11 * 3_600_000;
    const seconds = Array.from({ length: 2 * 3600 }, (_, n) => n);
    await journal.write(
      batchOf({
        lines: [
          ...seconds.map((second) => power(startMs + second * 1000, second < 3600 ? 100 : 40)),
          ...Array.from({ length: 96 }, (_, n) => energy(startMs - 11 * 3_600_000 + n * 900_000, 4)),
        ],
      }),
    );
    await sink.start();
    await until('nothing is late any more', async () => (await journal.state('influx-late-from')) === null);
    const tags = { adapter: 'a', kind: 'light', plug: 'key-light', studio: 's' };
    const minutes = await summary('power_1m');
    expect(minutes).toHaveLength(120);
    expect(minutes[0]).toEqual({ atMs: startMs, watts: 100, max_watts: 100, readings: 60, ...tags });
    const quarters = await summary('power_15m');
    expect(quarters.map(({ watts }) => watts)).toEqual([100, 100, 100, 100, 40, 40, 40, 40]);
    expect(quarters.every(({ readings }) => readings === 900)).toBe(true);
    const [day, ...others] = await summary('energy_1d');
    expect(others).toEqual([]);
    expect(day).toMatchObject({ wh: 384, grams: 192, coverage: 1, plug: 'key-light' });
    expect(day?.atMs).toBe(localMidnight(startMs, 'Europe/Paris'));
  });

  test('points on time are summed up by the database itself', async () => {
    const minuteMs = Math.floor(systemClock.nowMs() / MINUTE_MS) * MINUTE_MS - 5 * MINUTE_MS;
    await journal.write(batchOf({ lines: [power(minuteMs, 10), power(minuteMs + 1000, 30)] }));
    await sink.start();
    await until('delivered', async () => (await journal.pendingLines()) === 0);
    expect(await journal.state('influx-late-from')).toBeUndefined();
    // The very statement of the continuous query, oftener than once a minute.
    const [own] = (await query(settings, 'SHOW CONTINUOUS QUERIES')).filter(
      ({ name, query: text }) => name === 'offair_power_1m' && String(text).includes(settings.database),
    );
    await query(settings, `DROP CONTINUOUS QUERY offair_power_1m ON "${settings.database}"`);
    await query(settings, String(own?.query).replace('EVERY 1m', 'EVERY 1s'));
    await until('the summary', async () => (await summary('power_1m')).length > 0);
    expect(await summary('power_1m')).toMatchObject([{ atMs: minuteMs, watts: 20, max_watts: 30, readings: 2 }]);
  });
});

describe('when the server is scripted', () => {
  test('what is late is remembered over a restart, and made in pieces of an hour', async () => {
    const clock = new FakeClock();
    const server = await ScriptedInflux.start();
    const journal = new SqliteJournal(join(folder, randomUUID(), 'journal.db'), { clock });
    await journal.open();
    const makeSink = () => new InfluxSink(server.settings(1), { journal, clock, random: () => 0, log: silent });
    const statements = () =>
      server.admin
        .map(({ body }) => new URLSearchParams(body).get('q') ?? '')
        .filter((text) => text.startsWith('SELECT') && text.includes('power_1m'));
    server.adminAnswer = ({ body }) =>
      body.includes('q=SELECT') ? 'reset' : { status: 200, body: '{"results":[{"statement_id":0}]}' };
    let sink = makeSink();
    await journal.write(batchOf({ lines: [power(clock.nowMs() - 150 * MINUTE_MS, 1)] }));
    await sink.start();
    await until('the summary was tried', () => statements().length === 1);
    await sink.stop();

    server.admin = [];
    server.adminAnswer = () => ({ status: 200, body: '{"results":[{"statement_id":0}]}' });
    sink = makeSink();
    await sink.start();
    await until('nothing is late any more', async () => (await journal.state('influx-late-from')) === null);
    expect(statements().map((text) => /WHERE (.*) GROUP/.exec(text)?.[1])).toEqual(
      [
        [150, 90],
        [90, 30],
        [30, 0],
      ].map(([from = 0, to = 0]) => {
        const [fromMs, toMs] = [clock.nowMs() - from * MINUTE_MS, clock.nowMs() - to * MINUTE_MS];
        return `"studio" = 's' AND time >= ${fromMs}ms AND time < ${toMs}ms`;
      }),
    );
    await sink.stop();
    await journal.close();
    server.stop();
  });
});
