import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plugZone } from '../../adapters/tapo/clock.ts';
import type { TapoPlug } from '../../adapters/tapo/plug.ts';
import { passing } from '../support/passing.ts';
import { type Bench, bench, type WatchedClock } from './studio.ts';

const HOUR_MS = 3_600_000;
let at: Bench<WatchedClock>;
let plug: TapoPlug;
let troubles: string[];
beforeEach(async () => {
  at = await bench();
  plug = at.client();
  troubles = [];
  await plug.start({ reading: () => {}, offline: () => {}, trouble: (_, what) => troubles.push(what) });
});
afterEach(() => at.close());

const asked = (method: string) => at.tapo.asked.get(method) ?? 0;

describe('the clock of a plug', () => {
  it('is looked at when the plug is met, hourly, and after it was away', async () => {
    for (let poll = 0; poll < 3; poll += 1) await plug.read();
    expect(asked('get_device_time')).toBe(1);
    at.clock.jump(HOUR_MS);
    await plug.read();
    expect(asked('get_device_time')).toBe(2);
    await at.tapo.stop();
    await expect(passing(at.clock, plug.read())).rejects.toThrow();
    await at.tapo.start(at.host, at.port);
    await plug.read();
    expect(asked('get_device_time')).toBe(3);
    expect(asked('set_device_time')).toBe(0);
  });

  it('is set when the plug woke up in the year 2000: its energy is there at the next reading', async () => {
    at.tapo.behave({ clockUnset: true, zone: 'UTC' });
    expect(await plug.read()).toMatchObject({ counterWh: null, flags: ['clock-unset'] });
    expect(await plug.read()).toMatchObject({ counterWh: 0, flags: [] });
    expect(at.tapo.plugClock).toEqual({ ms: at.clock.nowMs(), zone: 'Europe/Paris' });
    expect(troubles).toEqual([]);
  });

  it('is set when only the energy methods say that it is unset', async () => {
    await plug.read();
    at.clock.jump(60_000);
    at.tapo.behave({ clockUnset: true });
    expect((await plug.read()).flags).toEqual(['clock-unset']);
    expect((await plug.read()).flags).toEqual([]);
    expect(asked('get_device_time')).toBe(1);
  });

  it('is set once an hour at most', async () => {
    for (let minute = 0; minute <= 65; minute += 5) {
      at.tapo.behave({ clockUnset: true });
      await plug.read();
      at.clock.jump(5 * 60_000);
    }
    expect(asked('set_device_time')).toBe(2);
  });

  it('is told, not set, when it is more than five minutes wrong, and only once', async () => {
    at.tapo.behave({ clockAheadMs: 17 * 60_000 });
    await plug.read();
    at.clock.jump(HOUR_MS);
    await plug.read();
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatch(/key-light .* is 17 minutes ahead of this machine.*time server/);
    at.tapo.behave({ clockAheadMs: 0 });
    at.clock.jump(HOUR_MS);
    await plug.read();
    at.tapo.behave({ clockAheadMs: -2 * HOUR_MS });
    at.clock.jump(HOUR_MS);
    await plug.read();
    expect(troubles).toHaveLength(2);
    expect(troubles[1]).toContain('120 minutes behind');
    expect(asked('set_device_time')).toBe(0);
  });

  it('is right when it is four minutes off, or in another zone', async () => {
    at.tapo.behave({ clockAheadMs: 4 * 60_000, zone: 'Pacific/Auckland' });
    await plug.read();
    expect(troubles).toEqual([]);
    expect(asked('set_device_time')).toBe(0);
  });

  it('is not set by a machine that has no time itself', async () => {
    at.clock.stepWall(Date.UTC(1970, 0, 1) - at.clock.nowMs());
    at.tapo.behave({ clockUnset: true });
    await plug.read();
    expect(asked('set_device_time')).toBe(0);
  });
});

describe('the zone of a plug', () => {
  it.each([
    [{ region: 'Europe/Paris', time_diff: 60 }, 'Europe/Paris'],
    [{ region: 'CET', time_diff: 60 }, 'CET'],
    [{ region: 'Nowhere/City', time_diff: 345 }, '+05:45'],
    [{ region: '', time_diff: -210 }, '-03:30'],
    [{ time_diff: 99_999 }, '+00:00'],
    [{ region: 7 }, '+00:00'],
  ])('of %j is %s', (info, zone) => {
    expect(plugZone(info)).toBe(zone);
  });
});
