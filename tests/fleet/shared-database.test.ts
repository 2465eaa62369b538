import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSetUp } from '../../adapters/influx/flavours.ts';
import { type Influx1, query } from '../../adapters/influx/index.ts';
import { healthLine } from '../../adapters/influx/line-protocol.ts';
import type { Influx2 } from '../../adapters/influx/settings.ts';
import { systemClock } from '../../daemon/clock.ts';
import { localMidnight } from '../../model/local-day.ts';
import { HEALTH } from '../support/health.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { ScriptedInflux } from '../support/scripted-influx.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();

describe.skipIf(noInfluxd)('two studios in one database of a real InfluxDB 1.x', () => {
  let server: Influxd;
  let database: string;

  beforeAll(async () => {
    server = await Influxd.in(join(folder, 'influxd'));
    await server.start();
  });
  afterAll(() => server.stop());

  const studioOf = (studio: string, more: Partial<Influx1> = {}): Influx1 => ({
    ...{ flavour: 1, url: server.url, database, retention: '52w', gzip: false, studio, timeZone: 'Europe/Paris' },
    ...more,
  });
  const prepared = async (settings: Influx1) => {
    const setUp = createSetUp(settings, systemClock);
    try {
      return await setUp.prepare();
    } finally {
      setUp.close();
    }
  };
  const write = async (lines: readonly (string | null)[]) => {
    const body = lines.filter(Boolean).join('\n');
    const answer = await fetch(`${server.url}/write?db=${database}&precision=ms`, { method: 'POST', body });
    expect(answer.status, await answer.text()).toBe(204);
  };
  const retention = async () => {
    const rows = await query(studioOf('paris'), `SHOW RETENTION POLICIES ON "${database}"`);
    return rows.find(({ name }) => name === 'offair')?.duration;
  };
  const said = (studio: string) => healthLine(HEALTH, studio, systemClock.nowMs());

  test('one that keeps points for less time takes nothing from the other; longer, or alone, it may', async () => {
    database = `shared-${randomUUID()}`;
    await prepared(studioOf('paris'));
    await write([said('paris')]);
    expect(await prepared(studioOf('paris', { retention: '26w' }))).toMatchObject({ keptFor: [] });
    expect(await retention()).toBe('4368h0m0s');

    await write([said('montreal')]);
    expect(await prepared(studioOf('paris', { retention: '4w' }))).toEqual({
      ...{ database: null, summaries: null },
      keptFor: ['montreal'],
    });
    expect(await retention()).toBe('4368h0m0s');
    expect(await prepared(studioOf('montreal', { retention: 'INF' }))).toMatchObject({ keptFor: [] });
    expect(await retention()).toBe('0s');
    expect(await prepared(studioOf('paris', { retention: '4w' }))).toMatchObject({ keptFor: ['montreal'] });
    expect(await retention()).toBe('0s');
  });

  test('each has its own days, and makes its own late summaries anew, not those of the other', async () => {
    database = `shared-${randomUUID()}`;
    const studios = [studioOf('paris'), studioOf('montreal', { timeZone: 'America/Montreal' })];
    for (const settings of [...studios, ...studios]) await prepared(settings);
    const queries = await query(studioOf('paris'), 'SHOW CONTINUOUS QUERIES');
    expect(queries.filter(({ query: text }) => String(text).includes(database)).map(({ name }) => name)).toEqual([
      ...['offair_power_1m', 'offair_power_15m', 'offair_energy_1d_paris', 'offair_energy_1d_montreal'],
    ]);

    const noonMs = localMidnight(systemClock.nowMs() - 3 * 86_400_000, 'Europe/Paris') + 12 * 3_600_000;
    const quarters = Array.from({ length: 96 }, (_, n) => noonMs + n * 900_000);
    await write(
      studios.flatMap(({ studio }) =>
        quarters.map((atMs) => `energy,kind=light,plug=key-light,studio=${studio} wh=1,coverage=1 ${atMs}`),
      ),
    );
    const days = async () => {
      const rows = await query(studioOf('paris'), `SELECT * FROM "${database}"."offair_summary"."energy_1d"`);
      return rows.map(({ studio, time, wh }) => ({ studio, atMs: (time as Date).getTime(), wh }));
    };
    const [paris, montreal] = studios.map((settings) => createSetUp(settings, systemClock));
    await paris?.summarise(noonMs, noonMs + 86_400_000);
    const midnights = (timeZone: string) => {
      const first = localMidnight(noonMs, timeZone);
      return [first, localMidnight(first + 26 * 3_600_000, timeZone)];
    };
    const parisian = midnights('Europe/Paris').map((atMs) => ({ studio: 'paris', atMs }));
    expect(await days()).toMatchObject(parisian);
    await montreal?.summarise(noonMs, noonMs + 86_400_000);
    const quebecois = midnights('America/Montreal').map((atMs) => ({ studio: 'montreal', atMs }));
    const all = await days();
    expect(all).toHaveLength(4);
    expect(all).toEqual(expect.arrayContaining([...parisian, ...quebecois].map((day) => expect.objectContaining(day))));
    for (const { studio } of studios)
      expect(all.filter((day) => day.studio === studio).reduce((sum, { wh }) => sum + Number(wh), 0)).toBe(96);
    paris?.close();
    montreal?.close();
  });
});

test('a bucket of InfluxDB 2 stays as long as others of it keep their points', async () => {
  const server = await ScriptedInflux.start();
  const settings = server.settings(2, { retention: '4w' }) as Influx2;
  const setUp = createSetUp(settings, systemClock);
  let studios = ['s', 'montreal'];
  server.adminAnswer = ({ method, path, body }) => {
    if (path === '/api/v2/query') {
      expect(JSON.parse(body).query).toContain('schema.tagValues(bucket: "offair", tag: "studio")');
      const rows = studios.map((studio) => `,_result,0,${studio}\r\n`).join('');
      return { status: 200, body: `,result,table,_value\r\n${rows}\r\n` };
    }
    const buckets = [{ id: 'b1', retentionRules: [{ type: 'expire', everySeconds: 31_449_600 }] }];
    return { status: 200, body: method === 'GET' && path.endsWith('buckets') ? JSON.stringify({ buckets }) : '{}' };
  };
  const changes = () => server.admin.filter(({ body }) => body.includes('2419200'));
  expect((await setUp.prepare()).keptFor).toEqual(['montreal']);
  expect(changes()).toEqual([]);
  studios = ['s'];
  expect((await setUp.prepare()).keptFor).toEqual([]);
  expect(changes()).toHaveLength(1);
  setUp.close();
  server.stop();
});
