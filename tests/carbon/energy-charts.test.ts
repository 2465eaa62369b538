import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EnergyCharts } from '../../adapters/carbon/energy-charts.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { GridStub, noRecordedGrids, recordedGrid } from '../support/grid-stub.ts';

const HOUR_MS = 3_600_000;
const MIDNIGHT = Date.UTC(2026, 9, 3, 22);
let clock: FakeClock;
let stub: GridStub;
let baseUrl: string;
beforeEach(async () => {
  clock = new FakeClock(MIDNIGHT + 6 * HOUR_MS);
  stub = new GridStub();
  baseUrl = await stub.start();
});
afterEach(() => stub.stop());

const source = (zone = 'FR') => new EnergyCharts({ clock, baseUrl, zone });
const hours = (...values: (number | null)[]) => ({
  body: {
    unix_seconds: values.map((_, index) => (MIDNIGHT + index * HOUR_MS) / 1000),
    co2eq: values,
    co2eq_forecast: values.map(() => null),
  },
});

test.each([
  ['FR', 'fr'],
  ['GB', 'uk'],
  ['GB-NIR', 'nie'],
])('%s is asked as %s, with times that are no local days', async (zone, country) => {
  stub.reply = () => hours(40);
  await source(zone).fetch(MIDNIGHT, MIDNIGHT + HOUR_MS);
  expect(Object.fromEntries(stub.requests[0]?.searchParams ?? [])).toEqual({
    country,
    start: String(MIDNIGHT / 1000),
    end: String((MIDNIGHT + HOUR_MS) / 1000),
  });
});

test('between two calls there is at least a second', async () => {
  stub.reply = () => hours(40);
  const one = source();
  await one.fetch(MIDNIGHT, MIDNIGHT + 1);
  const second = one.forecast(MIDNIGHT, MIDNIGHT + 1);
  const third = one.fetch(MIDNIGHT, MIDNIGHT + 1);
  await clock.advance(999);
  expect(stub.requests).toHaveLength(1);
  await clock.advance(1);
  await second;
  expect(stub.requests).toHaveLength(2);
  await clock.advance(1000);
  await third;
  expect(stub.requests).toHaveLength(3);
});

test('a country that reports by the hour has hours', async () => {
  stub.reply = () => hours(40, 42);
  expect(await source().fetch(MIDNIGHT, MIDNIGHT + 2 * HOUR_MS)).toMatchObject([
    { startMs: MIDNIGHT, endMs: MIDNIGHT + HOUR_MS },
    { startMs: MIDNIGHT + HOUR_MS, endMs: MIDNIGHT + 2 * HOUR_MS },
  ]);
});

test('a forecast begins with the slot that has begun', async () => {
  stub.reply = ({ searchParams }) => {
    const startMs = Number(searchParams.get('start')) * 1000;
    const all = [0, 1, 2, 3, 4].map((index) => MIDNIGHT + index * (HOUR_MS / 4)).filter((ms) => ms >= startMs);
    const told = all.map((ms) => ms / 1000);
    return { body: { unix_seconds: told, co2eq: told.map(() => null), co2eq_forecast: told.map(() => 50) } };
  };
  const points = await source().forecast(MIDNIGHT + 20 * 60_000, MIDNIGHT + HOUR_MS);
  expect(points[0]?.startMs).toBe(MIDNIGHT + HOUR_MS / 4);
});

test('no data for the period is an empty answer', async () => {
  stub.reply = () => ({ status: 404, body: '' });
  expect(await source().fetch(MIDNIGHT, MIDNIGHT + 1)).toEqual([]);
});

test('an unknown country is told in its words', async () => {
  stub.reply = () => ({ status: 400, body: "'xx' is not the code for an available country" });
  await expect(source().fetch(MIDNIGHT, MIDNIGHT + 1)).rejects.toThrow(
    "it answered 400, 'xx' is not the code for an available country",
  );
});

test('columns that are not as long as the times are refused', async () => {
  const { body } = hours(40, 41);
  stub.reply = () => ({ body: { ...body, co2eq: [40] } });
  await expect(source().fetch(MIDNIGHT, MIDNIGHT + 1)).rejects.toThrow('has no co2eq for each of its times');
});

describe.skipIf(noRecordedGrids)('with the recorded French day', () => {
  test('what was measured and what is forecast are apart', async () => {
    stub.reply = () => ({ body: recordedGrid('energycharts_co2eq_fr.json') });
    const one = source();
    const measured = await one.fetch(MIDNIGHT, MIDNIGHT + 48 * HOUR_MS);
    const asked = one.forecast(MIDNIGHT, MIDNIGHT + 48 * HOUR_MS);
    await clock.advance(1000);
    const forecast = await asked;
    expect(measured).toHaveLength(24);
    expect(measured[0]).toMatchObject({
      startMs: MIDNIGHT,
      gramsPerKwh: 64.8,
      status: 'measured',
      basis: 'production',
    });
    expect(measured.at(-1)).toMatchObject({ gramsPerKwh: 59.6 });
    expect(forecast).toHaveLength(75);
    expect(forecast[0]).toMatchObject({ gramsPerKwh: 49.4, status: 'forecast' });
    expect(forecast.at(-1)?.startMs).toBe(Date.UTC(2026, 9, 4, 22, 30));
    expect(new Set(forecast.map(({ provider, factorType }) => `${provider} ${factorType}`))).toEqual(
      new Set(['energy-charts lifecycle']),
    );
  });

  test('the end of a day that has nothing yet is left out', async () => {
    clock = new FakeClock(1_783_897_200_000);
    stub.reply = () => ({ body: recordedGrid('energycharts_co2eq_de_short.json') });
    const points = await source('DE').fetch(1_783_893_600_000, 1_783_898_100_000);
    expect(points.map(({ gramsPerKwh }) => gramsPerKwh)).toEqual([491.5, 497.4, 502.6]);
  });
});
