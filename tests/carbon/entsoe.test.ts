import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Entsoe } from '../../adapters/carbon/entsoe.ts';
import { readGeneration } from '../../adapters/carbon/entsoe-document.ts';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { GridStub, noRecordedGrids, recordedGrid } from '../support/grid-stub.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2023, 8, 21, 23);
const FRANCE = '10YFR-RTE------C';

interface Series {
  type: string;
  /** Megawatts by position. */
  points: Record<number, number | string>;
  curve?: string;
  resolution?: string;
  direction?: 'in' | 'out';
  domain?: string;
  from?: string;
  to?: string;
}

function document(...series: Series[]): string {
  const texts = series.map(
    ({ type, points, curve = 'A01', resolution = 'PT15M', direction = 'in', domain = FRANCE, from, to }) => `
    <TimeSeries>
      <${direction}BiddingZone_Domain.mRID codingScheme="A01">${domain}</${direction}BiddingZone_Domain.mRID>
      <curveType>${curve}</curveType><MktPSRType><psrType>${type}</psrType></MktPSRType>
      <Period><timeInterval><start>${from ?? '2023-09-21T23:00Z'}</start><end>${to ?? '2023-09-22T00:00Z'}</end></timeInterval>
      <resolution>${resolution}</resolution>${Object.entries(points)
        .map(
          ([position, quantity]) => `<Point><position>${position}</position><quantity>${quantity}</quantity></Point>`,
        )
        .join('')}</Period></TimeSeries>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><GL_MarketDocument xmlns="urn:x">${texts.join('')}</GL_MarketDocument>`;
}

const FOUR = { 1: 10, 2: 20, 3: 30, 4: 40 };

describe('a document of generation', () => {
  test('gives each quarter hour the megawatts of each fuel; those of one fuel are added', () => {
    const read = readGeneration(
      document({ type: 'B18', points: FOUR }, { type: 'B19', points: FOUR }, { type: 'B14', points: FOUR }),
      FRANCE,
    );
    expect(read).toHaveLength(4);
    expect(read[0]).toEqual({ startMs: START, megawatts: { wind: 20, nuclear: 10 } });
    expect(read[3]).toEqual({ startMs: START + 3 * QUARTER_HOUR_MS, megawatts: { wind: 80, nuclear: 40 } });
  });

  test('with the curve A03 leaves out what repeats itself, also at the end', () => {
    const read = readGeneration(document({ type: 'B14', curve: 'A03', points: { 1: 10, 3: 30 } }), FRANCE);
    expect(read.map(({ megawatts }) => megawatts.nuclear)).toEqual([10, 10, 30, 30]);
  });

  test('with the curve A01 has nothing where nothing stands', () => {
    const read = readGeneration(document({ type: 'B14', points: { 1: 10, 3: 30 } }), FRANCE);
    expect(read.map(({ startMs }) => (startMs - START) / QUARTER_HOUR_MS)).toEqual([0, 2]);
  });

  test('may have fuels of different resolutions: the longer ones hold in each of their quarter hours', () => {
    const read = readGeneration(
      document(
        { type: 'B14', resolution: 'PT60M', points: { 1: 100 } },
        { type: 'B04', resolution: 'PT30M', points: { 1: 5, 2: 6 } },
        { type: 'B16', points: FOUR },
      ),
      FRANCE,
    );
    expect(read.map(({ megawatts }) => [megawatts.nuclear, megawatts.gas, megawatts.solar])).toEqual([
      [100, 5, 10],
      [100, 5, 20],
      [100, 6, 30],
      [100, 6, 40],
    ]);
  });

  test('leaves out quarter hours that one of the fuels has not reached', () => {
    const late: Series = { type: 'B16', points: { 1: 1, 2: 1 }, to: '2023-09-21T23:30Z' };
    const read = readGeneration(document({ type: 'B14', points: FOUR }, late), FRANCE);
    expect(read).toHaveLength(2);
  });

  test('has pumps and storage that make nothing, and fuels without a name of their own', () => {
    const read = readGeneration(
      document(
        { type: 'B10', direction: 'out', points: FOUR },
        { type: 'B10', points: FOUR },
        { type: 'B25', points: { 1: 3 } },
        { type: 'B20', points: FOUR },
        { type: 'B77', points: FOUR },
      ),
      FRANCE,
    );
    expect(read.map(({ megawatts }) => megawatts)).toEqual([20, 40, 60, 80].map((unknown) => ({ unknown })));
  });

  test.each<[string, string | RegExp, Series]>([
    [
      'of another domain',
      'it answered for 10YBE----------2 when asked for',
      { type: 'B14', points: FOUR, domain: '10YBE----------2' },
    ],
    ['of an unknown resolution', 'a resolution of P1D', { type: 'B14', points: { 1: 1 }, resolution: 'P1D' }],
    ['of an unknown curve', 'the curve type A02', { type: 'B14', points: FOUR, curve: 'A02' }],
    ['with a point too many', 'outside its period', { type: 'B14', points: { ...FOUR, 5: 50 } }],
    ['with a period that is no whole steps', 'not whole steps', { type: 'B14', points: FOUR, to: '2023-09-21T23:50Z' }],
    [
      'with a period that ends before it starts',
      'not whole steps',
      { type: 'B14', points: {}, to: '2023-09-21T22:00Z' },
    ],
    [
      'with a period of centuries',
      'not whole steps',
      { type: 'B14', points: {}, curve: 'A03', to: '2323-09-21T23:00Z' },
    ],
    ['without times', 'no start and end', { type: 'B14', points: FOUR, from: 'yesterday' }],
  ])('%s is refused', (_, why, series) => {
    expect(() => readGeneration(document(series), FRANCE)).toThrow(why);
  });

  test('a quantity that is no number is as good as none', () => {
    expect(readGeneration(document({ type: 'B14', points: { 1: 'n/a', 2: 7 } }), FRANCE)).toHaveLength(1);
  });
});

describe('the platform', () => {
  let clock: FakeClock;
  let stub: GridStub;
  let baseUrl: string;
  beforeEach(async () => {
    clock = new FakeClock(START + 2 * HOUR_MS);
    stub = new GridStub();
    baseUrl = await stub.start();
  });
  afterEach(() => stub.stop());
  const source = (factorType: 'lifecycle' | 'direct' = 'lifecycle', zone = 'FR') =>
    new Entsoe({ clock, baseUrl, token: 't0ken', zone, factorType });

  test('is asked for realised generation per type, in whole hours of UTC', async () => {
    stub.reply = () => ({ body: document({ type: 'B14', points: FOUR }) });
    await source().fetch(START + 60_000, START + HOUR_MS);
    expect(stub.requests[0]?.pathname).toBe('/api');
    expect(Object.fromEntries(stub.requests[0]?.searchParams ?? [])).toEqual({
      securityToken: 't0ken',
      documentType: 'A75',
      processType: 'A16',
      in_Domain: FRANCE,
      periodStart: '202309212300',
      periodEnd: '202309220000',
    });
  });

  test('a bad token is told with the secret to check, and is not tried for an hour', async () => {
    stub.reply = () => ({ status: 401, body: 'Unauthorized t0ken' });
    const failure = await source()
      .fetch(START, START + HOUR_MS)
      .catch((error) => error);
    expect(failure.message).toContain('check the secret entsoe_token');
    expect(failure.message).not.toContain('t0ken');
    expect(failure.restMs).toBe(HOUR_MS);
  });

  test('a ban without a time is ten minutes', async () => {
    stub.reply = () => ({ status: 429, body: '' });
    const failure = await source()
      .fetch(START, START + HOUR_MS)
      .catch((error) => error);
    expect(failure.restMs).toBe(600_000);
  });

  test('a country that it has no single zone for can not be asked', () => {
    expect(() => source('lifecycle', 'NO')).toThrow('not known');
  });

  test('combustion alone has its own factors and its own name', async () => {
    stub.reply = () => ({ body: document({ type: 'B14', points: { 1: 50 } }, { type: 'B05', points: { 1: 50 } }) });
    expect(await source('direct').fetch(START, START + HOUR_MS)).toMatchObject([
      { gramsPerKwh: 380, factorType: 'direct', provider: 'entsoe-direct', status: 'measured', basis: 'production' },
    ]);
    expect(await source('lifecycle', 'FR').fetch(START, START + HOUR_MS)).toMatchObject([
      { gramsPerKwh: (5.13 + 1028.5) / 2, provider: 'entsoe' },
    ]);
  });

  describe.skipIf(noRecordedGrids)('with recorded answers', () => {
    test('France: four quarter hours, repeats filled in, pumping left out', async () => {
      stub.reply = () => ({ body: recordedGrid('entsoe_A75_FR.constructed.xml') });
      const points = await source().fetch(START, START + HOUR_MS);
      const grams = (nuclear: number) => (nuclear * 5.13 + 501 * 498.34) / (nuclear + 501);
      expect(points.map(({ gramsPerKwh }) => gramsPerKwh)).toEqual(
        [37500, 37500, 37500, 37536].map((nuclear) => expect.closeTo(grams(nuclear), 9)),
      );
    });

    test('Luxembourg: three days but for the quarter hour that most fuels lack', async () => {
      const from = Date.UTC(2024, 4, 21, 10);
      clock = new FakeClock(Date.UTC(2024, 4, 24, 10, 25));
      stub.reply = () => ({ body: recordedGrid('entsoe_A75_LU.xml') });
      const points = await source('lifecycle', 'LU').fetch(from, from + 72 * HOUR_MS);
      expect(points).toHaveLength(287);
      expect(points.some(({ startMs }) => startMs === Date.UTC(2024, 4, 24, 3, 45))).toBe(false);
      for (const { gramsPerKwh } of points) {
        expect(gramsPerKwh).toBeGreaterThan(11);
        expect(gramsPerKwh).toBeLessThan(490);
      }
    });

    test.each([200, 400])('"no matching data" with %i is an empty answer', async (status) => {
      stub.reply = () => ({ status, body: recordedGrid('entsoe_ack_999.constructed.xml') });
      expect(await source().fetch(START, START + HOUR_MS)).toEqual([]);
    });

    test('another reason is told', async () => {
      const body = recordedGrid('entsoe_ack_999.constructed.xml').replace('<code>999</code>', '<code>A99</code>');
      stub.reply = () => ({ status: 400, body });
      await expect(source().fetch(START, START + HOUR_MS)).rejects.toThrow('it answered A99, No matching data');
    });
  });
});
