import { expect, test } from 'vitest';
import { Onsite } from '../../daemon/onsite.ts';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import { FakeClock } from '../support/fake-clock.ts';

const T0 = Date.UTC(2026, 10, 24, 23, 30);
const SUN = { solarWatts: 600, gridWatts: 200, batteryWatts: 0 };

/** An on-site daemon over what is kept, as after a restart. */
async function started(clock: FakeClock, kept: Map<string, unknown>): Promise<Onsite> {
  const onsite = new Onsite({
    clock,
    journal: { state: async (name) => kept.get(name) },
    keep: (name, value) => void kept.set(name, structuredClone(value)),
  });
  await onsite.start();
  return onsite;
}

async function pushFor(onsite: Onsite, clock: FakeClock, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    onsite.push(SUN);
    await clock.advance(60_000);
  }
}

test('what is pushed is the share of its quarter hour, and says at once what it makes of it', async () => {
  const clock = new FakeClock(T0);
  const onsite = await started(clock, new Map());
  expect(onsite.push(SUN)).toEqual({ loadWatts: 800, solarWatts: 600 });
  await pushFor(onsite, clock, 16);
  expect(onsite.share(T0)).toBeCloseTo(0.75, 9);
  expect(onsite.share(T0 - QUARTER_HOUR_MS)).toBe(0);
});

test('what is pushed once stands for five minutes', async () => {
  const clock = new FakeClock(T0);
  const onsite = await started(clock, new Map());
  onsite.push(SUN);
  await clock.advance(3_600_000);
  onsite.push(SUN);
  expect(onsite.share(T0)).toBeCloseTo(0.25, 9);
  expect(onsite.share(T0 + QUARTER_HOUR_MS)).toBe(0);
});

test('a clock that is set back counts nothing twice', async () => {
  const clock = new FakeClock(T0);
  const onsite = await started(clock, new Map());
  onsite.push(SUN);
  clock.stepWall(-60_000);
  onsite.push(SUN);
  clock.stepWall(60_000);
  onsite.push(SUN);
  onsite.stop();
  expect(onsite.share(T0)).toBe(0);
});

test('across midnight and a restart nothing is lost, and a day long ago is read again', async () => {
  const clock = new FakeClock(T0);
  const kept = new Map<string, unknown>();
  const before = await started(clock, kept);
  await pushFor(before, clock, 50);
  before.stop();
  expect([...kept.keys()].sort()).toEqual(['onsite:2026-11-24', 'onsite:2026-11-25']);
  const after = await started(clock, kept);
  expect(after.share(T0)).toBeCloseTo(0.75, 9);
  expect(after.share(T0 + 2 * QUARTER_HOUR_MS)).toBeCloseTo(0.75, 9);
  await clock.advance(10 * 86_400_000);
  await pushFor(after, clock, 16);
  after.stop();
  const muchLater = await started(clock, kept);
  expect(muchLater.share(T0)).toBe(0);
  const share = await muchLater.shareOf(T0, T0 + 1);
  expect(share(T0)).toBeCloseTo(0.75, 9);
});

test('of a metered roof the studio has what its plugs draw of it, unless the connection itself is told of', async () => {
  const clock = new FakeClock(T0);
  const onsite = await started(clock, new Map());
  for (let minute = 0; minute < 15; minute++) {
    onsite.metered(300, 400);
    await clock.advance(60_000);
  }
  // More than the plugs draw goes elsewhere.
  for (let minute = 0; minute < 15; minute++) {
    onsite.metered(900, 400);
    await clock.advance(60_000);
  }
  expect(onsite.share(T0)).toBeCloseTo(0.75, 9);
  await pushFor(onsite, clock, 15);
  onsite.metered(0, 400);
  expect(onsite.share(T0 + QUARTER_HOUR_MS)).toBeCloseTo(1, 9);
  await clock.advance(60_000);
  onsite.push(SUN);
  expect(onsite.share(T0 + 2 * QUARTER_HOUR_MS)).toBeCloseTo(0.75, 9);
});
