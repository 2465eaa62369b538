import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createSetUp } from '../../adapters/influx/flavours.ts';
import type { Influx1 } from '../../adapters/influx/index.ts';
import { dashboardFiles } from '../../config/grafana/make/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { influxRows } from '../faults/influx-query.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { demoPoints, OTHER, PLUGS, STUDIO } from './demo-points.ts';

const GRAFANA = new URL('../../config/grafana/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, GRAFANA), 'utf8');
const files = dashboardFiles();

interface Target {
  refId: string;
  datasource: { uid: string };
  query?: string;
  rawSql?: string;
}
interface Dashboard {
  uid: string;
  id: null;
  title: string;
  time: { from: string };
  templating: { list: { name: string; type: string; query: string }[] };
  annotations: { list?: { name: string; target: Target }[] };
  panels: { id: number; title: string; datasource: { uid: string }; targets: Target[]; gridPos: object }[];
}
const dashboards = [...files].map(([path, json]) => ({ path, json, board: JSON.parse(json) as Dashboard }));

describe('the dashboards', () => {
  test('are committed as they are generated: npm run dashboards', () => {
    const committed = readdirSync(new URL('dashboards', GRAFANA), { recursive: true, encoding: 'utf8' });
    expect(committed.filter((path) => path.endsWith('.json')).sort()).toEqual([...files.keys()].sort());
    for (const [path, json] of files) expect(read(`dashboards/${path}`), path).toBe(json);
  });

  test('have the same seven uids in both languages of people and of the database, and one data source that is provisioned', () => {
    const uids = [
      'offair-carbon',
      'offair-fleet',
      'offair-health',
      'offair-now',
      'offair-plugs',
      'offair-sessions',
      'offair-standby',
    ];
    const folders = Map.groupBy(dashboards, ({ path }) => path.split('/').slice(0, 2).join('/'));
    expect([...folders.keys()].sort()).toEqual(['influxql/en', 'influxql/fr', 'sql/en', 'sql/fr']);
    for (const [folder, boards] of folders) expect(boards.map(({ board }) => board.uid).sort(), folder).toEqual(uids);

    for (const folder of ['provisioning/datasources', 'datasources'])
      for (const file of readdirSync(new URL(folder, GRAFANA))) {
        const { datasources } = parse(read(`${folder}/${file}`)) as { datasources: { uid: string }[] };
        expect(
          datasources.map(({ uid }) => uid),
          file,
        ).toEqual(['offair-influxdb']);
      }
    for (const { path, json } of dashboards)
      for (const [, uid] of json.matchAll(/"datasource": \{\s+"type": "influxdb",\s+"uid": "([^"]*)"/g))
        expect(uid, path).toBe('offair-influxdb');
  });

  test('are made for provisioning, not for import', () => {
    for (const { path, json, board } of dashboards) {
      expect(json, path).not.toMatch(/__inputs|__requires|\$\{DS_/);
      expect(board.id, path).toBeNull();
      const ids = board.panels.map(({ id }) => id);
      expect(new Set(ids).size, path).toBe(ids.length);
      for (const panel of board.panels) expect(panel.targets.length, `${path}: ${panel.title}`).toBeGreaterThan(0);
    }
  });

  test('are found by Grafana of docker-compose.yml, in either language', () => {
    const compose = parse(read('../../docker-compose.yml')) as { services: { grafana: { volumes: string[] } } };
    const { providers } = parse(read('provisioning/dashboards/offair.yaml')) as {
      providers: { options: { path: string } }[];
    };
    const mounts = compose.services.grafana.volumes.map((volume) => volume.split(/:(?=\/|ro$)/));
    const [source] = mounts.find(([, target]) => target === providers[0]?.options.path) ?? [];
    expect(source).toBe(`./config/grafana/dashboards/influxql/\${OFFAIR_LANGUAGE:-en}`);
  });

  test('leave the roof out of what the studio takes', () => {
    for (const { path, board } of dashboards)
      for (const { title, targets } of board.panels)
        for (const { query, rawSql } of targets) {
          const text = query ?? rawSql ?? '';
          const sums = /FROM "?(power|energy)"?\b/.test(text) && !/relay/.test(text);
          if (sums) expect(text, `${path}: ${title}`).toMatch(/"kind" != 'solar'|kind <> 'solar'/);
        }
  });

  test('ask only for what offair writes, by macros that the data source has', () => {
    const written = new Set(demoPoints(1_800_000_000_000).map((line) => /^\w+/.exec(line)?.[0]));
    for (const { path, board } of dashboards) {
      const variables = board.templating.list.flatMap(({ type, query }) => (type === 'query' ? [query] : []));
      const panels = [
        ...board.panels.flatMap(({ targets }) => targets),
        ...(board.annotations.list ?? []).map(({ target }) => target),
      ];
      for (const text of [...variables, ...panels.map(({ query, rawSql }) => query ?? rawSql ?? '')]) {
        // Without a retention policy: InfluxDB 2.x knows a bucket by its name alone.
        for (const [, measurement = ''] of text.matchAll(/\bFROM (?!\()"?(\w+)"?(?![."])/g))
          expect(written, `${path}: ${text}`).toContain(measurement);
        expect(text, path).not.toMatch(/FROM "\w+"\./);
        const macros = path.startsWith('sql')
          ? /\$\{(studio|plug|session):sqlstring\}|\$__(timeFilter|dateBin)\(time\)|\$__time(From|To)\b/g
          : /\$\{(studio|plug|session):regex\}|\$\{timezone\}|\$timeFilter|\$__interval/g;
        expect(text.replaceAll(macros, ''), path).not.toMatch(/\$[_{\w]/);
      }
    }
  });

  test('speak French in French: no title is the same sentence as in English', () => {
    const alike = new Set(['Phases', 'Phase', 'Sessions']);
    for (const { path, board } of dashboards.filter(({ path }) => path.includes('/fr/'))) {
      const english = dashboards.find((other) => other.path === path.replace('/fr/', '/en/'))?.board;
      board.panels.forEach(({ title }, index) => {
        if (!alike.has(title)) expect(title, path).not.toBe(english?.panels[index]?.title);
      });
    }
  });
});

describe.skipIf(noInfluxd)('each query, macros filled in, finds what a studio wrote into a real InfluxDB 1.x', () => {
  const folder = tempFolder();
  const database = 'offair';
  let server: Influxd;
  let nowMs: number;

  beforeAll(async () => {
    server = await Influxd.in(join(folder, 'influxd'));
    await server.start();
    const { url } = server;
    const settings: Influx1 = {
      flavour: 1,
      url,
      database,
      retention: 'INF',
      gzip: false,
      studio: 's',
      timeZone: 'Europe/Paris',
    };
    const setUp = createSetUp(settings, systemClock);
    await setUp.prepare();
    setUp.close();
    nowMs = systemClock.nowMs();
    const body = [...demoPoints(nowMs), ...demoPoints(nowMs, OTHER)].join('\n');
    const answer = await fetch(`${url}/write?db=${database}&precision=ms`, { method: 'POST', body });
    expect(answer.status, await answer.text()).toBe(204);
  });
  afterAll(() => server.stop());

  /** As Grafana fills them in: all of a variable is `.*`, and one is its value; a board of one studio always has one. */
  const filled = (text: string, from: string, chosen: Record<string, string> = { studio: STUDIO }) => {
    const [, count = '', unit = ''] = /^now-(\d+)([hd])$/.exec(from) ?? [];
    const fromMs = nowMs - Number(count) * (unit === 'd' ? 24 : 1) * 3_600_000;
    return text
      .replaceAll(/\$\{(studio|plug|session):regex\}/g, (_, name: string) => chosen[name] ?? '.*')
      .replaceAll(/\$\{timezone\}/g, 'Europe/Paris')
      .replaceAll('$timeFilter', `time >= ${fromMs}ms and time <= ${nowMs}ms`)
      .replaceAll('$__interval', '15m');
  };
  const rows = async (text: string) => {
    expect(text).not.toMatch(/\$[_{\w]/);
    return influxRows(server.url, database, text);
  };

  const boards = dashboards.filter(({ path }) => path.startsWith('influxql/en/'));
  test.each(boards.map(({ board }) => [board.uid, board] as const))('%s', async (_uid, board) => {
    const one = { studio: STUDIO, plug: 'key-light', session: '2026-11-24-1' };
    for (const { title, targets } of board.panels)
      for (const { query = '' } of targets) {
        expect((await rows(filled(query, board.time.from))).length, `${title}: ${query}`).toBeGreaterThan(0);
        expect((await rows(filled(query, board.time.from, one))).length, `${title}: one of each`).toBeGreaterThan(0);
      }
    for (const { name, target } of board.annotations.list ?? [])
      expect((await rows(filled(target.query ?? '', board.time.from))).length, name).toBeGreaterThan(0);
    for (const { name, type, query } of board.templating.list) {
      if (type !== 'query') continue;
      const values = (await rows(filled(query, board.time.from))).map((row) => Object.values(row).at(-1));
      const expected = { studio: [STUDIO, OTHER], plug: PLUGS.map(({ plug }) => plug), session: ['2026-11-24-1'] }[
        name
      ];
      expect(values.sort(), name).toEqual(expected?.toSorted());
    }
  });

  test('the board of all studios tells each apart, and sums them up', async () => {
    const board = boards.find(({ board }) => board.uid === 'offair-fleet')?.board;
    const found = (title: string, studio = '.*') => {
      const query = board?.panels.find((one) => one.title === title)?.targets[0]?.query ?? '';
      return rows(filled(query, board?.time.from ?? '', { studio }));
    };
    expect((await found('Studios heard in the last 3 minutes')).at(-1)?.count).toBe(2);
    expect((await found('Of them on air')).at(-1)?.sum).toBe(2);
    expect((await found('Power of all')).at(-1)?.sum).toBe(660);
    expect((await found('Power of all', OTHER)).at(-1)?.sum).toBe(330);
    const studios = await found('Studios, as each said last');
    expect(studios.map(({ studio, phase, watts }) => ({ studio, phase, watts })).reverse()).toEqual(
      [STUDIO, OTHER].map((studio) => ({ studio, phase: 'live', watts: 330 })),
    );
  });

  test('sums are those of the plugs, without the roof', async () => {
    const panel = (uid: string, title: string) => {
      const board = boards.find((one) => one.board.uid === uid)?.board;
      const found = board?.panels.find((one) => one.title === title);
      return filled(found?.targets[0]?.query ?? '', board?.time.from ?? '');
    };
    const power = await rows(panel('offair-now', 'Power'));
    expect(power.at(-1)?.sum).toBe(330);
    const grams = await rows(panel('offair-now', 'CO₂e per hour, last full quarter hour'));
    expect(grams.at(-1)?.sum).toBeCloseTo(330 * 0.03, 6);
    const [standby] = await rows(panel('offair-standby', 'Between lives'));
    const [live] = await rows(panel('offair-standby', 'During sessions'));
    expect(Number(standby?.sum) / Number(standby?.sum_sum ?? standby?.sum)).toBe(1);
    expect(live).toBeDefined();
  });
});
