import { describe, expect, test } from 'vitest';
import { liveParameters } from '../../model/live-parameters.ts';
import { type Changes, type LiveBase, whatIf } from '../../model/whatif.ts';

const BASE: LiveBase = {
  onAirHours: 2,
  loads: [
    { kind: 'light', onAirWh: 300, otherWh: 50 },
    { kind: 'camera', onAirWh: 40, otherWh: 10 },
    { kind: 'pc', onAirWh: 400, otherWh: 100 },
  ],
  cameras: 2,
  meanViewers: 1000,
  sentGigabytes: null,
  replayYears: 1,
  hardware: [
    { isCamera: true, grams: { low: 10, central: 20, high: 40 } },
    { isCamera: false, grams: { low: 90, central: 100, high: 110 } },
  ],
  standby: { hours: 22, cutWatts: 5, uncutWatts: 25, cut: false, gramsPerKwh: 40, gridFrom: [], euroPerKwh: 0.2 },
  network: 'per-gb',
};
const PRICES = { gramsPerKwh: 50, gridFrom: ['rte-odre (lifecycle, measured)'], euroPerKwh: 0.2 };
const run = (changes: Changes, base = BASE, scenario = PRICES) =>
  whatIf(base, liveParameters('FR'), changes, { base: PRICES, scenario });
const wh = (changes: Changes) => run(changes).differences.studioWh?.central;

describe('what if', () => {
  test('nothing changes: no difference, and nothing unsure about that', () => {
    const { values, differences } = run({});
    expect(values.studioWh).toMatchObject({ central: 900 });
    expect(values.studioGrams?.central).toBeCloseTo(45, 9);
    expect(values.studioEuros?.central).toBeCloseTo(0.18, 9);
    for (const difference of Object.values(differences)) expect(difference).toEqual({ low: 0, central: 0, high: 0 });
  });

  test('the lights are dimmed by 20 %', () => {
    const { studioWh } = run({ dimLightsPercent: 20 }).differences;
    expect(studioWh?.central).toBeCloseTo(-70, 9);
    // At the worst 70 % of that; never more than all of it, but for the meter's error.
    expect(studioWh?.high).toBeCloseTo(-70 + Math.hypot(21, 0.7), 6);
    expect(studioWh?.low).toBeCloseTo(-70.7, 6);
  });

  test('halogen becomes LED', () => {
    expect(wh({ halogenToLed: true })).toBeCloseTo(-0.8 * 350, 9);
    expect(wh({ halogenToLed: true, dimLightsPercent: 50 })).toBeCloseTo(-0.9 * 350, 9);
  });

  test('there is a camera more: its energy and its making', () => {
    const { studioWh, modelledGrams } = run({ cameras: 3 }).differences;
    expect(studioWh?.central).toBeCloseTo(25, 9);
    expect(modelledGrams).toMatchObject({ central: expect.closeTo(10, 6), high: expect.closeTo(20, 6) });
  });

  test('it is twice as long: what is on air doubles, set-up does not', () => {
    const { studioWh, modelledGrams } = run({ durationMinutes: 240 }).differences;
    expect(studioWh?.central).toBeCloseTo(740, 9);
    expect(modelledGrams?.central).toBeCloseTo(run({}).values.modelledGrams?.central ?? 0, 6);
  });

  test('it is at another time, with another grid and tariff', () => {
    const { differences } = run({}, BASE, { ...PRICES, gramsPerKwh: 30, euroPerKwh: 0.25 });
    expect(differences.studioWh?.central).toBe(0);
    expect(differences.studioGrams?.central).toBeCloseTo(-18, 9);
    expect(differences.studioEuros?.central).toBeCloseTo(0.045, 9);
  });

  test('what draws between lives is cut', () => {
    const { values, differences } = run({ standbyCut: true });
    expect(values.standbyWh?.central).toBeCloseTo(110, 9);
    expect(differences.standbyWh?.central).toBeCloseTo(-440, 9);
    expect(differences.standbyGrams?.central).toBeCloseTo(-17.6, 9);
    expect(differences.studioWh?.central).toBe(0);
  });

  test('viewers receive 720p instead of 540p, or all watch by Wi-Fi', () => {
    // Per viewer-hour: 0.6 Mbit/s more of half 9.27 and half 24.68 g/GB.
    const more = 2000 * 0.6 * 0.45 * ((9.27 + 24.68) / 2);
    const grams = (changes: Changes) => run(changes).differences.modelledGrams?.central ?? 0;
    expect(grams({ resolution: '720p' })).toBeCloseTo(more, 6);
    expect(grams({ resolution: '720p', frameRate: 60 })).toBeCloseTo((more / 0.6) * 1.6, 6);
    expect(grams({ wifiShare: 1 })).toBeCloseTo((-2000 * 0.45 * (24.68 - 9.27)) / 2, 6);
    expect(grams({ resolution: '540p' })).toBe(0);
  });

  test('the power model says that the resolution hardly matters, and Wi-Fi costs more', () => {
    const power = { ...BASE, network: 'power' as const };
    expect(run({ resolution: '720p' }, power).differences.modelledGrams?.central).toBeLessThan(60);
    expect(run({ wifiShare: 1 }, power).differences.modelledGrams?.central).toBeGreaterThan(0);
  });

  test('a difference is surer than what it is the difference of', () => {
    const { values, differences } = run({ resolution: '720p' });
    const width = (one: { low: number; high: number } | null) => (one ? one.high - one.low : 0);
    expect(width(differences.modelledGrams)).toBeLessThan(width(values.modelledGrams));
  });

  test('no live was measured yet: neither its energy nor anything that follows from it is known', () => {
    const { values, differences, notes } = run({ durationMinutes: 60 }, { ...BASE, loads: [] });
    expect(values).toMatchObject({ studioWh: null, studioGrams: null, studioEuros: null });
    expect(differences.studioWh).toBeNull();
    expect(notes).toContain('No live was measured yet: what this one takes is not known.');
  });

  test('what is not known is null, with the reason, never zero', () => {
    const blind = run({ cameras: 3, halogenToLed: true }, { ...BASE, meanViewers: null, loads: [], cameras: 0 }, {
      gramsPerKwh: null,
      gridFrom: [],
      euroPerKwh: null,
    } as never);
    expect(blind.values).toMatchObject({ modelledGrams: null, studioGrams: null, studioEuros: null });
    expect(blind.differences.studioGrams).toBeNull();
    expect(blind.notes).toHaveLength(6);
  });
});
