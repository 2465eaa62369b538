import { afterEach, beforeEach, expect, test } from 'vitest';
import { Overlay } from '../../api/overlay.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { TestApi } from './inject.ts';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

const shown = async () => Overlay.strict().parse((await api.get('/api/v1/overlay')).json());

test('the overlay knows sums and where they are from, and names no plug and no place', async () => {
  expect(await shown()).toMatchObject({ demo: false, onAir: false, complete: false, session: null, letter: null });
  const { text } = await api.get('/api/v1/overlay');
  expect(text).not.toMatch(/key-light|Key light|Atelier|Paris/);
});

test('grams of a live are there only when all of its energy has an intensity', async () => {
  await api.post('/api/v1/sessions', { phase: 'live' });
  expect((await shown()).session?.grams).toBeCloseTo(84.2 * 0.0324, 6);
  if (api.studio.current) api.studio.current.footprint.unpricedWh = 1;
  expect((await shown()).session?.grams).toBeNull();
});

test('nothing measured is no zero', async () => {
  for (const plug of api.studio.plugs) plug.watts = null;
  expect(await shown()).toMatchObject({ watts: null, gramsPerHour: null });
});

test('the low-carbon share is there where the provider gives a mix, with the time that it is of', async () => {
  expect((await shown()).intensity?.lowCarbonShare).toBeNull();
  const { intensity } = api.studio;
  if (intensity) Object.assign(intensity, { lowCarbonShare: 0.95, heldFromMs: intensity.startMs - 3_600_000 });
  expect((await shown()).intensity).toMatchObject({
    lowCarbonShare: 0.95,
    at: new Date((intensity?.startMs ?? 0) - 3_600_000).toISOString(),
  });
});

test('the letter is that of the live that runs, asked at most once a minute', async () => {
  const clock = api.studio.clock as FakeClock;
  let asked = 0;
  const { score } = api.studio.insight;
  api.studio.insight.score = async (id) => {
    asked += 1;
    const found = await score(id);
    return found && { ...found, score: { ...found.score, overall: asked > 1 ? 'B' : null, energy: 'C' } };
  };
  await api.post('/api/v1/sessions', { phase: 'live' });
  const letterIs = (value: string) =>
    until(`the letter is ${value}`, async () => (await shown()).letter?.value === value);
  await letterIs('C');
  expect((await shown()).letter).toEqual({ value: 'C', of: 'energy' });
  expect(asked).toBe(1);
  await clock.advance(60_000);
  await letterIs('B');
  expect((await shown()).letter).toEqual({ value: 'B', of: 'overall' });
  expect(asked).toBe(2);
  await api.post('/api/v1/sessions/current/end');
  expect((await shown()).letter).toBeNull();
});
