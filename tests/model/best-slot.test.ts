import { existsSync, readFileSync } from 'node:fs';
import { array, assert, constant, integer, oneof, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowedWindows, IntensityCurve, roundedSlot, type Step, savingOf } from '../../model/best-slot.ts';
import { localTimeOfDay } from '../../model/local-day.ts';

const FIXTURES = new URL('../../../shared/fixtures/carbon/', import.meta.url);
const noFixtures = existsSync(FIXTURES) ? false : 'the recorded answers are not beside the project (../shared)';
const fixture = (name: string) => JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'));

/** Steps of equal length from 0, null for a gap. */
const series = (values: (number | null)[], stepS: number): Step[] =>
  values.flatMap((gramsPerKwh, index) =>
    gramsPerKwh === null ? [] : [{ startMs: index * stepS * 1000, endMs: (index + 1) * stepS * 1000, gramsPerKwh }],
  );
const best = (steps: Step[], durationS: number, fromMs = 0, toMs = Number.POSITIVE_INFINITY) =>
  new IntensityCurve(steps).best(durationS * 1000, fromMs, toMs);
const at = (iso: string) => Date.parse(iso);

describe('the best time for a live', () => {
  test.each([
    { values: [800, 100, 900], stepS: 900, durationS: 1200, startS: 600, mean: 275 },
    { values: [10, 20, 30, 40, 5], stepS: 300, durationS: 600, startS: 0, mean: 15 },
    { values: [5, 55, 10, 10, 10], stepS: 300, durationS: 600, startS: 600, mean: 10 },
    { values: [12, 11, 10, 12, 13], stepS: 300, durationS: 600, startS: 300, mean: 10.5 },
    { values: [10, null, 5, 50], stepS: 600, durationS: 1200, startS: 1200, mean: 27.5 },
  ])('of $values is at $startS s, mean $mean', ({ values, stepS, durationS, startS, mean }) => {
    const slot = best(series(values, stepS), durationS);
    expect(slot?.startMs).toBe(startS * 1000);
    expect(slot?.gramsPerKwh).toBeCloseTo(mean, 9);
  });

  test('is not before now', () => {
    const slot = best(series([10, 20, 30], 3600), 3600, 420_000);
    expect(slot?.startMs).toBe(420_000);
    expect(slot?.gramsPerKwh).toBeCloseTo(11.1667, 4);
  });

  test('is nowhere when the forecast is shorter than the live', () => {
    expect(best(series([10, 20], 3600), 10_800)).toBeNull();
  });

  test.skipIf(noFixtures)('in the recorded forecast of Electricity Maps for DK-DK2', () => {
    const rows: { carbonIntensity: number; datetime: string }[] = fixture('emaps_v4_forecast_DK-DK2.json').forecast;
    const steps = rows.map(({ carbonIntensity, datetime }) => ({
      startMs: at(datetime),
      endMs: at(datetime) + 3_600_000,
      gramsPerKwh: carbonIntensity,
    }));
    const night = best(steps, 7200, at('2026-08-22T17:34:00Z'));
    expect(new Date(night?.startMs ?? 0).toISOString()).toBe('2026-08-23T02:00:00.000Z');
    expect(night?.gramsPerKwh).toBeCloseTo(69.5, 9);
    const day = best(steps, 5400, at('2026-08-23T06:00:00Z'), at('2026-08-23T17:00:00Z'));
    expect(new Date(day?.startMs ?? 0).toISOString()).toBe('2026-08-23T06:00:00.000Z');
    expect(day?.gramsPerKwh).toBeCloseTo(88.6667, 4);
  });

  test.skipIf(noFixtures)(
    'in the recorded day of Energy-Charts for France, where the saving is not worth moving',
    () => {
      const { unix_seconds, co2eq, co2eq_forecast } = fixture('energycharts_co2eq_fr.json') as Record<string, number[]>;
      const steps = (unix_seconds ?? []).flatMap((seconds, index) => {
        const gramsPerKwh = co2eq?.[index] ?? co2eq_forecast?.[index] ?? null;
        return gramsPerKwh === null ? [] : [{ startMs: seconds * 1000, endMs: (seconds + 900) * 1000, gramsPerKwh }];
      });
      const slot = best(steps, 7200);
      expect(new Date(slot?.startMs ?? 0).toISOString()).toBe('2026-10-04T10:45:00.000Z');
      expect(slot?.gramsPerKwh).toBeCloseTo(46.8875, 9);
      const evening = best(steps, 5400, at('2026-10-04T16:07:00Z'), at('2026-10-04T22:00:00Z'));
      expect(new Date(evening?.startMs ?? 0).toISOString()).toBe('2026-10-04T19:00:00.000Z');
      expect(evening?.gramsPerKwh).toBeCloseTo(49.5333, 4);
      const now = { startMs: 0, endMs: 7_200_000, gramsPerKwh: 53 };
      const { grams, worthIt } = savingOf(now, { ...now, gramsPerKwh: slot?.gramsPerKwh ?? 0 }, 400);
      expect(grams).toBeLessThan(5);
      expect(worthIt).toBe(false);
    },
  );

  test('is never worse than any other time (every second of it tried)', () => {
    const value = oneof(integer({ min: 0, max: 100 }), constant(null));
    assert(
      property(array(value, { minLength: 1, maxLength: 8 }), integer({ min: 1, max: 40 }), (values, durationS) => {
        const steps = series(values, 7);
        const curve = new IntensityCurve(steps);
        const means = Array.from({ length: values.length * 7 }, (_, second) =>
          naiveMean(values, 7, second, durationS),
        ).filter((mean) => mean !== null);
        const slot = curve.best(durationS * 1000, 0, 1e9);
        if (means.length === 0) expect(slot).toBeNull();
        else expect(slot?.gramsPerKwh).toBeCloseTo(Math.min(...means), 6);
      }),
    );
  });

  test('a mean over several hours is the mean of its hours', () => {
    assert(
      property(array(tuple(integer({ min: 0, max: 900 })), { minLength: 2, maxLength: 30 }), (values) => {
        const steps = series(
          values.map(([value]) => value),
          3600,
        );
        const hours = steps.map(({ startMs }) => new IntensityCurve(steps).mean(startMs, 3_600_000) ?? 0);
        const whole = new IntensityCurve(steps).mean(0, steps.length * 3_600_000);
        expect(whole).toBeCloseTo(hours.reduce((sum, one) => sum + one, 0) / hours.length, 9);
      }),
    );
  });

  test("the carbon-aware SDK's rolling means are ours", () => {
    const minutes = new IntensityCurve(series([10, 20, 30, 40], 300));
    const means = (windowS: number, startsS: number[]) =>
      startsS.map((startS) => minutes.mean(startS * 1000, windowS * 1000));
    expect(means(600, [0, 300, 600])).toEqual([15, 25, 35]);
    expect(means(300, [0, 240, 480, 720])).toEqual([10, 18, 26, 34]);
    expect(minutes.mean(150_000, 900_000)).toBe(25);
  });

  test('begins on a whole five minutes where that fits', () => {
    const curve = new IntensityCurve(series([800, 100, 900], 900));
    const slot = curve.best(1_100_000, 0, 1e9);
    expect(slot?.startMs).toBe(700_000);
    const rounded = slot && roundedSlot(curve, slot, () => true);
    expect(rounded?.startMs).toBe(900_000);
    expect(rounded?.gramsPerKwh).toBeCloseTo(curve.mean(900_000, 1_100_000) ?? 0, 9);
    expect(slot && roundedSlot(curve, slot, () => false)).toBe(slot);
  });
});

/** Second by second. */
function naiveMean(values: (number | null)[], stepS: number, startS: number, durationS: number): number | null {
  let sum = 0;
  for (let second = startS; second < startS + durationS; second++) {
    const value = values[Math.floor(second / stepS)] ?? null;
    if (value === null) return null;
    sum += value;
  }
  return sum / durationS;
}

describe('allowed hours', () => {
  const windows = (fromMinute: number, toMinute: number, from: string, to: string) =>
    allowedWindows({ fromMinute, toMinute }, at(from), at(to), 'Europe/Paris').map(({ startMs, endMs }) =>
      [startMs, endMs].map((ms) => new Date(ms).toISOString().slice(5, 16)).join(' '),
    );

  test('are local, before and after the clocks go back', () => {
    expect(windows(18 * 60, 23 * 60, '2026-10-24T00:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      '10-24T16:00 10-24T21:00',
      '10-25T17:00 10-25T22:00',
    ]);
  });

  test('are there on the short day too', () => {
    expect(windows(23 * 60, 23 * 60 + 30, '2027-03-27T22:45:00Z', '2027-03-30T00:00:00Z')).toEqual([
      '03-28T21:00 03-28T21:30',
      '03-29T21:00 03-29T21:30',
    ]);
  });

  test('may reach over midnight, and are cut where the asked time begins', () => {
    expect(windows(20 * 60, 2 * 60, '2026-11-23T23:30:00Z', '2026-11-25T12:00:00Z')).toEqual([
      '11-23T23:30 11-24T01:00',
      '11-24T19:00 11-25T01:00',
    ]);
  });

  test('of the whole day are one window', () => {
    expect(windows(0, 24 * 60, '2026-11-24T10:00:00Z', '2026-11-26T10:00:00Z')).toEqual(['11-24T10:00 11-26T10:00']);
  });
});

describe('a time of the local day', () => {
  const time = (day: string, minute: number) =>
    new Date(localTimeOfDay(at(`${day}T12:00:00Z`), minute, 'Europe/Paris')).toISOString();

  test('on the days of 23, 24 and 25 hours', () => {
    expect(time('2026-11-24', 18 * 60)).toBe('2026-11-24T17:00:00.000Z');
    expect(time('2026-10-25', 18 * 60)).toBe('2026-10-25T17:00:00.000Z');
    expect(time('2026-10-25', 24 * 60)).toBe('2026-10-25T23:00:00.000Z');
    expect(time('2027-03-28', 23 * 60 + 30)).toBe('2027-03-28T21:30:00.000Z');
    expect(time('2027-03-28', 24 * 60)).toBe('2027-03-28T22:00:00.000Z');
  });

  test('that is there twice is the first, and one that is not there comes after the skip', () => {
    expect(time('2026-10-25', 150)).toBe('2026-10-25T00:30:00.000Z');
    expect(time('2027-03-28', 150)).toBe('2027-03-28T01:30:00.000Z');
  });
});
