import { type LocalHours, localMidnight, localTimeOfDay, wallParts } from './local-day.ts';

export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** A live that comes every week. */
export interface WeeklyLive {
  days: readonly (typeof WEEKDAYS)[number][];
  /** Of the studio's clocks; over midnight it belongs to the day on which it begins. */
  hours: LocalHours;
}

/** A live as a plan has it, UTC ms. */
export interface LiveTime {
  /** The same after a restart: the day and time at which it begins, and what else tells it from others. */
  event: string;
  title: string | null;
  startsAtMs: number;
  endsAtMs: number;
}

/** A live and when its set-up begins, UTC ms. */
export interface PlannedLive extends LiveTime {
  setupAtMs: number;
}

const MOST_COMING = 10;
const HALF_DAY_MS = 12 * 3_600_000;
const DAY_MS = 2 * HALF_DAY_MS;

/** Every live of the weekly schedule that lies on the days from that of `fromMs` to that of `toMs`; in no order. */
export function weeklyLives(weekly: readonly WeeklyLive[], fromMs: number, toMs: number, timeZone: string): LiveTime[] {
  const lives: LiveTime[] = [];
  let noonMs = localMidnight(fromMs, timeZone) + HALF_DAY_MS;
  for (; noonMs - HALF_DAY_MS <= toMs; noonMs = localMidnight(noonMs + DAY_MS, timeZone) + HALF_DAY_MS) {
    const { day } = wallParts(noonMs, timeZone);
    const weekday = WEEKDAYS[new Date(`${day}T12:00Z`).getUTCDay()];
    for (const { days, hours } of weekly) {
      if (weekday === undefined || !days.includes(weekday)) continue;
      const startsAtMs = localTimeOfDay(noonMs, hours.fromMinute, timeZone);
      const lastDayMs = hours.toMinute > hours.fromMinute ? noonMs : noonMs + DAY_MS;
      const endsAtMs = localTimeOfDay(lastDayMs, hours.toMinute, timeZone);
      lives.push({ event: localTime(startsAtMs, timeZone), title: null, startsAtMs, endsAtMs });
    }
  }
  return lives;
}

/** The day and time that clocks show, for a person: `2026-11-24 20:00`. */
export function localTime(atMs: number, timeZone: string): string {
  const { day, hour, minute } = wallParts(atMs, timeZone);
  return `${day} ${[hour, minute].map((part) => String(part).padStart(2, '0')).join(':')}`;
}

/** What of a plan is under way, its set-up included, and what comes next, as much as matters. */
export function planAt(
  lives: readonly LiveTime[],
  setupMs: number,
  nowMs: number,
): { underWay: PlannedLive[]; coming: PlannedLive[] } {
  const planned = lives
    .map((live) => ({ ...live, setupAtMs: live.startsAtMs - setupMs }))
    .toSorted((one, other) => one.startsAtMs - other.startsAtMs);
  return {
    underWay: planned.filter(({ setupAtMs, endsAtMs }) => setupAtMs <= nowMs && nowMs < endsAtMs),
    coming: planned.filter(({ startsAtMs }) => startsAtMs > nowMs).slice(0, MOST_COMING),
  };
}
