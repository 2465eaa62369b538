import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Neso } from '../../adapters/carbon/neso.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { GridStub, noRecordedGrids, recordedGrid } from '../support/grid-stub.ts';

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2018, 0, 20, 12);
let clock: FakeClock;
let stub: GridStub;
let baseUrl: string;
beforeEach(async () => {
  clock = new FakeClock(NOON + 10_000);
  stub = new GridStub();
  baseUrl = await stub.start();
});
afterEach(() => stub.stop());

const EMPTY = { body: { data: [] } };
const SLOT = { from: '2018-01-20T12:00Z', intensity: { forecast: 266, actual: 263 } };

test.each([
  ['of the country', undefined, '/intensity/2018-01-20T11:00Z/2018-01-20T12:30Z'],
  ['of a postcode', 'RG10', '/regional/intensity/2018-01-20T11:00Z/2018-01-20T12:30Z/postcode/RG10'],
  ['of a region', 13, '/regional/intensity/2018-01-20T11:00Z/2018-01-20T12:30Z/regionid/13'],
])('the question %s has times without seconds', async (_, region, path) => {
  stub.reply = () => (region ? { body: { data: { regionid: 13, postcode: 'RG10', data: [] } } } : EMPTY);
  await new Neso({ clock, baseUrl, region }).fetch(NOON - HOUR_MS, NOON + HOUR_MS / 2);
  expect(stub.requests[0]?.pathname).toBe(path);
  expect(stub.headers[0]?.accept).toBe('application/json');
});

test('the forecast is of 48 hours', async () => {
  stub.reply = () => EMPTY;
  await new Neso({ clock, baseUrl }).forecast(NOON, NOON + 48 * HOUR_MS);
  expect(stub.requests[0]?.pathname).toBe('/intensity/2018-01-20T12:00Z/fw48h');
});

test('what was is the estimated actual; while that is missing, the forecast', async () => {
  stub.reply = () => ({ body: { data: [SLOT, { ...SLOT, intensity: { forecast: 250, actual: null } }] } });
  const source = new Neso({ clock, baseUrl });
  expect(await source.fetch(NOON, NOON + 1)).toMatchObject([
    { zone: 'GB', gramsPerKwh: 263, status: 'estimated', factorType: 'direct', basis: 'consumption', provider: 'neso' },
  ]);
  stub.reply = () => ({ body: { data: [{ ...SLOT, intensity: { forecast: 250, actual: null } }] } });
  expect(await source.fetch(NOON, NOON + 1)).toMatchObject([{ gramsPerKwh: 250, status: 'estimated' }]);
  stub.reply = () => ({ body: { data: [SLOT] } });
  expect(await source.forecast(NOON, NOON + 1)).toMatchObject([{ gramsPerKwh: 266, status: 'forecast' }]);
});

test('an answer for another region is refused', async () => {
  stub.reply = () => ({ body: { data: [{ regionid: 3, postcode: 'RG10', data: [SLOT] }] } });
  await expect(new Neso({ clock, baseUrl, region: 13 }).fetch(NOON, NOON + 1)).rejects.toThrow(
    'it answered for region 3 when asked for 13',
  );
  expect(await new Neso({ clock, baseUrl, region: 'rg10' }).fetch(NOON, NOON + 1)).toHaveLength(1);
});

describe.skipIf(noRecordedGrids)('with recorded answers', () => {
  test('the half hour now', async () => {
    stub.reply = () => ({ body: recordedGrid('uk_intensity_current.json') });
    expect(await new Neso({ clock, baseUrl }).fetch(NOON, NOON + 1)).toMatchObject([
      { startMs: NOON, endMs: NOON + HOUR_MS / 2, gramsPerKwh: 263 },
    ]);
  });

  test('the half hours to come', async () => {
    const from = Date.UTC(2020, 4, 24, 20, 30);
    stub.reply = () => ({ body: recordedGrid('uk_intensity_fw24h.json') });
    const points = await new Neso({ clock, baseUrl }).forecast(from, from + 24 * HOUR_MS);
    expect(points.map(({ gramsPerKwh }) => gramsPerKwh)).toEqual([146, 148, 148, 144, 140]);
  });

  test.each(['uk_regional_postcode_array.json', 'uk_regional_fw48h_object.json'])(
    'a region, in the list of the documentation or bare as it is sent: %s',
    async (name) => {
      stub.reply = () => ({ body: recordedGrid(name) });
      const source = new Neso({ clock, baseUrl, region: 'RG10' });
      const expected = { zone: 'GB-RG10', gramsPerKwh: 266, provider: 'neso-regional' };
      expect(await source.fetch(NOON, NOON + 1)).toMatchObject([{ ...expected, status: 'estimated' }]);
      expect(await source.forecast(NOON, NOON + 1)).toMatchObject([{ ...expected, status: 'forecast' }]);
    },
  );

  test('a bad request is told in its words', async () => {
    stub.reply = () => ({ status: 400, body: recordedGrid('uk_error_400.json') });
    await expect(new Neso({ clock, baseUrl }).fetch(NOON, NOON + 1)).rejects.toThrow(
      'NESO Carbon Intensity API has no value for us: it answered 400, 400 Bad Request, string',
    );
  });
});
