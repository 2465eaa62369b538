import { describe, expect, test } from 'vitest';
import { footprint, pricing } from '../../model/emissions.ts';
import { EMPTY_ENERGY, type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';

const T0 = Date.UTC(2026, 10, 24, 12);
const point = (more: Partial<IntensityPoint> = {}): IntensityPoint => ({
  zone: 'FR',
  startMs: T0,
  endMs: T0 + QUARTER_HOUR_MS,
  gramsPerKwh: 26,
  factorType: 'lifecycle',
  basis: 'production',
  status: 'measured',
  provider: 'rte',
  fetchedAtMs: 0,
  ...more,
});
const slice = (more: Partial<EnergySlice>): EnergySlice => ({
  plug: 'light',
  startMs: T0,
  sessionId: null,
  phase: 'standby',
  ...EMPTY_ENERGY,
  ...more,
});
const average = point({ provider: 'average', gramsPerKwh: 51.9, status: 'static' });

describe('the price of a quarter hour', () => {
  test('is the preferred provider, then the better status, then the newer answer', () => {
    const late = point({ gramsPerKwh: 27, fetchedAtMs: 5 });
    const estimate = point({ gramsPerKwh: 30, status: 'estimated', fetchedAtMs: 9 });
    const other = point({ gramsPerKwh: 60, provider: 'other' });
    expect(pricing([other, estimate, point(), late], ['rte', 'other'], null)(T0)).toBe(late);
    expect(pricing([other, point()], ['other', 'rte'], null)(T0)).toBe(other);
  });

  test('a value of zero is a value', () => {
    expect(pricing([point({ gramsPerKwh: 0 })], ['rte'], average)(T0)?.gramsPerKwh).toBe(0);
  });

  test('an hour holds each of its quarters', () => {
    const hour = point({ endMs: T0 + 4 * QUARTER_HOUR_MS });
    expect(pricing([hour], ['rte'], null)(T0 + 3 * QUARTER_HOUR_MS)).toBe(hour);
    expect(pricing([hour], ['rte'], null)(T0 + 4 * QUARTER_HOUR_MS)?.status).toBe('estimated');
  });

  test('is never a forecast', () => {
    const forecast = point({ status: 'forecast' });
    expect(pricing([forecast], ['rte'], average)(T0)).toMatchObject({ status: 'static' });
    expect(pricing([forecast, point({ status: 'estimated' })], ['rte'], null)(T0)?.status).toBe('estimated');
  });

  test('the last value stands in for two hours as an estimate, then the average does', () => {
    const held = pricing([point()], ['rte'], average)(T0 + 8 * QUARTER_HOUR_MS);
    expect(held).toMatchObject({ gramsPerKwh: 26, status: 'estimated', provider: 'rte', heldFromMs: T0 });
    expect(pricing([point()], ['rte'], average)(T0 + 9 * QUARTER_HOUR_MS)).toMatchObject({ status: 'static' });
    expect(pricing([point()], ['rte'], null)(T0 - QUARTER_HOUR_MS)).toBeNull();
  });
});

describe('a footprint', () => {
  test('says how much was measured how, and by whom each gram was priced', () => {
    const slices = [
      slice({ counterWh: 100, coveredMs: QUARTER_HOUR_MS }),
      slice({ startMs: T0 + QUARTER_HOUR_MS, gapWh: 50 }),
    ];
    const price = (startMs: number) => (startMs === T0 ? point() : average);
    expect(footprint(slices, price)).toEqual({
      wh: 150,
      grams: 100 * 0.026 + 50 * 0.0519,
      counterWh: 100,
      integratedWh: 0,
      gapWh: 50,
      coverage: 0.5,
      unpricedWh: 0,
      origins: [
        { provider: 'rte', factorType: 'lifecycle', status: 'measured', wh: 100 },
        { provider: 'average', factorType: 'lifecycle', status: 'static', wh: 50 },
      ],
    });
  });

  test('energy without a price is told apart, not counted as zero grams', () => {
    expect(footprint([slice({ counterWh: 7 })], () => null)).toMatchObject({
      wh: 7,
      grams: 0,
      unpricedWh: 7,
      origins: [],
    });
  });
});
