import { describe, expect, test } from 'vitest';
import { audit } from '../../model/audit.ts';
import { EMPTY_ENERGY, type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { localHours } from '../../model/local-day.ts';
import type { PlugSpec } from '../../model/plug.ts';
import { euroPerKwh, type Tariff } from '../../model/tariff.ts';

/** A Monday, 0:00 in Paris. */
const MONDAY = Date.UTC(2026, 10, 22, 23);
const FLAT: Tariff = { euroPerKwh: 0.2 };
const BY_HOURS: Tariff = { peakEuroPerKwh: 0.3, offPeakEuroPerKwh: 0.1, offPeakHours: [localHours('22:00-06:00')] };

const plug = (id: string, more: Partial<PlugSpec> = {}): PlugSpec => ({
  ...{ id, name: id, kind: 'light', essential: false, idleWatts: null, quietSeconds: 0, minOnSeconds: 0 },
  ...{ minOffSeconds: 0, maxWatts: 3680, staleAfterMs: 60_000, ...more },
});
const point = (startMs: number): IntensityPoint => ({
  ...{ zone: 'FR', startMs, endMs: startMs + QUARTER_HOUR_MS, gramsPerKwh: 50, factorType: 'lifecycle' },
  ...{ basis: 'production', status: 'measured', provider: 'rte', fetchedAtMs: 0 },
});

/** Days from Monday on, with a live from 18:00 to 20:00 Paris each day. */
function days(id: string, count: number, watts: { live: number; idle: (day: number, hour: number) => number }) {
  return Array.from({ length: count * 96 }, (_, index): EnergySlice => {
    const hour = Math.floor((index % 96) / 4);
    const live = hour === 18 || hour === 19;
    const mean = live ? watts.live : watts.idle(Math.floor(index / 96), hour);
    return {
      ...{ plug: id, startMs: MONDAY + index * QUARTER_HOUR_MS, ...EMPTY_ENERGY },
      ...(live ? { sessionId: 's', phase: 'live' } : { sessionId: null, phase: 'standby' }),
      ...{ counterWh: mean / 4, coveredMs: QUARTER_HOUR_MS },
    };
  });
}
const ask = (plugs: PlugSpec[], slices: EnergySlice[], tariff: Tariff | null = FLAT) =>
  audit({ plugs, slices, price: point, tariff, timeZone: 'Europe/Paris' });

describe('the audit', () => {
  test('finds watts that never fall to zero, and what cutting them saves in a year', () => {
    const { standby } = ask([plug('amp')], days('amp', 7, { live: 45, idle: () => 8 }));
    expect(standby).toHaveLength(1);
    const [amp] = standby;
    expect(amp).toMatchObject({
      plug: 'amp',
      ...{ neverZero: true, thin: false, days: 7 },
      betweenLives: { hours: 154, meanWatts: 8, leastWatts: 8 },
      nights: { hours: 42, meanWatts: 8 },
      weekends: { hours: 44, meanWatts: 8 },
    });
    // 22 of 24 hours, 8 W, a year of 8766 hours.
    const kwh = (8 * 8766 * (22 / 24)) / 1000;
    expect(amp?.savedPerYear.kwh.central).toBeCloseTo(kwh, 6);
    expect(amp?.savedPerYear.kwh.low).toBeCloseTo(kwh, 6);
    expect(amp?.savedPerYear.grams?.central).toBeCloseTo(kwh * 50, 6);
    expect(amp?.savedPerYear.euros?.central).toBeCloseTo(kwh * 0.2, 6);
  });

  test('ranks by what is saved, and has the essential ones too, as such', () => {
    const slices = [
      ...days('small', 3, { live: 10, idle: () => 2 }),
      ...days('large', 3, { live: 90, idle: () => 60 }),
      ...days('off', 3, { live: 90, idle: () => 0.1 }),
    ];
    const { standby } = ask([plug('small'), plug('large', { essential: true }), plug('off')], slices);
    expect(standby.map(({ plug: id, essential }) => [id, essential])).toEqual([
      ['large', true],
      ['small', false],
    ]);
  });

  test('tells a load that is off at night from one that never is, and is less sure when the days differ', () => {
    const monitor = days('m', 14, { live: 40, idle: (day, hour) => (hour < 8 || day % 7 > 4 ? 0 : 30) });
    const [finding] = ask([plug('m')], monitor).standby;
    expect(finding).toMatchObject({ neverZero: false, nights: { meanWatts: 0 }, weekends: { meanWatts: 0 } });
    const { low = 0, central = 0, high = 0 } = finding?.savedPerYear.kwh ?? {};
    expect(low).toBeLessThan(0.8 * central);
    expect(high).toBeGreaterThan(1.2 * central);
  });

  test('is not misled by a counter of whole watt-hours', () => {
    let wh = 0;
    const slices = days('tv', 3, { live: 0, idle: () => 2 }).map((slice) => {
      const before = Math.floor(wh);
      wh += slice.counterWh;
      return { ...slice, counterWh: Math.floor(wh) - before };
    });
    const [finding] = ask([plug('tv')], slices).standby;
    expect(finding?.neverZero).toBe(true);
    expect(finding?.betweenLives.leastWatts).toBeCloseTo(2, 0);
  });

  test('does not count what was never watched, and calls a day or two thin', () => {
    const unseen = days('x', 2, { live: 40, idle: () => 10 }).map((slice) => ({
      ...{ ...slice, counterWh: 0, gapWh: slice.counterWh, coveredMs: 0 },
    }));
    expect(ask([plug('x')], unseen).standby).toEqual([]);
    const [thin] = ask([plug('x')], days('x', 2, { live: 40, idle: () => 10 })).standby;
    expect(thin?.thin).toBe(true);
    expect((thin?.savedPerYear.kwh.high ?? 0) / (thin?.savedPerYear.kwh.low ?? 1)).toBeCloseTo(3, 9);
  });

  test('knows neither euros without a tariff nor grams without a grid', () => {
    const slices = days('x', 3, { live: 40, idle: () => 10 });
    expect(ask([plug('x')], slices, null).standby[0]?.savedPerYear.euros).toBeNull();
    const blind = audit({ plugs: [plug('x')], slices, price: () => null, tariff: null, timeZone: 'Europe/Paris' });
    expect(blind.standby[0]?.savedPerYear).toMatchObject({ grams: null, euros: null });
  });

  test('shows where the energy goes, by plug and by kind', () => {
    const slices = [...days('a', 1, { live: 100, idle: () => 0 }), ...days('b', 1, { live: 50, idle: () => 5 })];
    const { byPlug, byKind } = ask([plug('a'), plug('b')], slices);
    expect(byPlug.map(({ key, wh, onAirWh, betweenLivesWh }) => [key, wh, onAirWh, betweenLivesWh])).toEqual([
      ['b', 210, 100, 110],
      ['a', 200, 200, 0],
    ]);
    expect(byKind).toMatchObject([{ key: 'light', wh: 410, share: 1 }]);
    expect(byKind[0]?.grams).toBeCloseTo(20.5, 9);
    expect(byKind[0]?.euros).toBeCloseTo(0.082, 9);
  });
});

describe('a tariff', () => {
  const at = (iso: string, tariff: Tariff = BY_HOURS) => euroPerKwh(tariff, Date.parse(iso), 'Europe/Paris');

  test('is flat, or peak and off-peak by local hours over midnight', () => {
    expect(at('2026-11-24T12:00:00Z', FLAT)).toBe(0.2);
    expect(at('2026-11-24T20:45:00Z')).toBe(0.3);
    expect(at('2026-11-24T21:00:00Z')).toBe(0.1);
    expect(at('2026-11-25T04:45:00Z')).toBe(0.1);
    expect(at('2026-11-25T05:00:00Z')).toBe(0.3);
    // Summer time.
    expect(at('2026-07-24T20:00:00Z')).toBe(0.1);
  });

  test('splits a quarter hour in which off-peak hours begin', () => {
    const odd: Tariff = { ...BY_HOURS, offPeakHours: [localHours('22:26-06:26'), localHours('12:05-12:10')] };
    expect(at('2026-11-24T21:15:00Z', odd)).toBeCloseTo(0.3 - (4 / 15) * 0.2, 9);
    expect(at('2026-11-25T05:15:00Z', odd)).toBeCloseTo(0.3 - (11 / 15) * 0.2, 9);
    expect(at('2026-11-24T11:00:00Z', odd)).toBeCloseTo(0.3 - (5 / 15) * 0.2, 9);
  });

  test('has eight off-peak hours on an ordinary day, nine on the long one and seven on the short one', () => {
    const hours = (fromIso: string, quarters: number) => {
      const prices = Array.from({ length: quarters }, (_, index) =>
        euroPerKwh(BY_HOURS, Date.parse(fromIso) + index * QUARTER_HOUR_MS, 'Europe/Paris'),
      );
      return prices.filter((price) => price === 0.1).length / 4;
    };
    expect(hours('2026-11-23T23:00:00Z', 96)).toBe(8);
    expect(hours('2026-10-24T22:00:00Z', 100)).toBe(9);
    expect(hours('2027-03-27T23:00:00Z', 92)).toBe(7);
  });
});
