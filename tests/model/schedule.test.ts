import { describe, expect, test } from 'vitest';
import { localHours } from '../../model/local-day.ts';
import { planAt, type WeeklyLive, weeklyLives } from '../../model/schedule.ts';

const SETUP_MS = 30 * 60_000;
const weekly: WeeklyLive[] = [
  { days: ['tuesday', 'thursday'], hours: localHours('20:00-22:00') },
  { days: ['saturday'], hours: localHours('23:00-01:30') },
  { days: ['sunday'], hours: localHours('02:30-04:00') },
];
const DAY_MS = 86_400_000;
const planned = (iso: string, setupMs = SETUP_MS) => {
  const nowMs = Date.parse(iso);
  return planAt(weeklyLives(weekly, nowMs - DAY_MS, nowMs + 8 * DAY_MS, 'Europe/Paris'), setupMs, nowMs);
};
const at = (iso: string, setupMs = SETUP_MS) => planned(iso, setupMs).underWay[0]?.event ?? null;

describe('lives that come every week', () => {
  test('begin with their set-up and end at their end, by the clocks of the studio', () => {
    expect(at('2026-11-24T19:29:59+01:00')).toBeNull();
    expect(at('2026-11-24T19:30:00+01:00')).toBe('2026-11-24 20:00');
    expect(at('2026-11-24T21:59:59+01:00')).toBe('2026-11-24 20:00');
    expect(at('2026-11-24T22:00:00+01:00')).toBeNull();
    expect(at('2026-11-25T20:30:00+01:00')).toBeNull();
    expect(at('2026-07-14T19:30:00+02:00')).toBe('2026-07-14 20:00');
  });

  test('may go over midnight, and their set-up may begin on the day before', () => {
    expect(at('2026-11-29T01:29:00+01:00')).toBe('2026-11-28 23:00');
    expect(at('2026-11-29T01:30:00+01:00')).toBeNull();
    expect(at('2026-11-28T23:50:00+01:00', 3 * 3_600_000)).toBe('2026-11-28 23:00');
    expect(at('2026-11-23T22:00:00+01:00', 23 * 3_600_000)).toBe('2026-11-24 20:00');
  });

  test('have their place in the nights in which clocks change', () => {
    // In October 02:30 comes twice: the first counts. In March it never comes: an hour of it is skipped.
    expect(at('2026-10-25T02:00:00+02:00')).toBe('2026-10-25 02:30');
    expect(at('2026-10-25T03:59:00+01:00')).toBe('2026-10-25 02:30');
    expect(at('2026-10-25T04:00:00+01:00')).toBeNull();
    expect(at('2026-03-29T03:45:00+02:00')).toBe('2026-03-29 03:30');
  });

  test('tell which one begins next, a week ahead, and in its set-up still', () => {
    const next = (iso: string) => planned(iso).coming[0];
    expect(next('2026-11-24T19:45:00+01:00')).toMatchObject({
      ...{ event: '2026-11-24 20:00', title: null },
      ...{ setupAtMs: Date.parse('2026-11-24T19:30:00+01:00'), startsAtMs: Date.parse('2026-11-24T20:00:00+01:00') },
    });
    expect(next('2026-11-24T20:00:00+01:00')?.event).toBe('2026-11-26 20:00');
    const one: WeeklyLive[] = [{ days: ['tuesday'], hours: localHours('20:00-22:00') }];
    const nowMs = Date.parse('2026-11-24T20:30:00+01:00');
    expect(planAt(weeklyLives(one, nowMs, nowMs + 8 * DAY_MS, 'Europe/Paris'), 0, nowMs)).toMatchObject({
      ...{ underWay: [{ event: '2026-11-24 20:00' }], coming: [{ event: '2026-12-01 20:00' }] },
    });
  });
});
