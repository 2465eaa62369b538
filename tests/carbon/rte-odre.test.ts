import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RteOdre } from '../../adapters/carbon/index.ts';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import { IntensityUnavailable } from '../../model/errors.ts';
import { FRENCH_LIFECYCLE, mixIntensity } from '../../model/grid-factors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { GridStub, noRecordedGrids, recordedGrid } from '../support/grid-stub.ts';
import { until } from '../support/until.ts';

const MIDNIGHT = Date.UTC(2023, 8, 22);
const FROM = MIDNIGHT - 2 * 3_600_000;
const TO = MIDNIGHT + 3_600_000;

/** A row as ODRÉ gives it: 2023-09-22, real values. */
const ROW = {
  date_heure: '2023-09-22T00:00:00+00:00',
  nature: 'Données temps réel',
  perimetre: 'France',
  fioul: 110,
  charbon: 7,
  gaz: 501,
  nucleaire: 37536,
  eolien: 7440,
  solaire: 0,
  hydraulique: 4408,
  bioenergies: 651,
  taux_co2: 12,
};

let clock: FakeClock;
let stub: GridStub;
let baseUrl: string;
beforeEach(async () => {
  clock = new FakeClock(TO);
  stub = new GridStub();
  stub.reply = () => ({ body: { total_count: 0, results: [] } });
  baseUrl = `${await stub.start()}/api/explore/v2.1`;
});
afterEach(() => stub.stop());

const lifecycle = () => new RteOdre({ clock, baseUrl });
const direct = () => new RteOdre({ clock, baseUrl, factorType: 'direct' });

function answer(...rows: unknown[]): void {
  stub.reply = () => ({ body: { total_count: rows.length, results: rows } });
}

function fixture(name: string): { results: (typeof ROW)[] } {
  return JSON.parse(recordedGrid(name));
}

test('one real row becomes one quarter hour of lifecycle intensity', async () => {
  answer(ROW);
  // (37536·5.13 + 4408·10.7 + 7440·12.62 + 501·498.34 + 110·965.9 + 7·1028.5 + 651·230) / 50653
  const grams = 16.711;
  expect(await lifecycle().fetch(FROM, TO)).toEqual([
    {
      zone: 'FR',
      startMs: MIDNIGHT,
      endMs: MIDNIGHT + QUARTER_HOUR_MS,
      gramsPerKwh: expect.closeTo(grams, 3),
      factorType: 'lifecycle',
      basis: 'production',
      status: 'estimated',
      provider: 'rte-odre',
      fetchedAtMs: TO,
      // (37536 + 4408 + 7440) / 50653
      lowCarbonShare: expect.closeTo(0.975, 3),
    },
  ]);
});

test("direct intensity is RTE's own number, under a provider name of its own", async () => {
  answer(ROW);
  expect(await direct().fetch(FROM, TO)).toMatchObject([
    { gramsPerKwh: 12, factorType: 'direct', provider: 'rte-odre-direct' },
  ]);
});

test('the query asks for measured rows only, in UTC, newest first', async () => {
  await lifecycle().fetch(FROM + 60_000, TO);
  const query = stub.requests[0]?.searchParams;
  expect(stub.requests[0]?.pathname).toBe('/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/records');
  expect(query?.get('where')).toBe(
    "taux_co2 is not null and date_heure >= '2023-09-21T22:00:00.000Z' and date_heure < '2023-09-22T01:00:00.000Z'",
  );
  expect(query?.get('timezone')).toBe('UTC');
  expect(query?.get('limit')).toBe('100');
  expect(query?.get('order_by')).toBe('date_heure desc');
});

test('more than a day is asked for page by page', async () => {
  const rows = Array.from({ length: 150 }, (_, n) => ({
    ...ROW,
    date_heure: new Date(MIDNIGHT - n * QUARTER_HOUR_MS).toISOString(),
  }));
  stub.reply = ({ searchParams }) => {
    const offset = Number(searchParams.get('offset'));
    return { body: { total_count: rows.length, results: rows.slice(offset, offset + 100) } };
  };
  const points = await lifecycle().fetch(MIDNIGHT - 2 * 86_400_000, TO);
  expect(points).toHaveLength(150);
  expect(stub.requests).toHaveLength(2);
});

test('points come oldest first and only those that overlap the interval', async () => {
  const at = (date_heure: string) => ({ ...ROW, date_heure });
  answer(at('2023-09-22T00:45:00Z'), at('2023-09-22T00:30:00Z'), ROW, at('2023-09-21T20:00:00Z'));
  const points = await lifecycle().fetch(MIDNIGHT + 60_000, MIDNIGHT + 45 * 60_000);
  expect(points.map(({ startMs }) => (startMs - MIDNIGHT) / 60_000)).toEqual([0, 30]);
});

test.each([
  ['Données consolidées', 'measured'],
  ['Données définitives', 'measured'],
  ['Données temps réel', 'estimated'],
  [undefined, 'estimated'],
])('rows of the nature %j are %s', async (nature, status) => {
  answer({ ...ROW, nature });
  expect(await lifecycle().fetch(FROM, TO)).toMatchObject([{ status }]);
});

test('of a slot that comes twice the consolidated row counts, wherever it stands', async () => {
  const consolidated = { ...ROW, nature: 'Données consolidées', gaz: 600 };
  for (const rows of [
    [ROW, consolidated],
    [consolidated, ROW],
  ]) {
    answer(...rows);
    expect(await lifecycle().fetch(FROM, TO)).toMatchObject([{ status: 'measured' }]);
  }
});

test('numbers in text are numbers, a row without perimetre is of France, and 0 g is a value', async () => {
  const { perimetre: _, ...bare } = ROW;
  answer({ ...bare, nucleaire: '37536' });
  expect(await lifecycle().fetch(FROM, TO)).toHaveLength(1);
  answer({ ...bare, taux_co2: '0' });
  expect(await direct().fetch(FROM, TO)).toMatchObject([{ gramsPerKwh: 0 }]);
});

test('solar inverters that take power at night do not count as production', async () => {
  answer({ ...ROW, solaire: -40 });
  const [point] = await lifecycle().fetch(FROM, TO);
  answer(ROW);
  expect(await lifecycle().fetch(FROM, TO)).toMatchObject([{ gramsPerKwh: point?.gramsPerKwh }]);
});

test.each([
  ['not available', { gaz: 'ND' }],
  ['null', { nucleaire: null }],
  ['missing', { eolien: undefined }],
  ['empty', { gaz: ' ' }],
  ['infinite', { gaz: '1e999' }],
  ['of a region', { perimetre: 'Bretagne' }],
  ['without offset', { date_heure: '2023-09-22T00:15:00' }],
  ['not on a quarter hour', { date_heure: '2023-09-22T00:17:00Z' }],
  ['in the future', { date_heure: '2023-09-22T01:15:00Z' }],
  [
    'without production',
    Object.fromEntries(
      Object.keys(ROW)
        .slice(3)
        .map((column) => [column, 0]),
    ),
  ],
])('a row that is %s is left out, the others are kept', async (_, change) => {
  const other = { ...ROW, date_heure: '2023-09-21T23:45:00Z' };
  answer({ ...ROW, ...change }, other, null, 'nonsense');
  const points = await lifecycle().fetch(FROM, TO + QUARTER_HOUR_MS * 2);
  expect(points.map(({ startMs }) => startMs)).toEqual([MIDNIGHT - QUARTER_HOUR_MS]);
});

test.each([-1, 5000, null, 'ND'])('a direct intensity of %j is left out', async (taux_co2) => {
  answer({ ...ROW, taux_co2 }, { ...ROW, date_heure: '2023-09-21T23:45:00Z' });
  expect(await direct().fetch(FROM, TO)).toHaveLength(1);
});

test('no rows at all is an empty answer, rows of which none can be used are a failure', async () => {
  expect(await lifecycle().fetch(FROM, TO)).toEqual([]);
  answer({ ...ROW, gaz: 'ND' }, { date: 'x' });
  await expect(lifecycle().fetch(FROM, TO)).rejects.toThrow('none of its 2 rows can be used');
});

test.each([
  ['HTML with 503', { status: 503, body: '<html>Maintenance</html>' }, 'it answered 503'],
  ['HTML with 200', { body: '<html>Hotel</html>' }, 'no JSON'],
  ['JSON that is cut off', { body: '{"total_count":12,"results":[{"date_heure":' }, 'no JSON'],
  ['an object instead of rows', { body: { error_code: 'ODSQLError', message: 'Unknown field' } }, 'Unknown field'],
  ['a list', { body: [] }, 'it answered 200'],
  ['null', { body: 'null' }, 'it answered 200'],
  ['429', { status: 429, headers: { 'retry-after': '60' }, body: {} }, 'retry after 60'],
  ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, 'it answered 302'],
  ['3 MB', { body: 'x'.repeat(3_000_000) }, 'larger than 2097152 bytes'],
])('%s makes the intensity unavailable, and says why', async (_, reply, why) => {
  stub.reply = () => reply;
  const failure = await lifecycle()
    .fetch(FROM, TO)
    .catch((error) => error);
  expect(failure).toBeInstanceOf(IntensityUnavailable);
  expect(failure.message).toContain(why);
  expect(failure.message).toContain('RTE éCO2mix (ODRÉ)');
});

test('a server that does not answer is given up after 15 s', async () => {
  stub.reply = () => 'hang';
  const failed = expect(lifecycle().fetch(FROM, TO)).rejects.toThrow('no answer within 15 s');
  await until('the request arrives', () => stub.requests.length === 1);
  await clock.advance(15_000);
  await failed;
});

test('a server that is not there makes the intensity unavailable', async () => {
  stub.stop();
  await expect(lifecycle().fetch(FROM, TO)).rejects.toThrow(/ECONNREFUSED/);
});

test('a fetch that is aborted ends with the reason of the abort', async () => {
  stub.reply = () => 'hang';
  const abort = new AbortController();
  const failed = expect(lifecycle().fetch(FROM, TO, abort.signal)).rejects.toThrow('shutting down');
  await until('the request arrives', () => stub.requests.length === 1);
  abort.abort(new Error('shutting down'));
  await failed;
  await expect(lifecycle().fetch(FROM, TO, abort.signal)).rejects.toThrow('shutting down');
});

describe.skipIf(noRecordedGrids)('with recorded answers', () => {
  test('descending rows give eight quarter hours in order', async () => {
    const body = fixture('odre_eco2mix_records_desc.json');
    stub.reply = () => ({ body });
    const points = await direct().fetch(FROM, TO);
    expect(points.map(({ gramsPerKwh }) => gramsPerKwh)).toEqual([26, 24, 22, 18, 14, 12, 12, 12]);
    expect(points.at(-1)?.startMs).toBe(MIDNIGHT);
    for (const point of await lifecycle().fetch(FROM, TO)) {
      expect(point.gramsPerKwh).toBeGreaterThan(12);
      expect(point.gramsPerKwh).toBeLessThan(40);
    }
  });

  test('empty rows of the future are left out', async () => {
    const body = fixture('odre_eco2mix_records_with_future_nulls.json');
    clock = new FakeClock(MIDNIGHT + 86_400_000);
    stub.reply = () => ({ body });
    expect(await lifecycle().fetch(FROM, TO + 3_600_000)).toHaveLength(8);
  });

  test('a spent quota and a bad query are told in the words of the portal', async () => {
    stub.reply = () => ({ status: 429, body: fixture('odre_429.json') });
    await expect(lifecycle().fetch(FROM, TO)).rejects.toThrow(/429, Too many requests.*quota until 2026-11-25/);
    stub.reply = () => ({ status: 400, body: fixture('odre_odsql_error.json') });
    await expect(lifecycle().fetch(FROM, TO)).rejects.toThrow(/400, ODSQL query is malformed/);
  });

  test("the fuel columns times RTE's own combustion factors give RTE's own number", () => {
    // gCO2/kWh that RTE publishes with éCO2mix.
    const combustion: Record<string, number> = { gas: 429, oil: 777, coal: 986, biomass: 494 };
    const factors = Object.fromEntries(
      Object.keys(FRENCH_LIFECYCLE).map((fuel) => [fuel, { gramsPerKwh: combustion[fuel] ?? 0, source: 'RTE' }]),
    ) as typeof FRENCH_LIFECYCLE;
    for (const row of fixture('odre_eco2mix_records_desc.json').results) {
      const { nucleaire, hydraulique, eolien, solaire, gaz, fioul, charbon, bioenergies, taux_co2 } = row;
      const megawatts = {
        nuclear: nucleaire,
        hydro: hydraulique,
        wind: eolien,
        solar: solaire,
        gas: gaz,
        oil: fioul,
        coal: charbon,
        biomass: bioenergies,
      };
      expect(Math.abs((mixIntensity(megawatts, factors) ?? 0) - taux_co2)).toBeLessThanOrEqual(0.6);
    }
  });
});
