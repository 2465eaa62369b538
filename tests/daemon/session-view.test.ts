import { describe, expect, test } from 'vitest';
import { sessionView } from '../../daemon/views.ts';
import { type Pricing, pricing } from '../../model/emissions.ts';
import { EMPTY_ENERGY, type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { Contract } from '../../model/market.ts';
import { endSession, startSession } from '../../model/session.ts';

const T0 = Date.UTC(2026, 10, 24, 12);
const END = T0 + 2 * QUARTER_HOUR_MS;
const running = startSession({ id: 's', title: null, phase: 'live', by: 'api', atMs: T0 });
const ended = endSession(running, 'api', END);
const slices: EnergySlice[] = [T0, T0 + QUARTER_HOUR_MS].map((startMs) => ({
  plug: 'light',
  startMs,
  sessionId: 's',
  phase: 'live',
  ...EMPTY_ENERGY,
  counterWh: 1000,
  coveredMs: QUARTER_HOUR_MS,
}));
const point = (startMs: number, gramsPerKwh: number): IntensityPoint => ({
  zone: 'FR',
  startMs,
  endMs: startMs + QUARTER_HOUR_MS,
  gramsPerKwh,
  factorType: 'lifecycle',
  basis: 'production',
  status: 'estimated',
  provider: 'rte',
  fetchedAtMs: T0,
});
const average = { ...point(T0, 50), status: 'static' as const, provider: 'average' };
const priced = (...points: IntensityPoint[]): Pricing => pricing(points, ['rte'], average);

const view = (
  session: typeof running,
  prices: { now: Pricing; atItsEnd: Pricing | null; share?: () => number },
  contract: Contract | null = null,
) =>
  sessionView({ plugs: [], nowMs: () => END, market: { contract, solarGramsPerKwh: 30 } }, session, slices, {
    share: () => 0,
    ...prices,
  });

describe('a session', () => {
  test('says by how many grams the grid was revised since it ended', () => {
    const atItsEnd = priced(point(T0, 20), point(T0 + QUARTER_HOUR_MS, 20));
    const now = priced(point(T0, 23), point(T0 + QUARTER_HOUR_MS, 19));
    expect(view(ended, { now, atItsEnd })).toMatchObject({ footprint: { grams: 42 }, revisedByGrams: 2 });
    expect(view(ended, { now, atItsEnd: now }).revisedByGrams).toBe(0);
  });

  test('counts as revised what stood in for a value that was not there yet', () => {
    const atItsEnd = priced(point(T0, 20));
    const now = priced(point(T0, 20), point(T0 + QUARTER_HOUR_MS, 26));
    expect(view(ended, { now, atItsEnd }).revisedByGrams).toBe(6);
  });

  test('does not count as revised what had no price at all then', () => {
    const bare = (...points: IntensityPoint[]) => pricing(points, ['rte'], null);
    const atItsEnd = bare(point(T0 + QUARTER_HOUR_MS, 20));
    const now = bare(point(T0, 20), point(T0 + QUARTER_HOUR_MS, 26));
    expect(view(ended, { now, atItsEnd }).revisedByGrams).toBe(6);
  });

  test('that runs is not revised yet', () => {
    expect(view(running, { now: priced(point(T0, 20)), atItsEnd: null }).revisedByGrams).toBeNull();
  });

  test('has the same location-based grams whatever contract or roof stands beside them', () => {
    const now = priced(point(T0, 20), point(T0 + QUARTER_HOUR_MS, 20));
    const bare = view(ended, { now, atItsEnd: now });
    const green = view(ended, { now, atItsEnd: now, share: () => 0.5 }, { name: 'Green', gramsPerKwh: 10 });
    expect(bare.market).toBeNull();
    expect(green.market).toMatchObject({ grams: 40, onsiteWh: 1000, gridWh: 1000, contract: 'Green' });
    expect(green.footprint).toEqual(bare.footprint);
    expect(green.revisedByGrams).toBe(bare.revisedByGrams);
  });
});
