import { afterEach, beforeEach, expect, expectTypeOf, test } from 'vitest';
import { WattTime, type WattTimePlace } from '../../adapters/carbon/watttime.ts';
import type { gramsOf } from '../../model/emissions.ts';
import type { MarginalPoint } from '../../model/intensity.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { GridStub, noRecordedGrids, recordedGrid, type StubReply } from '../support/grid-stub.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 10, 24, 10, 2);
let clock: FakeClock;
let stub: GridStub;
let baseUrl: string;
beforeEach(async () => {
  clock = new FakeClock(NOW);
  stub = new GridStub();
  baseUrl = await stub.start();
});
afterEach(() => stub.stop());

const source = (place: WattTimePlace = 'CAISO_NORTH') =>
  new WattTime({ clock, baseUrl, username: 'studio', password: 'pa55', place });
const META = {
  region: 'CAISO_NORTH',
  signal_type: 'co2_moer',
  units: 'lbs_co2_per_mwh',
  data_point_period_seconds: 300,
};
const told = (data: unknown[], meta: object = {}) => ({ body: { data, meta: { ...META, ...meta } } });
const ROW = { point_time: '2026-11-24T10:00:00+00:00', value: 1000 };

/** Answers by path; the login always works. */
function serve(routes: Record<string, StubReply>): void {
  stub.reply = ({ pathname }) =>
    ({ '/login': { body: { token: 'tok' } }, ...routes })[pathname] ?? { status: 404, body: '' };
}
const asked = (path: string) => stub.requests.filter(({ pathname }) => pathname === path);

test('pounds per MWh become grams per kWh, of a type that no total takes', async () => {
  serve({ '/v3/historical': told([ROW]) });
  expect(await source().fetch(NOW - HOUR_MS, NOW)).toEqual([
    {
      zone: 'CAISO_NORTH',
      startMs: Date.UTC(2026, 10, 24, 10),
      endMs: Date.UTC(2026, 10, 24, 10, 5),
      marginalGramsPerKwh: expect.closeTo(453.59237, 9),
      status: 'estimated',
      provider: 'watttime',
      fetchedAtMs: NOW,
    },
  ]);
  expectTypeOf<MarginalPoint>().not.toExtend<Parameters<typeof gramsOf>[1]>();
});

test('the login is by name and password, its token serves for 25 minutes', async () => {
  serve({ '/v3/historical': told([ROW]) });
  const one = source();
  await one.fetch(NOW - HOUR_MS, NOW);
  await one.fetch(NOW - HOUR_MS, NOW);
  expect(asked('/login')).toHaveLength(1);
  expect(stub.headers.map(({ authorization }) => authorization)).toEqual([
    `Basic ${Buffer.from('studio:pa55').toString('base64')}`,
    'Bearer tok',
    'Bearer tok',
  ]);
  await clock.advance(25 * 60_000);
  await one.fetch(NOW - HOUR_MS, NOW);
  expect(asked('/login')).toHaveLength(2);
});

test('several who ask at once log in once', async () => {
  serve({ '/v3/historical': told([ROW]) });
  const one = source();
  await Promise.all([1, 2, 3].map((hours) => one.fetch(NOW - hours * HOUR_MS, NOW)));
  expect(asked('/login')).toHaveLength(1);
});

test('neither the account nor the token is told when WattTime repeats them', async () => {
  stub.reply = ({ pathname }, { authorization }) =>
    pathname === '/login'
      ? { body: { token: 'tok-en' } }
      : { status: 500, body: { error: `not for ${authorization}` } };
  await expect(source().fetch(NOW - HOUR_MS, NOW)).rejects.toThrow('not for Bearer ***');
});

test('a token that is refused early is fetched anew, once', async () => {
  let refusals = 1;
  stub.reply = ({ pathname }) => {
    if (pathname === '/login') return { body: { token: 'tok' } };
    return refusals-- > 0 ? { status: 401, body: '' } : told([ROW]);
  };
  expect(await source().fetch(NOW - HOUR_MS, NOW)).toHaveLength(1);
  refusals = 99;
  await expect(source().fetch(NOW - HOUR_MS, NOW)).rejects.toThrow('it answered 401');
});

test('an account that is refused is told with the secrets to check; a plan that does not have the region is another thing', async () => {
  stub.reply = () => ({ status: 403, body: '' });
  const failure = await source()
    .fetch(NOW - HOUR_MS, NOW)
    .catch((error) => error);
  expect(failure.message).toContain('check the secrets watttime_username and watttime_password');
  expect(failure.message).not.toContain('pa55');
  serve({ '/v3/historical': { status: 403, body: { error: 'region not in plan' } } });
  await expect(source().fetch(NOW - HOUR_MS, NOW)).rejects.toThrow(
    'the account is good, but its plan does not have historical',
  );
});

test.each([
  ['another region', { region: 'PJM' }, 'it answered for the region PJM when asked for CAISO_NORTH'],
  ['another signal', { signal_type: 'health_damage' }, 'it answered health_damage in'],
  ['other units', { units: 'percentile' }, 'it answered co2_moer in percentile'],
])('%s is refused', async (_, meta, why) => {
  serve({ '/v3/historical': told([ROW], meta) });
  await expect(source().fetch(NOW - HOUR_MS, NOW)).rejects.toThrow(why);
});

test('rows in any order, twice or unusable are put right', async () => {
  const rows = [{ ...ROW, point_time: '2026-11-24T10:05:00Z' }, ROW, ROW, { ...ROW, value: null }, { value: 3 }];
  serve({ '/v3/historical': told(rows) });
  expect(await source().fetch(NOW - HOUR_MS, NOW + HOUR_MS)).toHaveLength(2);
  serve({ '/v3/historical': told([{ ...ROW, value: 'ND' }]) });
  await expect(source().fetch(NOW - HOUR_MS, NOW)).rejects.toThrow('none of its 1 rows can be used');
});

test('of more than a month the last 30 days are asked', async () => {
  serve({ '/v3/historical': told([]) });
  await source().fetch(NOW - 90 * 24 * HOUR_MS, NOW);
  expect(asked('/v3/historical')[0]?.searchParams.get('start')).toBe('2026-10-25T10:02:00.000Z');
});

test.skipIf(noRecordedGrids)('recorded: the region of a place, and its forecast', async () => {
  serve({
    '/login': { body: recordedGrid('watttime_login.json') },
    '/v3/region-from-loc': { body: recordedGrid('watttime_region.json') },
    '/v3/forecast': { body: recordedGrid('watttime_forecast.json') },
  });
  const points = await source({ latitude: 38.5, longitude: -121.5 }).forecast(NOW, NOW + 5 * HOUR_MS);
  expect(points.map(({ marginalGramsPerKwh, status }) => [marginalGramsPerKwh, status])).toEqual([
    [expect.closeTo(412.5 * 0.45359237, 9), 'forecast'],
    [expect.closeTo(410.1 * 0.45359237, 9), 'forecast'],
  ]);
  expect(Object.fromEntries(asked('/v3/forecast')[0]?.searchParams ?? [])).toEqual({
    region: 'CAISO_NORTH',
    signal_type: 'co2_moer',
    horizon_hours: '5',
  });
});
