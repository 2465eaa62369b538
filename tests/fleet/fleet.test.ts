import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readFleet, type StudioSeen } from '../../adapters/influx/fleet/index.ts';
import type { InfluxSettings } from '../../adapters/influx/index.ts';
import { energyLine, healthLine } from '../../adapters/influx/line-protocol.ts';
import { systemClock } from '../../daemon/clock.ts';
import { inWords } from '../../daemon/fleet-command.ts';
import { QUARTER_HOUR_MS, quarterHourStart } from '../../model/energy.ts';
import { HEALTH } from '../support/health.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { offair } from '../support/offair.ts';
import { ScriptedInflux } from '../support/scripted-influx.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { noVictoriaMetrics, VictoriaMetrics } from '../support/victoria-metrics.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const folder = tempFolder();
const nowMs = systemClock.nowMs();

/**
 * Paris is on air and has a roof; half of Lyon's energy has no price, and two daemons call themselves Lyon; Brest has
 * been silent for two hours, since it did not know whether a live ran; Nice has written for the last time two months ago.
 */
function lines(): string[] {
  const origins = [{ provider: 'rte-odre', factorType: 'lifecycle' as const, status: 'measured' as const, wh: 1 }];
  const energy = (studio: string, kind: 'light' | 'solar', ago: number, grams: number | null) =>
    energyLine({ plug: kind, kind, studio }, quarterHourStart(nowMs) - ago * QUARTER_HOUR_MS, {
      ...{ wh: 100, grams: grams ?? 0, coverage: 1, unpricedWh: grams === null ? 100 : 0, origins },
    });
  return [
    ...[5, 4, 3, 2, 1].map((ago) =>
      healthLine({ ...HEALTH, uptimeSeconds: 6000 - ago * 60 }, 'paris', nowMs - ago * MINUTE_MS + 30_000),
    ),
    ...[5, 4, 3, 2, 1].map((ago) =>
      healthLine(
        {
          ...{ ...HEALTH, phase: 'standby', onAir: false, dryRun: true, problems: 0, watts: 20 },
          uptimeSeconds: ago % 2 === 0 ? 900_000 : 60,
        },
        'lyon',
        nowMs - ago * MINUTE_MS + 30_000,
      ),
    ),
    healthLine({ ...HEALTH, watts: 10 }, 'brest', nowMs - 130 * MINUTE_MS),
    healthLine({ ...HEALTH, phase: 'unknown', onAir: null, watts: null }, 'brest', nowMs - 120 * MINUTE_MS),
    healthLine(HEALTH, 'nice', nowMs - 60 * DAY_MS),
    ...[1, 2, 95].map((ago) => energy('paris', 'light', ago, 4)),
    energy('paris', 'light', 97, 4),
    energy('paris', 'solar', 1, 4),
    energy('lyon', 'light', 1, 4),
    energy('lyon', 'light', 2, null),
  ].filter((line) => line !== null);
}
const REST = { plugs: 8, plugsOnline: 7, alarms: 0, pendingPoints: 3 };
const ALL: (Partial<StudioSeen> & { studio: string })[] = [
  {
    ...{ studio: 'brest', lastAtMs: nowMs - 120 * MINUTE_MS, phase: 'unknown', onAir: null, watts: null, problems: 1 },
    ...{ ...REST, version: '1.2.3', dryRun: false, uptimeSeconds: 60, twice: false, day: null },
  },
  {
    ...{ studio: 'lyon', lastAtMs: nowMs - 30_000, phase: 'standby', onAir: false, watts: 20, problems: 0 },
    ...{ ...REST, version: '1.2.3', dryRun: true, uptimeSeconds: 60, twice: true },
    day: { wh: 200, grams: 4, priced: false },
  },
  {
    ...{ studio: 'paris', lastAtMs: nowMs - 30_000, phase: 'live', onAir: true, watts: 330, problems: 1 },
    ...{ ...REST, version: '1.2.3', dryRun: false, uptimeSeconds: 5940, twice: false },
    day: { wh: 300, grams: 12, priced: true },
  },
];
const read = (settings: InfluxSettings, days = 30) =>
  readFleet({ settings, clock: systemClock }, nowMs - days * DAY_MS, nowMs);
const common = (url: string) => ({
  ...{ url, retention: 'INF', gzip: false, studio: 'paris', timeZone: 'Europe/Paris' },
  database: 'fleet',
});
const configOf = (url: string) => {
  const file = join(folder, 'studio.yaml');
  writeFileSync(
    file,
    `studio: { id: paris, name: Paris }\ninflux: { url: '${url}', database: fleet }\nplugs: [{ id: p, name: P, adapter: tapo, host: 127.0.0.1 }]\n`,
  );
  return file;
};

describe.skipIf(noInfluxd)('in a real InfluxDB 1.x', () => {
  let server: Influxd;
  beforeAll(async () => {
    server = await Influxd.in(join(folder, 'influxd'));
    await server.start();
    await fetch(`${server.url}/query`, { method: 'POST', body: new URLSearchParams({ q: 'CREATE DATABASE fleet' }) });
    const url = `${server.url}/write?db=fleet&precision=ms`;
    const answer = await fetch(url, { method: 'POST', body: lines().join('\n') });
    expect(answer.status, await answer.text()).toBe(204);
  });
  afterAll(() => server.stop());

  test('each studio is as it said last, with the energy of 24 hours', async () => {
    expect(await read({ flavour: 1, ...common(server.url) })).toEqual(ALL);
    expect((await read({ flavour: 1, ...common(server.url) }, 90)).map(({ studio }) => studio)).toContain('nice');
  });

  test('offair fleet tells it to people and to programs', async () => {
    const file = configOf(server.url);
    const { code, stdout, stderr } = await offair(['fleet', '--config', file]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const [, ...rows] = stdout.split('\n').map((row) => row.replaceAll(/ {2,}/g, ' | '));
    expect(rows[0]).toBe(
      'brest | silent for 2 h | ? | 7/8 | ? | ? | 3 | 1.2.3 | not known whether a live runs, 1 problem',
    );
    expect(rows[1]).toMatch(
      /^lyon \| standby \| 20 W \| 7\/8 \| 200 Wh \| >= 4 g \| 3 \| 1.2.3 \| TWO DAEMONS .*, dry run$/,
    );
    expect(rows[2]).toBe('paris | ON AIR | 330 W | 7/8 | 300 Wh | 12 g | 3 | 1.2.3 | 1 problem');
    expect(rows[4]).toBe('3 studios: 2 heard, 1 on air, 1 silent; 350 W now; 500 Wh and >= 16 g in the last 24 hours');
    const json = JSON.parse((await offair(['fleet', '--config', file, '--json', '--days', '1'])).stdout);
    expect(json[2]).toMatchObject({ studio: 'paris', lastAt: new Date(nowMs - 30_000).toISOString(), watts: 330 });
  });

  test('the alert of Grafana for a silent studio is of each by itself', async () => {
    const file = new URL('../../config/grafana/provisioning/alerting/offair.yaml', import.meta.url);
    const { groups } = parse(readFileSync(file, 'utf8')) as {
      groups: { rules: { uid: string; data: { model: { query?: string } }[] }[] }[];
    };
    const rule = groups[0]?.rules.find(({ uid }) => uid === 'offair-silent');
    const q = rule?.data[0]?.model.query?.replace('$timeFilter', `time >= ${nowMs - DAY_MS}ms AND time < ${nowMs}ms`);
    const answer = await fetch(`${server.url}/query?${new URLSearchParams({ db: 'fleet', q: q ?? '' })}`);
    const { results } = (await answer.json()) as {
      results: { series: { tags: { studio: string }; values: [string, number][] }[] }[];
    };
    const counts = new Map(
      results[0]?.series.map(({ tags, values }) => [tags.studio, values.map(([, count]) => count)]),
    );
    expect(counts.get('brest')?.at(-1)).toBe(0);
    expect(Math.max(...(counts.get('paris')?.slice(-2) ?? []))).toBeGreaterThan(0);
    expect(counts.has('nice')).toBe(false);
  });

  test('a database that is not there, or that nobody wrote into, is told', async () => {
    await expect(read({ flavour: 1, ...common(server.url), database: 'other' })).rejects.toThrow('database not found');
    expect(inWords([], nowMs)).toBe(
      'no studio has written into this database in that time; a daemon does so once a minute',
    );
    const { code, stderr } = await offair(['fleet', '--config', configOf('http://127.0.0.1:1')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^http:\/\/127.0.0.1:1 can't be read: .*ECONNREFUSED/);
  });
});

describe.skipIf(noVictoriaMetrics)('in a real VictoriaMetrics', () => {
  let server: VictoriaMetrics;
  beforeAll(async () => {
    server = await VictoriaMetrics.start(join(folder, 'victoria'));
  });
  afterAll(() => server.stop());

  /** It has no texts. */
  const numbers = ALL.map((studio) => ({ ...studio, phase: null, version: null }));
  test.each<[string, (url: string) => InfluxSettings, string]>([
    ['InfluxDB 1', (url) => ({ flavour: 1, ...common(url) }), '/write?db=fleet&precision=ms'],
    [
      'InfluxDB 2',
      (url) => ({ flavour: 2, ...common(url), org: 'o', bucket: 'fleet' }),
      '/api/v2/write?org=o&bucket=fleet&precision=ms',
    ],
  ])('written as %s, the numbers are the same', async (_name, settings, path) => {
    const { status } = await fetch(server.url + path, { method: 'POST', body: lines().join('\n') });
    expect(status).toBe(204);
    await fetch(`${server.url}/internal/force_flush`);
    expect(await read(settings(server.url))).toEqual(numbers);
  });
});

describe('asked as it wants to be', () => {
  test('InfluxDB 2 by its 1.x API, with the token', async () => {
    const server = await ScriptedInflux.start();
    server.adminAnswer = ({ path, parameters }) => {
      if (path !== '/query') return { status: 200, body: '<html>the page of InfluxDB 2</html>' };
      const columns = ['time', 'watts', 'phase'];
      const values = [[nowMs, 330, 'live']];
      const series = parameters.q?.includes('ORDER BY')
        ? [{ name: 'health', tags: { studio: 'a' }, columns, values }]
        : [];
      return { status: 200, body: JSON.stringify({ results: [{ statement_id: 0, series }] }) };
    };
    const found = await read(server.settings(2));
    expect(found).toMatchObject([{ studio: 'a', lastAtMs: nowMs, watts: 330, phase: 'live', plugs: null, day: null }]);
    const asked = server.admin.filter(({ path }) => path === '/query');
    expect(asked).toHaveLength(3);
    for (const { parameters, headers } of asked) {
      expect(parameters).toMatchObject({ db: 'offair', epoch: 'ms' });
      expect(headers.authorization).toBe('Token token-secret');
    }
    server.stop();
  });

  test('InfluxDB 3 by SQL, where the last word on each quarter hour counts', async () => {
    const server = await ScriptedInflux.start();
    server.adminAnswer = ({ body }) => {
      const { q } = JSON.parse(body) as { q: string };
      const time = new Date(nowMs).toISOString().replace('Z', '');
      const health = [{ studio: 'a', time, watts: 330, phase: 'live', on_air: 1, place: 1 }];
      const energy = [{ studio: 'a', wh: 12, grams: null, slices: 4, priced: 0 }];
      const rows = q.includes('FROM energy') ? energy : q.includes('place') ? health : [];
      return { status: 200, body: JSON.stringify(rows) };
    };
    expect(await read(server.settings(3))).toMatchObject([
      { studio: 'a', lastAtMs: nowMs, onAir: true, day: { wh: 12, grams: null, priced: false } },
    ]);
    for (const { path, body, headers } of server.admin) {
      expect(path).toBe('/api/v3/query_sql');
      expect(JSON.parse(body)).toMatchObject({ db: 'offair', format: 'json' });
      expect(headers.authorization).toBe('Bearer token-secret');
    }
    expect(server.admin.some(({ body }) => body.includes('last_value(wh ORDER BY time)'))).toBe(true);
    server.stop();
  });

  test('who may write but not read is told so', async () => {
    const server = await ScriptedInflux.start();
    server.adminAnswer = () => ({ status: 403, error: 'not authorized to read' });
    for (const flavour of [1, 2, 3] as const)
      await expect(read(server.settings(flavour))).rejects.toThrow('403 not authorized to read');
    server.stop();
  });
});
