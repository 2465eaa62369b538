import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as schemas from '../../api/carbon-schemas.ts';
import { EMPTY_ENERGY, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { problemOf, TestApi } from './inject.ts';

const ID = '2026-11-24-1';
const HOUR_MS = 3_600_000;

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

/** A live of two hours at 400 W, measured whole, that ended just now. */
async function liveOfTwoHours(viewers: number | null): Promise<void> {
  const clock = api.studio.clock as FakeClock;
  const startMs = clock.nowMs();
  await api.post('/api/v1/sessions', { title: 'Evening', phase: 'live' });
  if (viewers !== null) await api.post('/api/v1/sessions/current/audience', { viewers });
  await clock.advance(2 * HOUR_MS);
  await api.post('/api/v1/sessions/current/end');
  api.studio.slices = Array.from({ length: 8 }, (_, index) => ({
    ...EMPTY_ENERGY,
    ...{ plug: 'key-light', startMs: startMs + index * QUARTER_HOUR_MS, sessionId: ID, phase: 'live' as const },
    ...{ counterWh: 100, coveredMs: QUARTER_HOUR_MS },
  }));
}
const footprint = async (query = '') =>
  schemas.WholeLive.strict().parse((await api.get(`/api/v1/sessions/${ID}/footprint${query}`)).json());

describe('the footprint of a whole live', () => {
  test('keeps what was measured apart from what is modelled', async () => {
    await liveOfTwoHours(1000);
    const whole = await footprint();
    expect(whole.measured.wh).toEqual({ lowest: 784, low: 792, central: 800, high: 808, highest: 816 });
    expect(whole.measured.grams.central).toBeCloseTo(0.8 * 32.4, 9);
    expect(whole.audience).toMatchObject({ viewerHours: 2000, meanViewers: 1000, figures: 1 });
    const { modelled } = whole;
    expect(modelled.networkModel).toBe('per-gb');
    expect(modelled.components.map(({ component }) => component)).toEqual([
      'dataCentre',
      'network',
      'devices',
      'upload',
      'replay',
      'hardware',
    ]);
    // Between 9 kg (all by Wi-Fi) and 23 kg (all on the mobile network).
    expect(modelled.total?.central).toBeGreaterThan(9000);
    expect(modelled.total?.central).toBeLessThan(23_000);
    expect(modelled.perViewerHour?.central).toBeCloseTo(8.3, 1);
    expect(modelled.otherNetworkModel?.networkModel).toBe('power');
  });

  test('shows no modelled number with more than two figures', async () => {
    await liveOfTwoHours(1234);
    const { modelled } = await footprint();
    const numbers = JSON.stringify(modelled).match(/:-?[\d.]+/g) ?? [];
    expect(numbers.length).toBeGreaterThan(50);
    for (const number of numbers)
      expect(number.replace(/[:\-.]|^:0\.0*|0+$/g, '').replace(/^0+/, '').length).toBeLessThan(3);
  });

  test('does not know what depends on the viewers when nobody said how many there were', async () => {
    await liveOfTwoHours(null);
    const { audience, modelled, sci } = await footprint();
    expect(audience).toBeNull();
    expect(modelled).toMatchObject({ total: null, perViewerHour: null, otherNetworkModel: null });
    expect(modelled.components.find(({ component }) => component === 'network')?.grams).toBeNull();
    expect(modelled.components.find(({ component }) => component === 'hardware')?.grams?.central).toBe(170);
    expect(sci.viewerHour).toBeNull();
    expect(sci.liveHour).toMatchObject({ R: 2, E_kWh: 0.8, I_provider: ['rte-odre'], quantification: 'measured' });
  });

  test('by the other network model, and with the bytes that were counted', async () => {
    await liveOfTwoHours(1000);
    const [usual, power] = [await footprint('?sentBytes=5400000000'), await footprint('?network=power')];
    expect(power.modelled.networkModel).toBe('power');
    expect(power.modelled.otherNetworkModel?.total.central).toBe(usual.modelled.total?.central);
    const upload = usual.modelled.components.find(({ component }) => component === 'upload');
    expect(upload?.grams?.central).toBe(50);
  });

  test('names the source of each parameter, and what is assumed', async () => {
    await liveOfTwoHours(10);
    const { parameters, hardware } = await footprint();
    for (const { source, unit } of parameters) expect(`${source}${unit}`.length).toBeGreaterThan(8);
    expect(parameters.find(({ name }) => name === 'mobileShare')).toMatchObject({ central: 0.5, assumed: true });
    expect(hardware).toMatchObject([{ item: 'desktop', count: 1, assumed: false }]);
  });

  test('of a session that does not exist is not found', async () => {
    expect(problemOf(await api.get('/api/v1/sessions/nothing/footprint')).code).toBe('not-found');
  });
});

describe('the score', () => {
  test('of a live has its letters, what they are from, and that they are provisional', async () => {
    await liveOfTwoHours(1000);
    const found = schemas.LiveScore.strict().parse((await api.get(`/api/v1/sessions/${ID}/score`)).json());
    expect(found.score).toMatchObject({
      ...{ energy: 'D', climate: 'B', overall: 'D', audience: 'B' },
      ...{ whPerLiveHour: 400, gramsPerViewerHour: 8.2, provisional: true, because: [] },
    });
    expect(found.rank).toEqual({ energy: null, climate: null, lives: 0 });
  });

  test('of a month is of the lives that began in it', async () => {
    await liveOfTwoHours(null);
    const month = async (query: string) =>
      schemas.MonthScore.strict().parse((await api.get(`/api/v1/score${query}`)).json());
    expect(await month('')).toMatchObject({ month: '2026-11', lives: 1, score: { energy: 'D' } });
    expect(await month('?month=2026-10')).toMatchObject({ lives: 0, score: { energy: null, overall: null } });
  });

  test('of a month is found however many lives there were since', async () => {
    await liveOfTwoHours(null);
    const [live] = api.studio.past;
    if (!live) throw new Error('there is no live to copy');
    const before = (days: number) => {
      const startedAtMs = live.startedAtMs - days * 24 * HOUR_MS;
      const phases = live.phases.map((phase) => ({ ...phase, atMs: startedAtMs }));
      return { ...live, id: `before-${days}`, startedAtMs, endedAtMs: startedAtMs + HOUR_MS, phases };
    };
    api.studio.past = Array.from({ length: 800 }, (_, days) => before(days));
    const month = schemas.MonthScore.parse((await api.get('/api/v1/score?month=2025-02')).json());
    expect(month.lives).toBe(28);
  });

  test('is an image for the live and for the month, in two languages', async () => {
    await liveOfTwoHours(null);
    const live = await api.get(`/api/v1/sessions/${ID}/badge.svg`);
    expect(live.headers['content-type']).toContain('image/svg+xml');
    expect(live.text).toContain('<title>offair · énergie et climat · 24/11/2026 · provisoire: D</title>');
    const month = await api.get('/api/v1/badge.svg?month=2026-11&lang=en');
    expect(month.text).toContain('November 2026 · provisional: D');
    expect(problemOf(await api.get('/api/v1/sessions/nothing/badge.svg')).code).toBe('not-found');
    expect(problemOf(await api.get('/api/v1/badge.svg?month=2026-13')).code).toBe('validation-failed');
  });
});
