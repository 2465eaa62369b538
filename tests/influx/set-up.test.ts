import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSetUp, instructions } from '../../adapters/influx/flavours.ts';
import { InfluxRefused, type SetUp } from '../../adapters/influx/set-up.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Answer, ScriptedInflux, type Seen } from '../support/scripted-influx.ts';

let server: ScriptedInflux;
let setUp: SetUp;
beforeEach(async () => {
  server = await ScriptedInflux.start();
});
afterEach(() => {
  setUp.close();
  server.stop();
});

const asked = () => server.admin.map(({ method, path }) => `${method} ${path}`);
const bodyOf = (seen: Seen | undefined) => JSON.parse(seen?.body ?? 'null');

describe('InfluxDB 2', () => {
  /** A server that has these, and takes what is made. */
  function having(had: { buckets?: object[]; tasks?: object[] }): (seen: Seen) => Answer {
    return ({ method, path }) => {
      const what = path.split('/').at(-1) ?? '';
      const all: Record<string, object[]> = { buckets: [], tasks: [], orgs: [{ id: 'o1' }], ...had };
      if (method === 'GET') return { status: 200, body: JSON.stringify({ [what]: all[what] }) };
      return { status: method === 'POST' ? 201 : 200, body: '{}' };
    };
  }

  beforeEach(() => {
    setUp = createSetUp(server.settings(2, { retention: '52w' }), new FakeClock());
  });

  test('makes a bucket with the retention, one for ever, and a task for each summary', async () => {
    server.adminAnswer = having({});
    expect(await setUp.prepare()).toMatchObject({ database: null, summaries: null });
    const made = server.admin.filter(({ method }) => method === 'POST');
    expect(made.slice(0, 2).map(bodyOf)).toEqual([
      { orgID: 'o1', name: 'offair', retentionRules: [{ type: 'expire', everySeconds: 31_449_600 }] },
      { orgID: 'o1', name: 'offair_summary', retentionRules: [] },
    ]);
    const tasks = made.slice(2).map(bodyOf);
    expect(tasks.map(({ org, status }) => ({ org, status }))).toEqual(
      Array(3).fill({ org: 'studio', status: 'active' }),
    );
    expect(tasks[2].flux).toMatchInlineSnapshot(`
      "import "date"
      import "timezone"

      option location = timezone.location(name: "Europe/Paris")

      option task = {name: "offair energy_1d of s in offair", every: 15m, offset: 10s}

      points = from(bucket: "offair") |> range(start: date.truncate(t: -3d, unit: 1d)) |> filter(fn: (r) => r._measurement == "energy" and r.studio == "s")

      union(tables: [
        points |> filter(fn: (r) => r._field == "wh") |> aggregateWindow(every: 1d, fn: sum, createEmpty: false, timeSrc: "_start") |> toFloat() |> set(key: "_field", value: "wh"),
        points |> filter(fn: (r) => r._field == "grams") |> aggregateWindow(every: 1d, fn: sum, createEmpty: false, timeSrc: "_start") |> toFloat() |> set(key: "_field", value: "grams"),
        points |> filter(fn: (r) => r._field == "coverage") |> aggregateWindow(every: 1d, fn: mean, createEmpty: false, timeSrc: "_start") |> toFloat() |> set(key: "_field", value: "coverage"),
      ])
        |> set(key: "_measurement", value: "energy_1d")
        |> to(bucket: "offair_summary", org: "studio")"
    `);
    for (const { headers } of server.admin) expect(headers.authorization).toBe('Token token-secret');
  });

  test('changes a retention that differs, and a task; leaves alone what is right', async () => {
    server.adminAnswer = having({
      buckets: [{ id: 'b7', retentionRules: [{ type: 'expire', everySeconds: 60 }] }],
      tasks: [{ id: 't1', flux: 'old' }],
    });
    await setUp.prepare();
    expect(asked().filter((one) => one.startsWith('PATCH'))).toEqual([
      ...['PATCH /api/v2/buckets/b7', 'PATCH /api/v2/buckets/b7'],
      ...['PATCH /api/v2/tasks/t1', 'PATCH /api/v2/tasks/t1', 'PATCH /api/v2/tasks/t1'],
    ]);
    const flux = bodyOf(server.admin.at(-1)).flux;
    server.admin = [];
    server.adminAnswer = having({ tasks: [{ id: 't1', flux }] });
    await setUp.prepare();
    expect(asked().filter((one) => one === 'PATCH /api/v2/tasks/t1')).toHaveLength(2);
  });

  test('a token that may not is told apart from a server that is not there', async () => {
    server.adminAnswer = () => ({ status: 401, body: '{"code":"unauthorized","message":"unauthorized access"}' });
    expect(await setUp.prepare()).toEqual({
      database: '401 unauthorized access',
      summaries: '401 unauthorized access',
      keptFor: [],
    });
    server.adminAnswer = () => ({ status: 503 });
    await expect(setUp.prepare()).rejects.not.toBeInstanceOf(InfluxRefused);
  });

  test('late points are summed up over whole windows, days of the studio', async () => {
    await setUp.summarise(Date.UTC(2026, 10, 24, 12, 7, 3), Date.UTC(2026, 10, 24, 13, 7, 3));
    const queries = server.admin.map((seen) => bodyOf(seen).query);
    expect(queries.map((query) => /range\((.*?)\)/.exec(query)?.[1])).toEqual([
      'start: 2026-11-24T12:07:00.000Z, stop: 2026-11-24T13:08:00.000Z',
      'start: 2026-11-24T12:00:00.000Z, stop: 2026-11-24T13:15:00.000Z',
      'start: 2026-11-23T23:00:00.000Z, stop: 2026-11-24T23:00:00.000Z',
    ]);
    expect(server.admin[0]?.parameters).toEqual({ org: 'studio' });
  });

  test('the commands for an administrator make the same', () => {
    const { database, all } = instructions(server.settings(2, { retention: '52w', org: "d'art" } as never));
    expect(database).toBe("influx bucket create --org 'd'\\''art' --name offair --retention 52w");
    expect(all.match(/^influx task create/gm)).toHaveLength(3);
  });
});

describe('InfluxDB 3', () => {
  test.each([
    [200, null],
    [409, null],
    [401, '401 no'],
    [422, '422 no'],
  ])('a database that is answered with %i: %s', async (status, refused) => {
    setUp = createSetUp(server.settings(3, { retention: '52w' }), new FakeClock());
    server.adminAnswer = () => ({ status, error: 'no' });
    expect(await setUp.prepare()).toEqual({ database: refused, summaries: null, keptFor: [] });
    expect(bodyOf(server.admin[0])).toEqual({ db: 'offair', retention_period: '52w' });
    expect(instructions(server.settings(3, { retention: '52w' })).all).toBe(
      'influxdb3 create database --retention-period 52w offair',
    );
  });
});

test('the statements for an administrator of InfluxDB 1', () => {
  setUp = createSetUp(server.settings(1), new FakeClock());
  expect(instructions(server.settings(1, { retention: '52w', username: 'studio' })).all).toMatchInlineSnapshot(`
    "CREATE DATABASE "offair";
    CREATE RETENTION POLICY "offair" ON "offair" DURATION 52w REPLICATION 1 DEFAULT;
    CREATE RETENTION POLICY "offair_summary" ON "offair" DURATION INF REPLICATION 1;
    GRANT ALL ON "offair" TO "studio";
    CREATE CONTINUOUS QUERY "offair_power_1m" ON "offair" RESAMPLE EVERY 1m FOR 30m BEGIN SELECT mean("watts") AS "watts", max("watts") AS "max_watts", count("watts") AS "readings" INTO "offair"."offair_summary"."power_1m" FROM "offair"."offair"."power" GROUP BY time(1m), * END;
    CREATE CONTINUOUS QUERY "offair_power_15m" ON "offair" RESAMPLE EVERY 15m FOR 1h BEGIN SELECT mean("watts") AS "watts", max("watts") AS "max_watts", count("watts") AS "readings" INTO "offair"."offair_summary"."power_15m" FROM "offair"."offair"."power" GROUP BY time(15m), * END;
    CREATE CONTINUOUS QUERY "offair_energy_1d_s" ON "offair" RESAMPLE EVERY 15m FOR 3d BEGIN SELECT sum("wh") AS "wh", sum("grams") AS "grams", mean("coverage") AS "coverage" INTO "offair"."offair_summary"."energy_1d" FROM "offair"."offair"."energy" WHERE "studio" = 's' GROUP BY time(1d), * TZ('Europe/Paris') END;"
  `);
});
