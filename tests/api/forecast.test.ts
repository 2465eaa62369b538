import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as schemas from '../../api/carbon-schemas.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { problemOf, TestApi } from './inject.ts';

const HOUR_MS = 3_600_000;

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

/** A forecast by the hour from now (12:00 UTC, 13:00 in Paris). */
function forecastOf(values: number[]): void {
  const nowMs = api.studio.nowMs();
  const points = values.map(
    (gramsPerKwh, index): IntensityPoint => ({
      zone: 'DE',
      startMs: nowMs + index * HOUR_MS,
      endMs: nowMs + (index + 1) * HOUR_MS,
      gramsPerKwh,
      factorType: 'lifecycle',
      basis: 'production',
      status: 'forecast',
      provider: 'energy-charts',
      fetchedAtMs: nowMs,
    }),
  );
  api.studio.forecast = points;
}
const bestSlot = async (query: string) =>
  schemas.BestSlotAnswer.strict().parse((await api.get(`/api/v1/intensity/best-slot?${query}`)).json());

describe('the forecast', () => {
  test("is the provider's, with how far it goes", async () => {
    forecastOf([400, 300, 200]);
    const answer = schemas.ForecastAnswer.strict().parse((await api.get('/api/v1/intensity/forecast')).json());
    expect(answer).toMatchObject({ kind: 'forecast', coveredUntil: '2026-11-24T15:00:00.000Z' });
    expect(answer.attributions).toEqual(['Energy-Charts.info (CC BY 4.0)']);
    expect(answer.points.map(({ gramsPerKwh }) => gramsPerKwh)).toEqual([400, 300, 200]);
    expect(answer.points[0]).toMatchObject({ status: 'forecast', provider: 'energy-charts', factorType: 'lifecycle' });
  });

  test('is a typical week, and says so, where nobody forecasts', async () => {
    const answer = schemas.ForecastAnswer.parse((await api.get('/api/v1/intensity/forecast')).json());
    expect(answer).toMatchObject({ kind: 'typical', attributions: ['RTE – éCO2mix / ODRÉ'] });
    expect(answer.points[0]).toMatchObject({ provider: 'typical-rte-odre', status: 'forecast', gramsPerKwh: 32.4 });
  });

  test('is refused for a time that nobody knows', async () => {
    const answer = await api.get('/api/v1/intensity/forecast?from=2027-11-24T12:00:00Z');
    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'validation-failed' });
  });
});

describe('the best time for a live', () => {
  test.each(['1970-01-01', '2999-01-01'])(
    'is not compared with a plan of %s: all the years between would be read',
    async (day) => {
      const answer = await api.get(`/api/v1/intensity/best-slot?durationMinutes=60&planned=${day}T00:00:00Z`);
      expect(problemOf(answer).errors).toMatchObject([{ field: 'query.planned' }]);
    },
  );

  test('is compared with now, and recommended when it saves enough', async () => {
    forecastOf([400, 300, 200, 200, 500]);
    expect(await bestSlot('durationMinutes=120&watts=400')).toMatchObject({
      kind: 'forecast',
      provider: 'energy-charts',
      best: { start: '2026-11-24T14:00:00.000Z', end: '2026-11-24T16:00:00.000Z', gramsPerKwh: 200 },
      now: { slot: { gramsPerKwh: 350 }, savedGrams: 120 },
      planned: null,
      recommended: true,
      coveredUntil: '2026-11-24T17:00:00.000Z',
    });
  });

  test('is not recommended when it saves less than 5 g', async () => {
    forecastOf([52, 48, 48, 50]);
    const answer = await bestSlot('durationMinutes=120&watts=400');
    expect(answer.now?.savedGrams).toBeCloseTo(1.6, 6);
    expect(answer.recommended).toBe(false);
    expect(answer.why).toContain('not worth it');
  });

  test('keeps to the allowed local hours and to the planned time that it is compared with', async () => {
    forecastOf([100, 500, 500, 500, 500, 300, 250, 400, 500]);
    // 19:00 in Paris is 18:00 UTC.
    const answer = await bestSlot('durationMinutes=60&watts=1000&hours=19:00-22:00&planned=2026-11-24T19:00:00Z');
    expect(answer.best).toMatchObject({ start: '2026-11-24T18:00:00.000Z', gramsPerKwh: 250 });
    expect(answer.planned).toMatchObject({ slot: { gramsPerKwh: 400 }, savedGrams: 150 });
    expect(answer.now).toMatchObject({ slot: { gramsPerKwh: 100 }, savedGrams: -150 });
    expect(answer.recommended).toBe(true);
  });

  test('is nowhere when the live is longer than what is known', async () => {
    forecastOf([100, 200]);
    expect(await bestSlot('durationMinutes=180&watts=400')).toMatchObject({ best: null, recommended: false });
  });

  test('without watts is told in shares only, and not recommended', async () => {
    forecastOf([400, 200]);
    const answer = await bestSlot('durationMinutes=60');
    expect(answer).toMatchObject({ watts: null, recommended: false, now: { savedGrams: null, savedShare: 0.5 } });
  });

  test.each([
    '',
    'durationMinutes=2',
    'durationMinutes=60&hours=25:00-26:00',
    'durationMinutes=60&from=2026-11-25T00:00:00Z&to=2026-11-24T00:00:00Z',
  ])('refuses %j', async (query) => {
    const answer = await api.get(`/api/v1/intensity/best-slot?${query}`);
    expect(problemOf(answer).code).toBe('validation-failed');
  });
});
