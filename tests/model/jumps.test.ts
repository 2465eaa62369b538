import { expect, test } from 'vitest';
import type { IntensityPoint } from '../../model/intensity.ts';
import { partJumps } from '../../model/jumps.ts';

const SLOT_MS = 900_000;

/** One point per number, slot after slot; null leaves a slot out. */
function series(...grams: (number | null)[]): IntensityPoint[] {
  return grams.flatMap((gramsPerKwh, index) =>
    gramsPerKwh === null
      ? []
      : [
          {
            zone: 'FR',
            startMs: index * SLOT_MS,
            endMs: (index + 1) * SLOT_MS,
            gramsPerKwh,
            factorType: 'lifecycle',
            basis: 'production',
            status: 'measured',
            provider: 'rte',
            fetchedAtMs: 0,
          },
        ],
  );
}

const grams = (points: IntensityPoint[]) => points.map(({ gramsPerKwh }) => gramsPerKwh);
const parted = (points: IntensityPoint[], before: IntensityPoint | null = null) => {
  const { believed, held } = partJumps(points, before);
  return { believed: grams(believed), held: grams(held) };
};

test.each([
  ['values that move slowly are believed', [20, 45, 120, 60], [20, 45, 120, 60], []],
  ['exactly three times is still believed', [20, 60], [20, 60], []],
  ['a jump at the end waits', [20, 61], [20], [61]],
  ['a fall at the end waits', [61, 20], [61], [20]],
  ['a jump that the next slot confirms is believed', [20, 100, 110], [20, 100, 110], []],
  ['a single wrong value stays held, its neighbours are believed', [20, 100, 21, 22], [20, 21, 22], [100]],
  ['two wrong values that are unlike each other stay held', [20, 100, 900, 25], [20, 25], [100, 900]],
  ['after a gap nothing is compared', [20, null, 100, 90], [20, 100, 90], []],
  ['a few grams more or less are no jump', [0, 5, 1, 0], [0, 5, 1, 0], []],
  ['a fall to zero waits, and zero after zero is a value', [20, 0, 0], [20, 0, 0], []],
])('%s', (_, given, believed, held) => {
  expect(parted(series(...given))).toEqual({ believed, held });
});

test('the first value is compared with what was believed before it', () => {
  const [before, ...points] = series(20, 100);
  expect(parted(points, before)).toEqual({ believed: [], held: [100] });
  expect(parted(points, null)).toEqual({ believed: [100], held: [] });
});
