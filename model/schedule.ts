import { type LocalHours, localMidnight, localTimeOfDay, wallParts } from './local-day.ts';

export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** A live that comes every week. */
export interface WeeklyLive {
  days: readonly (typeof WEEKDAYS)[number][];
  /** Of the studio's clocks; over midnight it belongs to the day on which it begins. */
  hours: LocalHours;
}

const HALF_DAY_MS = 12 * 3_600_000;

/**
 * The planned live that is under way or to be set up for, by the day and time at which it begins; null when there is none.
 * @param setupMs how long before its beginning the set-up begins, up to a day
 */
export function plannedAt(
  weekly: readonly WeeklyLive[],
  setupMs: number,
  nowMs: number,
  timeZone: string,
): string | null {
  const midnightMs = localMidnight(nowMs, timeZone);
  // One of yesterday may still run, one of tomorrow may already be set up for.
  for (const noonMs of [midnightMs - HALF_DAY_MS, midnightMs + HALF_DAY_MS, midnightMs + 3 * HALF_DAY_MS]) {
    const { day } = wallParts(noonMs, timeZone);
    const weekday = WEEKDAYS[new Date(`${day}T12:00Z`).getUTCDay()];
    for (const { days, hours } of weekly) {
      if (weekday === undefined || !days.includes(weekday)) continue;
      const startMs = localTimeOfDay(noonMs, hours.fromMinute, timeZone);
      const lastDayMs = hours.toMinute > hours.fromMinute ? noonMs : noonMs + 2 * HALF_DAY_MS;
      const endMs = localTimeOfDay(lastDayMs, hours.toMinute, timeZone);
      const { hour, minute } = wallParts(startMs, timeZone);
      const time = [hour, minute].map((part) => String(part).padStart(2, '0')).join(':');
      if (startMs - setupMs <= nowMs && nowMs < endMs) return `${day} ${time}`;
    }
  }
  return null;
}
