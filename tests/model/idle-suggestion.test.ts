import { expect, test } from 'vitest';
import { suggestIdleWatts } from '../../model/idle-suggestion.ts';
import { seeded } from '../support/random.ts';

const STEP_MS = 300_000;
const random = seeded(5);
/** So many hours around a level, with the noise of a real load. */
function level(hours: number, watts: number, noise = 0.1) {
  return Array.from({ length: (hours * 3_600_000) / STEP_MS }, (_, index) => {
    const meanWatts = watts * (1 + noise * (2 * random() - 1));
    return { startMs: index * STEP_MS, meanWatts, maxWatts: meanWatts * 1.05, readings: 30 };
  });
}

test('the suggestion lies between the quiet and the active level', () => {
  const found = suggestIdleWatts([...level(100, 3), ...level(20, 85)], STEP_MS);
  expect(found.why).toBeNull();
  expect(found.idleWatts).toBeGreaterThan(3.5);
  expect(found.idleWatts).toBeLessThan(70);
  expect(found.quiet?.meanWatts).toBeCloseTo(3, 0);
  expect(found.active?.share).toBeCloseTo(20 / 120, 2);
});

test('a plug that was cut in between is split at the load, not at the cut', () => {
  const found = suggestIdleWatts([...level(100, 0), ...level(60, 4), ...level(40, 120)], STEP_MS);
  expect(found.idleWatts).toBeGreaterThan(4.5);
  expect(found.idleWatts).toBeLessThan(110);
});

test('without evidence there is none, and it says why', () => {
  const why = (...parts: ReturnType<typeof level>[]) => suggestIdleWatts(parts.flat(), STEP_MS).why?.code;
  expect(why()).toBe('too-little-history');
  expect(why(level(10, 3), level(10, 80))).toBe('too-little-history');
  expect(why(level(200, 12))).toBe('one-level');
  // Half an hour in two weeks is no level.
  expect(why(level(200, 12), level(0.5, 300))).toBe('no-clear-gap');
  expect(why(level(100, 30, 0.5), level(100, 70, 0.5))).toBe('no-clear-gap');
  expect(suggestIdleWatts(level(10, 3), STEP_MS)).toMatchObject({
    idleWatts: null,
    why: { text: 'only 10 hours were measured, 24 are needed' },
  });
});
