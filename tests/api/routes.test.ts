import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as schemas from '../../api/schemas.ts';
import { reason } from '../../model/policy-reasons.ts';
import { CONTROL_TOKEN } from '../support/fake-api-deps.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { TestApi } from './inject.ts';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

/** Strict: an answer with a field that the schema does not name fails. */
const exactly = <T extends z.ZodRawShape>(schema: z.ZodObject<T>) => schema.strict();

describe('status', () => {
  test('has the promised fields, and the clock of the server', async () => {
    const answer = await api.get('/api/v1/status');
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    const status = exactly(schemas.Status).parse(answer.json());
    expect(status).toMatchObject({
      now: '2026-11-24T12:00:00.000Z',
      studio: { id: 'atelier', name: 'Studio Atelier' },
      demo: false,
      dryRun: false,
      phase: 'standby',
      onAir: false,
      wattsFrom: { plugs: 4, of: 5 },
      session: null,
      influx: { state: 'ok', pendingPoints: 3 },
      problems: [],
    });
    expect(status.watts).toBeCloseTo(412.1, 6);
    expect(status.gramsPerHour).toBeCloseTo((412.1 / 1000) * 32.4, 6);
    expect(status.intensity).toMatchObject({ provider: 'rte-odre', factorType: 'lifecycle', status: 'estimated' });
    expect(status.plugs.map((plug) => plug.id)).toEqual(['cam-a', 'key-light', 'obs-pc', 'monitor-wall', 'mixer']);
  });

  test('says null, not zero, for what is not known', async () => {
    api.studio.intensity = null;
    const status = schemas.Status.parse((await api.get('/api/v1/status')).json());
    expect(status.plugs.find((plug) => plug.id === 'mixer')).toMatchObject({ watts: null, relay: null, at: null });
    expect(status).toMatchObject({ gramsPerHour: null, intensity: null });
  });

  test('is on air while the session is live', async () => {
    await api.post('/api/v1/sessions', { title: 'Evening', phase: 'live' });
    expect((await api.get('/api/v1/status')).json()).toMatchObject({
      onAir: true,
      phase: 'live',
      session: { title: 'Evening' },
    });
  });

  test('one number that cannot be written is null and hides nothing else', async () => {
    Object.assign(api.studio.plugs[0] ?? {}, { todayWh: Number.NaN });
    const answer = await api.get('/api/v1/status');
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ plugs: [{ id: 'cam-a', todayWh: null }, {}, {}, {}, {}] });
  });
});

describe('plugs', () => {
  test('end only when it is the one that is meant', async () => {
    const { id } = schemas.Session.parse((await api.post('/api/v1/sessions')).json());
    for (const session of [null, 'another'])
      expect((await api.post('/api/v1/sessions/current/end', { session })).json()).toMatchObject({
        code: 'session-conflict',
      });
    expect((await api.post('/api/v1/sessions/current/end', { session: 7 })).status).toBe(400);
    expect((await api.post('/api/v1/sessions/current/end', { session: id })).status).toBe(200);
  });

  test('are listed, and each has its own address', async () => {
    const all = z.array(exactly(schemas.Plug)).parse((await api.get('/api/v1/plugs')).json());
    expect(all).toHaveLength(5);
    const one = exactly(schemas.Plug).parse((await api.get('/api/v1/plugs/key-light')).json());
    expect(one).toEqual(all[1]);
  });

  test('have a history in buckets, by default of the last day in at most 500', async () => {
    const history = exactly(schemas.History).parse((await api.get('/api/v1/plugs/key-light/history')).json());
    expect(history).toMatchObject({
      plug: 'key-light',
      from: '2026-11-23T12:00:00.000Z',
      to: '2026-11-24T12:00:00.000Z',
      stepSeconds: 173,
    });
    expect(history.buckets.length).toBeLessThanOrEqual(500);
  });

  test('have a history over the asked period and step, whatever zone the period is written in', async () => {
    const query = 'from=2026-11-24T12:00:00%2B01:00&to=2026-11-24T11:10:00Z&step=60';
    const history = schemas.History.parse((await api.get(`/api/v1/plugs/key-light/history?${query}`)).json());
    expect(history.buckets).toHaveLength(10);
    expect(history.buckets[0]?.at).toBe('2026-11-24T11:00:00.000Z');
  });

  test.each(['on', 'off'] as const)('are switched %s', async (power) => {
    const answer = await api.post('/api/v1/plugs/key-light/commands', { power });
    expect(answer.status).toBe(202);
    expect(exactly(schemas.CommandAccepted).parse(answer.json())).toEqual({
      accepted: true,
      commandId: 'c-1',
      dryRun: false,
    });
    expect(api.studio.commands).toEqual([{ plug: 'key-light', power, by: 'api' }]);
  });

  test('say so when dry run keeps the command from being sent', async () => {
    api.studio.dryRun = true;
    expect((await api.post('/api/v1/plugs/key-light/commands', { power: 'off' })).json()).toMatchObject({
      dryRun: true,
    });
  });
});

describe('sessions', () => {
  test('start, change phase, count viewers and end', async () => {
    const started = await api.post('/api/v1/sessions', { title: ' Evening live ', phase: 'rehearsal' });
    expect(started.status).toBe(201);
    expect(started.headers.location).toBe('/api/v1/sessions/2026-11-24-1');
    expect(exactly(schemas.Session).parse(started.json())).toMatchObject({
      title: 'Evening live',
      phase: 'rehearsal',
      startedBy: 'api',
    });

    expect((await api.post('/api/v1/sessions/current/phase', { phase: 'live' })).json()).toMatchObject({
      phase: 'live',
      phases: [{ phase: 'rehearsal' }, { phase: 'live', at: '2026-11-24T12:00:00.000Z' }],
    });
    expect((await api.post('/api/v1/sessions/current/audience', { viewers: 1200 })).json()).toMatchObject({
      audience: [{ at: '2026-11-24T12:00:00.000Z', viewers: 1200 }],
    });
    expect((await api.post('/api/v1/sessions/current/end')).json()).toMatchObject({ phase: 'standby', endedBy: 'api' });
  });

  test.each([undefined, {}])('start in set-up without a title when told nothing (%j)', async (body) => {
    const started = await api.post('/api/v1/sessions', body);
    expect(started.status).toBe(201);
    expect(started.json()).toMatchObject({ title: null, phase: 'setup' });
  });

  test('end with no body, with an empty one and with an empty object', async () => {
    const json = { 'content-type': 'application/json' };
    for (const [body, headers] of [
      [undefined, {}],
      [undefined, json],
      [{}, json],
    ] as const) {
      await api.post('/api/v1/sessions');
      expect((await api.post('/api/v1/sessions/current/end', body, headers)).status).toBe(200);
    }
  });

  test('are listed, and each has its own address and its provenance', async () => {
    await api.post('/api/v1/sessions', { title: 'One' });
    await api.post('/api/v1/sessions/current/end');
    const [session] = z.array(exactly(schemas.Session)).parse((await api.get('/api/v1/sessions')).json());
    expect(session?.footprint.origins).toEqual([
      { provider: 'rte-odre', factorType: 'lifecycle', status: 'estimated', wh: 84.2 },
    ]);
    expect((await api.get('/api/v1/sessions/2026-11-24-1')).json()).toEqual(session);
  });

  test('with a token its label is told: who started, ended and switched', async () => {
    const by = { authorization: `Bearer ${CONTROL_TOKEN}` };
    expect((await api.post('/api/v1/sessions', {}, by)).json()).toMatchObject({ startedBy: 'api:stream deck' });
    expect((await api.post('/api/v1/sessions/current/end', undefined, by)).json()).toMatchObject({
      endedBy: 'api:stream deck',
    });
    await api.post('/api/v1/plugs/key-light/commands', { power: 'off' }, by);
    await api.post('/api/v1/plugs/key-light/commands', { power: 'on' });
    expect(api.studio.commands.map((command) => command.by)).toEqual(['api:stream deck', 'api']);
  });

  test('the status has only the peak and the latest of an audience that its session has whole', async () => {
    await api.post('/api/v1/sessions');
    const audience = async () => schemas.Status.parse((await api.get('/api/v1/status')).json()).session?.audience;
    const viewers = async () => (await audience())?.map((said) => said.viewers);
    expect(await viewers()).toEqual([]);
    for (const count of [5, 90, 40, 90, 7]) await api.post('/api/v1/sessions/current/audience', { viewers: count });
    expect(await viewers()).toEqual([90, 7]);
    const { id, audience: all } = schemas.Session.parse((await api.get('/api/v1/sessions/2026-11-24-1')).json());
    expect([id, all.length]).toEqual(['2026-11-24-1', 5]);
    await api.post('/api/v1/sessions/current/audience', { viewers: 91 });
    expect(await viewers()).toEqual([91]);
  });
});

describe('carbon', () => {
  test('emissions are grouped, by plug unless asked otherwise, each with the origin of its grams', async () => {
    const answer = exactly(schemas.Emissions).parse((await api.get('/api/v1/emissions')).json());
    expect(answer).toMatchObject({ groupBy: 'plug', from: '2026-11-23T12:00:00.000Z', groups: [{ key: 'key-light' }] });
    expect(answer.groups[0]?.footprint.origins[0]).toMatchObject({ provider: 'rte-odre', factorType: 'lifecycle' });
    expect((await api.get('/api/v1/emissions?groupBy=hour')).json()).toMatchObject({ groupBy: 'hour' });
  });

  test('intensity is the present one and the points of the last day', async () => {
    const answer = exactly(schemas.Intensities).parse((await api.get('/api/v1/intensity')).json());
    expect(answer.current?.gramsPerKwh).toBe(32.4);
    expect(answer.points).toHaveLength(2);
    expect(answer.lastGood).toEqual(answer.current);
    expect(answer.attributions).toEqual(['RTE – éCO2mix / ODRÉ']);
  });

  test('an intensity that stands in for a later slot says of which slot it is', async () => {
    const { current } = schemas.Intensities.parse((await api.get('/api/v1/intensity')).json());
    expect(current?.heldFrom).toBeNull();
    const { intensity } = api.studio;
    if (intensity) api.studio.intensity = { ...intensity, heldFromMs: intensity.startMs - 3_600_000 };
    const held = schemas.Intensities.parse((await api.get('/api/v1/intensity')).json()).current;
    expect(held?.heldFrom).toBe(new Date(Date.parse(held?.start ?? '') - 3_600_000).toISOString());
  });

  test('what flows at the connection of the studio may be pushed', async () => {
    const answer = await api.post('/api/v1/onsite', { solarWatts: 600, gridWatts: 200 });
    expect(answer.status).toBe(200);
    expect(exactly(schemas.Onsite).parse(answer.json())).toEqual({ loadWatts: 800, solarWatts: 600 });
    expect((await api.post('/api/v1/onsite', { solarWatts: -1, gridWatts: 0 })).status).toBe(400);
    expect((await api.post('/api/v1/onsite', { solarWatts: 1 })).status).toBe(400);
  });
});

describe('switching', () => {
  test('the preview says what comes when, and why not', async () => {
    const { plugs } = exactly(schemas.Preview).parse((await api.get('/api/v1/policy/preview')).json());
    const never = { action: 'never', reasons: [reason('essential')], dueAt: null };
    expect(plugs[0]).toEqual({ plug: 'cam-a', ...never, ifEndedNow: null });
    expect(plugs[3]).toMatchObject({ action: 'hold', dueAt: '2026-11-24T12:04:00.000Z' });
    expect(plugs[4]).toMatchObject({ action: 'hold', reasons: [{ code: 'no-fresh-reading' }] });
    await api.post('/api/v1/sessions');
    const running = exactly(schemas.Preview).parse((await api.get('/api/v1/policy/preview')).json());
    expect(running.plugs[0]).toMatchObject({ ...never, ifEndedNow: never });
  });

  test('the log gives as many entries as asked', async () => {
    const entry = {
      plug: 'key-light',
      to: 'off',
      by: 'policy',
      source: 'obs',
      reason: 'no session, and not in use',
      reasons: [reason('idle')],
      wattsBefore: 41.5,
      outcome: 'verified',
      detail: '0.0 W',
      tookMs: 812,
    } as const;
    api.studio.log = [1, 2, 3].map((n) => ({
      ...entry,
      reasons: [reason('idle')],
      commandId: `c-${n}`,
      atMs: n * 1000,
    }));
    const { entries } = exactly(schemas.SwitchLog).parse((await api.get('/api/v1/switching/log?limit=2')).json());
    expect(entries).toHaveLength(2);
    expect(entries[0]).toEqual({ ...entry, commandId: 'c-1', at: '1970-01-01T00:00:01.000Z' });
  });
});

describe('health', () => {
  test('dead letters are shown newest first with their reason, as many as asked for', async () => {
    api.studio.dead = [3, 2, 1].map((seq) => ({ seq, line: `m v="${seq}" 1`, reason: '400 type conflict', atMs: seq }));
    const { entries } = exactly(schemas.DeadLetters).parse((await api.get('/api/v1/dead-letters?limit=2')).json());
    expect(entries).toEqual([
      { at: '1970-01-01T00:00:00.003Z', reason: '400 type conflict', line: 'm v="3" 1' },
      { at: '1970-01-01T00:00:00.002Z', reason: '400 type conflict', line: 'm v="2" 1' },
    ]);
    expect((await api.get('/api/v1/dead-letters?limit=1001')).status).toBe(400);
  });

  test('healthz answers as long as the loop runs', async () => {
    api.studio.readiness = { ready: false, because: ['the journal is not writable'] };
    expect((await api.get('/healthz')).json()).toEqual({ status: 'ok' });
  });

  test('readyz says why not', async () => {
    expect((await api.get('/readyz')).json()).toEqual({ ready: true });
    api.studio.readiness = { ready: false, because: ['plug mixer was not asked yet'] };
    const answer = await api.get('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({
      code: 'not-ready',
      reasons: [{ code: 'not-ready', text: 'plug mixer was not asked yet' }],
    });
  });

  test('metrics are Prometheus text in base units, and what is unknown is absent', async () => {
    api.studio.studio.id = 'a"b\\c\nd';
    const answer = await api.get('/metrics');
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.text).toContain('offair_build_info{version="0.1.0",studio="a\\"b\\\\c\\nd"} 1\n');
    expect(answer.text).toContain('offair_plug_power_watts{plug="key-light",kind="light"} 148.2\n');
    expect(answer.text).toContain('offair_plug_energy_joules_total{plug="key-light",kind="light"} 1485000\n');
    expect(answer.text).not.toContain('offair_plug_power_watts{plug="mixer"');
    expect(answer.text).toContain('offair_plug_online{plug="mixer",kind="audio"} 0\n');
    for (const line of answer.text.split('\n').filter((text) => text !== '')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) (offair|process|nodejs)_[a-z0-9_]+ .+|(offair|process|nodejs)_[a-z0-9_]+(\{.*\})? -?[0-9.e+-]+)$/,
      );
    }
  });
  test('the energy counter of a plug falls only at local midnight, never when its own counter overrules an estimate', async () => {
    const clock = api.studio.clock as FakeClock;
    const [plug] = api.studio.plugs;
    const joules = async (todayWh: number) => {
      Object.assign(plug ?? {}, { todayWh });
      const { text } = await api.get('/metrics');
      return Number(/energy_joules_total\{plug="cam-a",.*\} (.+)/.exec(text)?.[1]);
    };
    expect(await joules(100)).toBe(360_000);
    expect(await joules(99.6)).toBe(360_000);
    expect(await joules(101)).toBe(363_600);
    await clock.advance(11 * 3_600_000);
    expect(await joules(0.5)).toBe(1800);
    await clock.advance(60_000);
    expect(await joules(0.2)).toBe(1800);
  });
});
