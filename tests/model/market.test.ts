import { describe, expect, test } from 'vitest';
import { EMPTY_ENERGY, type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { marketOf, solarGramsPerKwh } from '../../model/market.ts';
import {
  flowsOf,
  type OnsiteQuarter,
  type OnsiteSample,
  onsiteShare,
  quartersOf,
  SAMPLE_HOLD_MS,
} from '../../model/onsite.ts';

const T0 = Date.UTC(2026, 10, 24, 12);
const HOUR_MS = 3_600_000;
const slice = (startMs: number, counterWh: number): EnergySlice => ({
  plug: 'light',
  startMs,
  sessionId: 's',
  phase: 'live',
  ...EMPTY_ENERGY,
  counterWh,
});
const price = (): IntensityPoint => ({
  zone: 'FR',
  startMs: T0,
  endMs: T0 + QUARTER_HOUR_MS,
  gramsPerKwh: 400,
  factorType: 'lifecycle',
  basis: 'production',
  status: 'measured',
  provider: 'rte',
  fetchedAtMs: 0,
});
const none = () => 0;
const green = { name: 'Enercoop', gramsPerKwh: 12 };

describe('the market-based figure', () => {
  test('is nothing where there is neither a contract nor a roof', () => {
    expect(marketOf([slice(T0, 100)], price, none, { contract: null, solarGramsPerKwh: 30.075 })).toBeNull();
  });

  test('with a contract is its factor for all that comes from the grid', () => {
    expect(marketOf([slice(T0, 1500)], price, none, { contract: green, solarGramsPerKwh: 30.075 })).toEqual({
      grams: 18,
      onsiteWh: 0,
      gridWh: 1500,
      unpricedWh: 0,
      contract: 'Enercoop',
    });
  });

  test('with a roof and no contract is grid × (1 − share) and the making of the panels, quarter by quarter', () => {
    const share = (startMs: number) => (startMs === T0 ? 0.75 : 0);
    const slices = [slice(T0, 1000), slice(T0 + QUARTER_HOUR_MS, 1000)];
    expect(marketOf(slices, price, share, { contract: null, solarGramsPerKwh: 30.075 })).toEqual({
      grams: expect.closeTo(0.25 * 400 + 0.75 * 30.075 + 400, 9),
      onsiteWh: 750,
      gridWh: 1250,
      unpricedWh: 0,
      contract: null,
    });
  });

  test('of energy whose grid nobody knows has no grams, and says so', () => {
    const settings = { contract: null, solarGramsPerKwh: 0 };
    expect(
      marketOf(
        [slice(T0, 100)],
        () => null,
        () => 0.5,
        settings,
      ),
    ).toMatchObject({ grams: 0, unpricedWh: 50 });
  });

  test('counts a roof by the making of its panels, and not at all where only combustion counts', () => {
    expect(solarGramsPerKwh('FR', 'lifecycle')).toBe(30.075);
    expect(solarGramsPerKwh('DE', 'lifecycle')).toBe(45);
    expect(solarGramsPerKwh('FR', 'direct')).toBe(0);
  });
});

const sample = (more: Partial<OnsiteSample>): OnsiteSample => ({
  solarWatts: 0,
  gridWatts: 0,
  batteryWatts: 0,
  ...more,
});

describe('a roof', () => {
  test.each([
    ['grid alone', { gridWatts: 800 }, { loadWh: 800, solarWh: 0 }],
    ['some sun', { solarWatts: 600, gridWatts: 200 }, { loadWh: 800, solarWh: 600 }],
    ['more sun than is used', { solarWatts: 1000, gridWatts: -700 }, { loadWh: 300, solarWh: 300 }],
    [
      'sun and a battery that gives',
      { solarWatts: 100, batteryWatts: 200, gridWatts: 100 },
      { loadWh: 400, solarWh: 100, batteryWh: 200 },
    ],
    [
      'sun that fills the battery',
      { solarWatts: 900, batteryWatts: -500 },
      { loadWh: 400, solarWh: 400, chargeWh: 500, solarChargeWh: 500 },
    ],
    [
      'a grid that fills the battery',
      { gridWatts: 700, batteryWatts: -500 },
      { loadWh: 200, chargeWh: 500, solarChargeWh: 0 },
    ],
    ['a battery that feeds the grid', { batteryWatts: 500, gridWatts: -300 }, { loadWh: 200, batteryWh: 200 }],
  ])('with %s', (_, given, expected) => {
    expect(flowsOf(sample(given))).toMatchObject(expected);
  });

  const known = (...quarters: OnsiteQuarter[]) => new Map(quarters.map((quarter) => [quarter.startMs, quarter]));

  test('is shared by what was told of the quarter hour; the rest is grid', () => {
    const [whole] = quartersOf(sample({ solarWatts: 600, gridWatts: 200 }), T0, T0 + QUARTER_HOUR_MS);
    expect(whole).toMatchObject({ coveredMs: QUARTER_HOUR_MS, loadWh: 200, solarWh: 150 });
    expect(onsiteShare(known(whole as OnsiteQuarter), T0)).toBeCloseTo(0.75, 12);
    const [third] = quartersOf(sample({ solarWatts: 600, gridWatts: 200 }), T0, T0 + SAMPLE_HOLD_MS);
    expect(onsiteShare(known(third as OnsiteQuarter), T0)).toBeCloseTo(0.25, 12);
    expect(onsiteShare(known(), T0)).toBe(0);
  });

  test('a sample that spans quarter hours is split, and its parts sum to the whole', () => {
    const parts = quartersOf(sample({ gridWatts: 1200 }), T0 + 600_000, T0 + HOUR_MS);
    expect(parts.map(({ startMs }) => (startMs - T0) / QUARTER_HOUR_MS)).toEqual([0, 1, 2, 3]);
    expect(parts.reduce((sum, { loadWh }) => sum + loadWh, 0)).toBeCloseTo(1000, 9);
  });

  test('a battery gives back the mix of a day of charging, and is grid when nothing is known of that', () => {
    const quarter = (startMs: number, more: Partial<OnsiteQuarter>): OnsiteQuarter => ({
      ...{ startMs, coveredMs: QUARTER_HOUR_MS, loadWh: 0, solarWh: 0, batteryWh: 0, chargeWh: 0, solarChargeWh: 0 },
      ...more,
    });
    const evening = quarter(T0, { loadWh: 100, batteryWh: 100 });
    const noon = quarter(T0 - 8 * HOUR_MS, { chargeWh: 300, solarChargeWh: 300 });
    const night = quarter(T0 - 14 * HOUR_MS, { chargeWh: 100 });
    const before = quarter(T0 - 30 * HOUR_MS, { chargeWh: 900 });
    expect(onsiteShare(known(evening, noon, night, before), T0)).toBeCloseTo(0.75, 12);
    expect(onsiteShare(known(evening), T0)).toBe(0);
  });
});
