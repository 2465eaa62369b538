import { describe, expect, test } from 'vitest';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { typicalPoints } from '../../model/typical.ts';

const WEEK_MS = 7 * 86_400_000;
const at = (iso: string) => Date.parse(iso);

/** The quarter hours that are known, with their g/kWh. */
function typical(known: Record<string, Partial<IntensityPoint>>, startIso: string) {
  const points = new Map(Object.entries(known).map(([iso, point]) => [at(iso), point]));
  const price = (startMs: number): IntensityPoint | null => {
    const point = points.get(startMs);
    if (!point) return null;
    return {
      ...{ zone: 'FR', startMs, endMs: startMs + QUARTER_HOUR_MS, gramsPerKwh: 0, factorType: 'lifecycle' },
      ...{ basis: 'production', status: 'measured', provider: 'rte', fetchedAtMs: 0, ...point },
    };
  };
  const fromMs = at(startIso);
  return typicalPoints(price, fromMs, fromMs + QUARTER_HOUR_MS, fromMs - WEEK_MS / 2, 'Europe/Paris');
}

describe('a typical quarter hour', () => {
  test('is the mean of the same weekday and time of the last four weeks, and says so', () => {
    const points = typical(
      {
        '2026-11-17T18:00:00Z': { gramsPerKwh: 20 },
        '2026-11-10T18:00:00Z': { gramsPerKwh: 30 },
        '2026-10-27T18:00:00Z': { gramsPerKwh: 40 },
        '2026-10-20T18:00:00Z': { gramsPerKwh: 900 },
      },
      '2026-11-24T18:00:00Z',
    );
    expect(points).toMatchObject([{ gramsPerKwh: 30, provider: 'typical-rte', status: 'forecast' }]);
  });

  test('stands for no single slot of the past', () => {
    const known = { gramsPerKwh: 20, heldFromMs: at('2026-11-17T17:00:00Z') };
    const past = { '2026-11-17T18:00:00Z': known, '2026-11-10T18:00:00Z': known };
    expect(typical(past, '2026-11-24T18:00:00Z')[0]).not.toHaveProperty('heldFromMs');
  });

  test('is of the same local time, also across a change of the clocks', () => {
    // 19:00 in Paris: 18:00 UTC in winter, 17:00 UTC before 25 October.
    const known = { '2026-10-27T18:00:00Z': { gramsPerKwh: 20 }, '2026-10-20T17:00:00Z': { gramsPerKwh: 40 } };
    expect(typical(known, '2026-11-03T18:00:00Z')).toMatchObject([{ gramsPerKwh: 30 }]);
  });

  test('is not known from one week, from yearly averages, or from two providers that count differently', () => {
    const last = { '2026-11-17T18:00:00Z': { gramsPerKwh: 20 } };
    expect(typical(last, '2026-11-24T18:00:00Z')).toEqual([]);
    for (const other of [{ status: 'static' as const }, { provider: 'other' }, { factorType: 'direct' as const }])
      expect(typical({ ...last, '2026-11-10T18:00:00Z': other }, '2026-11-24T18:00:00Z')).toEqual([]);
  });
});
