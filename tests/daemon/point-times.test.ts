import { expect, test } from 'vitest';
import { PointTimes } from '../../daemon/point-times.ts';
import type { Reading } from '../../model/reading.ts';

const reading = (atMs: number, monotonicMs: number, plug = 'light') => ({ plug, atMs, monotonicMs }) as Reading;

test('readings of one plug within one ms become points 1 ms apart', () => {
  const times = new PointTimes();
  const given = [0.1, 0.2, 0.3, 1.2].map((ms) => times.of(reading(1000 + ms, ms)));
  expect(given).toEqual([1000, 1001, 1002, 1003]);
  expect(times.of(reading(1000.1, 0.1, 'camera'))).toBe(1000);
});

test('a point has the time of its reading again as soon as there is room', () => {
  const times = new PointTimes();
  for (const ms of [0.1, 0.2, 0.3]) times.of(reading(1000 + ms, ms));
  expect(times.of(reading(1500, 500))).toBe(1500);
});

test('the same reading told again is the same point', () => {
  const times = new PointTimes();
  expect([times.of(reading(1000, 5)), times.of(reading(1000, 5))]).toEqual([1000, 1000]);
});

test('a clock that goes back is followed', () => {
  const times = new PointTimes();
  times.of(reading(10_000, 1));
  expect([times.of(reading(4000, 2)), times.of(reading(4000, 3))]).toEqual([4000, 4001]);
});
