import { expect, test } from 'vitest';
import { daysOf } from '../../daemon/days-of.ts';

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 10, 24, 12);

test('a long time is read day by day, each moment once', () => {
  const pieces = daysOf(NOON + 7, NOON + 60 * HOUR_MS);
  expect(pieces).toEqual([
    [NOON + 7, NOON + 12 * HOUR_MS],
    [NOON + 12 * HOUR_MS, NOON + 36 * HOUR_MS],
    [NOON + 36 * HOUR_MS, NOON + 60 * HOUR_MS],
  ]);
});

test('a day or less is read at once, and nothing not at all', () => {
  expect(daysOf(NOON, NOON + 1)).toEqual([[NOON, NOON + 1]]);
  expect(daysOf(NOON, NOON)).toEqual([]);
});
