import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ElectricityMaps, type ElectricityMapsSettings } from '../../adapters/carbon/electricity-maps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { GridStub, noRecordedGrids, recordedGrid, type StubReply } from '../support/grid-stub.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 7, 22, 17, 30);
const FROM = NOW - 24 * HOUR_MS;

let clock: FakeClock;
let stub: GridStub;
let baseUrl: string;
beforeEach(async () => {
  clock = new FakeClock(NOW);
  stub = new GridStub();
  baseUrl = await stub.start();
});
afterEach(() => stub.stop());

const source = (change: Partial<ElectricityMapsSettings> = {}) =>
  new ElectricityMaps({ clock, baseUrl, token: 't0ken', zone: 'DK-DK2', factorType: 'lifecycle', ...change });

/** Answers by path without the version; everything else is 404. */
function serve(routes: Record<string, StubReply>): void {
  stub.reply = (url) => routes[url.pathname.replace(/^\/v\d\//, '')] ?? { status: 404, body: '' };
}
const zones = (...access: string[]) => ({ body: { 'DK-DK2': { zoneKey: 'DK-DK2', access } } });
const ROW = { zone: 'DK-DK2', carbonIntensity: 75, datetime: '2026-08-22T17:00:00.000Z', isEstimated: true };
const PLAN_DENIED = {
  status: 401,
  body: {
    error: 'Request unauthorized for zoneKey=DK-DK2,requestType=past,dataType=carbon-intensity.',
    message: 'You do not have access to this specific endpoint for this specific zone.',
  },
};

describe.skipIf(noRecordedGrids)('with recorded answers of v4', () => {
  const recorded = () =>
    serve({
      zones: { body: recordedGrid('emaps_v4_zones_auth.json') },
      'carbon-intensity/history': { body: recordedGrid('emaps_v4_history_DK-DK2.json') },
      'carbon-intensity/latest': { body: recordedGrid('emaps_v4_latest_DK-DK2.json') },
      'carbon-intensity/forecast': { body: recordedGrid('emaps_v4_forecast_DK-DK2.json') },
    });

  test('the last day is 24 hours, the latest of them estimates', async () => {
    recorded();
    const points = await source().fetch(NOW - 25 * HOUR_MS, NOW);
    expect(points).toHaveLength(24);
    expect(points[0]).toEqual({
      zone: 'DK-DK2',
      startMs: Date.UTC(2026, 7, 21, 18),
      endMs: Date.UTC(2026, 7, 21, 19),
      gramsPerKwh: 246,
      factorType: 'lifecycle',
      basis: 'consumption',
      status: 'measured',
      provider: 'electricity-maps',
      fetchedAtMs: NOW,
    });
    expect(points.slice(-3).map(({ status }) => status)).toEqual(['measured', 'estimated', 'estimated']);
  });

  test('the forecast of a day has 25 rows and nothing of what was', async () => {
    recorded();
    const points = await source().forecast(NOW, NOW + 24 * HOUR_MS);
    expect(points).toHaveLength(25);
    expect(points[0]).toMatchObject({ gramsPerKwh: 77, status: 'forecast', startMs: Date.UTC(2026, 7, 22, 17) });
  });

  test('the latest alone is one hour', async () => {
    serve({
      zones: zones('carbon-intensity/latest'),
      'carbon-intensity/latest': { body: recordedGrid('emaps_v4_latest_DK-DK2.json') },
    });
    expect(await source().fetch(FROM, NOW)).toMatchObject([{ gramsPerKwh: 75, status: 'estimated' }]);
  });
});

describe.skipIf(noRecordedGrids)('with recorded answers of v3', () => {
  const german = () => source({ api: 'v3', zone: 'DE' });
  const homeAssistant = (name: string) =>
    serve({ zones: { body: { DE: { access: [] } } }, 'home-assistant': { body: recordedGrid(name) } });

  test('a token that may only ask what Home Assistant asks gives the hour now', async () => {
    homeAssistant('emaps_v3_home_assistant.json');
    clock = new FakeClock(Date.UTC(2023, 9, 2, 8, 20));
    expect(await german().fetch(Date.UTC(2023, 9, 2), clock.nowMs())).toMatchObject([
      { zone: 'DE', gramsPerKwh: 474, status: 'estimated', startMs: Date.UTC(2023, 9, 2, 8) },
    ]);
    expect(stub.requests.at(-1)?.searchParams.get('shouldUseFallbackCallerLookup')).toBe('false');
  });

  test('no data, and ok without a value, are no points', async () => {
    homeAssistant('emaps_v3_home_assistant_nodata.json');
    expect(await german().fetch(FROM, NOW)).toEqual([]);
    serve({
      zones: { body: { NL: { access: [] } } },
      'home-assistant': { body: recordedGrid('emaps_co2signal_missing_value.json') },
    });
    expect(await source({ api: 'v3', zone: 'NL' }).fetch(FROM, NOW)).toEqual([]);
  });

  test('it knows no direct factors', async () => {
    homeAssistant('emaps_v3_home_assistant.json');
    const direct = source({ api: 'v3', zone: 'DE', factorType: 'direct' });
    await expect(direct.fetch(FROM, NOW)).rejects.toThrow('its plan does not have direct factors');
  });

  test('an answer for the zone of the caller is refused', async () => {
    clock = new FakeClock(Date.UTC(2024, 2, 6, 19, 30));
    serve({
      zones: { body: { FR: { access: ['carbon-intensity/latest'] } } },
      'carbon-intensity/latest': { body: recordedGrid('emaps_v3_latest.json') },
    });
    await expect(source({ api: 'v3', zone: 'FR' }).fetch(FROM, NOW)).rejects.toThrow(
      'it answered for the zone US-CAR-DUK when asked for FR: not used',
    );
  });
});

test('the question names the zone and forbids guessing it, with the token in a header only', async () => {
  serve({
    zones: zones('carbon-intensity/history'),
    'carbon-intensity/history': { body: { zone: 'DK-DK2', history: [ROW] } },
  });
  await source({ factorType: 'direct' }).fetch(FROM, NOW);
  const asked = stub.requests.at(-1);
  expect(asked?.pathname).toBe('/v4/carbon-intensity/history');
  expect(Object.fromEntries(asked?.searchParams ?? [])).toEqual({
    zone: 'DK-DK2',
    emissionFactorType: 'direct',
    temporalGranularity: 'hourly',
    disableCallerLookup: 'true',
  });
  for (const headers of stub.headers) expect(headers['auth-token']).toBe('t0ken');
  for (const url of stub.requests) expect(url.href).not.toContain('t0ken');
});

test.each(['history', 'data'])('rows may be called %s', async (name) => {
  serve({ zones: zones('*'), 'carbon-intensity/history': { body: { zone: 'DK-DK2', [name]: [ROW] } } });
  expect(await source().fetch(NOW - HOUR_MS, NOW)).toHaveLength(1);
});

test('of an hour that comes twice the newest word counts', async () => {
  const at = (updatedAt: string, carbonIntensity: number) => ({ ...ROW, updatedAt, carbonIntensity });
  serve({
    zones: zones('*'),
    'carbon-intensity/history': {
      body: { zone: 'DK-DK2', history: [at('2026-08-22T17:10:00Z', 70), at('2026-08-22T17:20:00Z', 71)] },
    },
  });
  expect(await source().fetch(NOW - HOUR_MS, NOW)).toMatchObject([{ gramsPerKwh: 71 }]);
});

test('production alone is said to be that', async () => {
  serve({
    zones: zones('*'),
    'carbon-intensity/history': { body: { zone: 'DK-DK2', history: [{ ...ROW, flowTraced: false }] } },
  });
  expect(await source().fetch(NOW - HOUR_MS, NOW)).toMatchObject([{ basis: 'production' }]);
});

test('factors of the other type are refused', async () => {
  serve({
    zones: zones('*'),
    'carbon-intensity/history': { body: { zone: 'DK-DK2', history: [{ ...ROW, emissionFactorType: 'direct' }] } },
  });
  await expect(source().fetch(FROM, NOW)).rejects.toThrow('it gave direct factors when asked for lifecycle');
});

test('rows that are not hours are refused', async () => {
  const body = { zone: 'DK-DK2', history: [ROW], temporalGranularity: 'daily' };
  serve({ zones: zones('*'), 'carbon-intensity/history': { body } });
  await expect(source().fetch(FROM, NOW)).rejects.toThrow('its rows are daily, not hourly');
});

describe('the plan of the token', () => {
  test('is asked once a day', async () => {
    serve({
      zones: zones('carbon-intensity/history'),
      'carbon-intensity/history': { body: { zone: 'DK-DK2', history: [ROW] } },
    });
    const one = source();
    const planned = () => stub.requests.filter(({ pathname }) => pathname.endsWith('/zones')).length;
    await one.fetch(FROM, NOW);
    await one.fetch(FROM, NOW);
    expect(planned()).toBe(1);
    await clock.advance(24 * HOUR_MS);
    await one.fetch(FROM, NOW);
    expect(planned()).toBe(2);
  });

  test('with past-range gives what is older than a day', async () => {
    serve({
      zones: zones('carbon-intensity/history', 'carbon-intensity/past-range'),
      'carbon-intensity/past-range': { body: { zone: 'DK-DK2', temporalGranularity: 'hourly', data: [ROW] } },
    });
    await source().fetch(NOW - 7 * 24 * HOUR_MS, NOW);
    const query = stub.requests.at(-1)?.searchParams;
    expect(query?.get('start')).toBe('2026-08-15T17:30:00.000Z');
    expect(query?.get('end')).toBe('2026-08-22T17:30:00.000Z');
  });

  test('without past-range gives the last day of it', async () => {
    serve({
      zones: zones('carbon-intensity/history'),
      'carbon-intensity/history': { body: { zone: 'DK-DK2', history: [ROW] } },
    });
    expect(await source().fetch(NOW - 7 * 24 * HOUR_MS, NOW)).toHaveLength(1);
  });

  test('without the zone is told, with the zones that it has', async () => {
    serve({ zones: { body: { FR: {}, BE: {} } } });
    const failure = await source()
      .fetch(FROM, NOW)
      .catch((error) => error);
    expect(failure.message).toContain('the plan of this token has no zone DK-DK2 (it has FR, BE): set carbon.zone');
    expect(failure.restMs).toBe(HOUR_MS);
  });

  test('that has not even the latest is told', async () => {
    serve({ zones: zones('power-breakdown/latest') });
    await expect(source().fetch(FROM, NOW)).rejects.toThrow('the token is good, but its plan does not have');
  });

  test.each([
    ['401 in the words of a plan', PLAN_DENIED],
    ['403', { status: 403, body: { error: 'Access denied' } }],
  ])('that denies with %s is told from a bad token', async (_, reply) => {
    serve({ zones: zones('*'), 'carbon-intensity/history': reply });
    const failure = await source()
      .fetch(FROM, NOW)
      .catch((error) => error);
    expect(failure.message).toContain('the token is good, but its plan does not have carbon-intensity/history');
    expect(failure.restMs).toBe(HOUR_MS);
  });

  test.each([
    ['at once', { zones: { status: 401, body: { error: 'Invalid auth-token' } } }],
    [
      'later',
      { zones: zones('*'), 'carbon-intensity/history': { status: 401, body: { error: 'Invalid auth-token' } } },
    ],
  ])('a bad token is told %s, with the secret to check', async (_, routes) => {
    serve(routes);
    const failure = await source()
      .fetch(FROM, NOW)
      .catch((error) => error);
    expect(failure.message).toContain('it refuses the token (401): check the secret electricitymaps_token');
    expect(failure.message).not.toContain('t0ken');
    expect(failure.restMs).toBe(HOUR_MS);
  });

  test('without a list is found out by asking', async () => {
    serve({
      zones: { body: { 'DK-DK2': { zoneName: 'East Denmark' } } },
      'carbon-intensity/history': { body: { zone: 'DK-DK2', history: [ROW] } },
    });
    expect(await source().fetch(FROM, NOW)).toHaveLength(1);
  });
});

test.each([
  [5, '6'],
  [24, '24'],
  [30, '48'],
  [500, '72'],
])('a forecast of %i hours is asked with the horizon %s', async (hours, horizon) => {
  serve({ 'carbon-intensity/forecast': { body: { zone: 'DK-DK2', forecast: [] } } });
  await source().forecast(NOW, NOW + hours * HOUR_MS);
  expect(stub.requests.at(-1)?.searchParams.get('horizonHours')).toBe(horizon);
});
