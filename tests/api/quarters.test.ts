import { afterEach, beforeEach, expect, test } from 'vitest';
import { Comparison, QuarterReport } from '../../api/quarter-schema.ts';
import { problemOf, TestApi } from './inject.ts';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

const report = async (quarter = '2026Q4') => QuarterReport.parse((await api.get(`/api/v1/quarters/${quarter}`)).json());

test('the report of a quarter has the published form', async () => {
  expect(await report()).toMatchObject({ quarter: '2026Q4', country: 'FR', complete: false, lives: 0 });
  expect(problemOf(await api.get('/api/v1/quarters/2026Q5')).code).toBe('validation-failed');
});

test('a quarter is compared with the reports that are sent', async () => {
  const own = await report();
  const other = { ...own, items: { ...own.items, whPerLiveHour: 300 }, lives: 4 };
  const answer = await api.post('/api/v1/compare', { quarter: '2026Q4', reports: [other] });
  expect(Comparison.strict().parse(answer.json())).toMatchObject({
    reports: 1,
    sizeClass: null,
    items: [{ item: 'whPerLiveHour', own: null, median: 300, betterThan: null, of: 1 }, ...Array(6).fill({})],
  });
});

test('a report with a field that is not known, or of another version, is refused', async () => {
  const own = await report();
  for (const other of [
    { ...own, name: 'Studio' },
    { ...own, schema: 'offair-quarter/9' },
  ]) {
    const answer = await api.post('/api/v1/compare', { quarter: '2026Q4', reports: [other] });
    expect(problemOf(answer).code).toBe('validation-failed');
  }
});
