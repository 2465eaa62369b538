import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as schemas from '../../api/carbon-schemas.ts';
import { EMPTY_ENERGY, type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { problemOf, TestApi } from './inject.ts';

const ID = '2026-11-24-1';
const HOUR_MS = 3_600_000;

let api: TestApi;
beforeEach(async () => {
  api = new TestApi();
  const clock = api.studio.clock as FakeClock;
  const startMs = clock.nowMs();
  await api.post('/api/v1/sessions', { title: 'Evening', phase: 'live' });
  await api.post('/api/v1/sessions/current/audience', { viewers: 1000 });
  await clock.advance(2 * HOUR_MS);
  await api.post('/api/v1/sessions/current/end');
  const slices = (plug: string, live: number, idle: number) =>
    Array.from({ length: 96 }, (_, index): EnergySlice => {
      const atMs = startMs + (index - 88) * QUARTER_HOUR_MS;
      const onAir = atMs >= startMs;
      return {
        ...{ plug, startMs: atMs, ...EMPTY_ENERGY, coveredMs: QUARTER_HOUR_MS },
        ...(onAir ? { sessionId: ID, phase: 'live' } : { sessionId: null, phase: 'standby' }),
        counterWh: (onAir ? live : idle) / 4,
      };
    });
  api.studio.slices = [...slices('key-light', 150, 0), ...slices('obs-pc', 200, 6), ...slices('cam-a', 10, 8)];
});
afterEach(() => api.app.close());

describe('the audit', () => {
  test('says where the energy goes and what draws between lives, with advice', async () => {
    const audit = schemas.Audit.strict().parse((await api.get('/api/v1/audit')).json());
    expect(audit.from).toBe('2026-10-27T14:00:00.000Z');
    expect(audit.origins).toMatchObject([{ provider: 'rte-odre', factorType: 'lifecycle', status: 'estimated' }]);
    expect(audit.byPlug.map(({ key, wh }) => [key, wh])).toEqual([
      ['obs-pc', 532],
      ['key-light', 300],
      ['cam-a', 196],
    ]);
    expect(audit.byKind.map(({ key }) => key)).toEqual(['pc', 'light', 'camera']);
    expect(audit.standby).toMatchObject([
      { plug: 'cam-a', essential: true, neverZero: true, thin: true },
      { plug: 'obs-pc', essential: false, betweenLives: { hours: 22, meanWatts: 6, leastWatts: 6 } },
    ]);
    expect(audit.standby[0]?.advice).toContain('configure it as essential: false');
    expect(audit.standby[1]?.savedPerYear).toMatchObject({ kwh: { central: 48 }, euros: { central: 9.6 } });
  });

  test('is refused for more than 100 days', async () => {
    expect(problemOf(await api.get('/api/v1/audit?from=2026-01-01T00:00:00Z')).code).toBe('validation-failed');
  });
});

test('many plugs have shorter periods: a year of 200 would be more than a small computer can add up', async () => {
  const [first] = api.studio.plugs;
  api.studio.plugs = Array.from(
    { length: 200 },
    (_, index) => ({ ...first, id: `plug-${index}` }) as (typeof api.studio.plugs)[number],
  );
  const emissions = await api.get('/api/v1/emissions?from=2025-11-24T00:00:00Z&to=2026-11-24T00:00:00Z');
  expect(problemOf(emissions).errors).toMatchObject([{ expected: 'a period of at most 40 days' }]);
  expect((await api.get('/api/v1/emissions?from=2026-10-24T00:00:00Z&to=2026-11-24T00:00:00Z')).status).toBe(200);
  expect(problemOf(await api.get('/api/v1/audit?from=2026-10-24T00:00:00Z')).detail).toContain('at most 15 days');
  expect((await api.get('/api/v1/audit')).status).toBe(200);
});

describe('what if', () => {
  const ask = async (body: object) => schemas.WhatIf.strict().parse((await api.post('/api/v1/whatif', body)).json());

  test('at another time says what shifting avoids, in words: marginal intensity changes no figure', async () => {
    const body = {
      session: ID,
      scenarios: [
        { name: 'tomorrow', start: '2026-11-25T02:00:00Z' },
        { name: 'dim', dimLightsPercent: 20 },
      ],
    };
    const without = await ask(body);
    const base = Date.UTC(2026, 10, 24, 12);
    api.studio.marginal = (startMs, endMs) => [
      {
        ...{ zone: 'FR', startMs, endMs, status: 'estimated', provider: 'watttime', fetchedAtMs: 0 },
        marginalGramsPerKwh: startMs === base ? 480 : 350.4,
      },
    ];
    const { scenarios, ...rest } = await ask(body);
    const note = 'Marginal intensity (WattTime): 350 g/kWh at this time, 480 g/kWh at that of the base.';
    expect(scenarios[0]?.notes.at(-1)).toContain(note);
    expect(scenarios[1]).toEqual(without.scenarios[1]);
    expect({ ...scenarios[0], notes: scenarios[0]?.notes.slice(0, -1) }).toEqual(without.scenarios[0]);
    expect(rest.base).toEqual(without.base);
  });

  test('of a past session answers several scenarios side by side', async () => {
    const { base, scenarios } = await ask({
      session: ID,
      scenarios: [
        { name: 'darker', dimLightsPercent: 20 },
        { name: 'sharper', resolution: '720p' },
        { name: 'cut between lives', standbyCut: true },
        { name: 'half as long', durationMinutes: 60 },
      ],
    });
    expect(base.values.studioWh?.central).toBeCloseTo(720, 9);
    expect(base.values.studioGrams?.central).toBeCloseTo(0.72 * 32.4, 9);
    expect(base.values.studioEuros?.central).toBeCloseTo(0.144, 9);
    expect(base.values.standbyWh?.central).toBeCloseTo(22 * 14, 6);
    expect(scenarios.map(({ name }) => name)).toEqual(['darker', 'sharper', 'cut between lives', 'half as long']);
    const difference = (index: number, measure: 'studioWh' | 'standbyWh' | 'modelledGrams') =>
      scenarios[index]?.differences[measure]?.central;
    expect(difference(0, 'studioWh')).toBeCloseTo(-60, 9);
    expect(difference(1, 'studioWh')).toBe(0);
    expect(difference(1, 'modelledGrams')).toBe(9200);
    expect(difference(2, 'standbyWh')).toBeCloseTo(-22 * 6, 6);
    expect(difference(3, 'studioWh')).toBeCloseTo(-360, 9);
  });

  test('of a plan takes what the last lives drew, or the watts that are given', async () => {
    const plan = { start: '2026-11-25T18:00:00Z', durationMinutes: 60, viewers: 100 };
    const scenarios = [{ name: 'two cameras', cameras: 2 }];
    const usual = await ask({ plan, scenarios });
    expect(usual.base.values.studioWh?.central).toBeCloseTo(360, 9);
    expect(usual.base.values.studioGrams?.central).toBeCloseTo(0.36 * 32.4, 9);
    expect(usual.scenarios[0]?.differences.studioWh?.central).toBeCloseTo(10, 9);
    const given = await ask({ plan: { ...plan, watts: { light: 100 } }, scenarios });
    expect(given.base.values.studioWh?.central).toBeCloseTo(100, 9);
    expect(given.scenarios[0]?.notes.join()).toContain('No camera was measured');
  });

  test('at another time takes the grid of that time', async () => {
    const { base, scenarios } = await ask({
      session: ID,
      scenarios: [{ name: 'tomorrow', start: '2026-11-25T02:07:00Z' }],
    });
    expect(base.notes).toContain('The grid at that time is from rte-odre (lifecycle, estimated).');
    expect(scenarios[0]?.notes).toContain('The grid at that time is from typical-rte-odre (lifecycle, forecast).');
    expect(scenarios[0]?.differences.studioGrams?.central).toBeCloseTo(0, 9);
  });

  test.each([
    [{ scenarios: [{ name: 'x' }] }, 'session'],
    [
      { session: 'a', plan: { start: '2026-11-25T18:00:00Z', durationMinutes: 60 }, scenarios: [{ name: 'x' }] },
      'session',
    ],
    [{ session: 'a', scenarios: [] }, 'scenarios'],
    [{ session: 'a', scenarios: [{ name: 'x', resolution: '8k' }] }, 'resolution'],
  ])('refuses %j', async (body, field) => {
    const problem = problemOf(await api.post('/api/v1/whatif', body));
    expect(problem.code).toBe('validation-failed');
    expect(problem.errors?.[0]?.field).toContain(field);
  });

  test('of a session that does not exist is not found', async () => {
    const answer = await api.post('/api/v1/whatif', { session: 'nothing', scenarios: [{ name: 'x' }] });
    expect(problemOf(answer).code).toBe('not-found');
  });
});
