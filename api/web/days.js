/** Days of the studio, as its calendar has them: `2026-11-24`. A day is not always 24 hours. */

const DAY_MS = 86_400_000;

/** @type {Map<string, Intl.DateTimeFormat>} */
const calendars = new Map();

/**
 * @param {number} atMs
 * @param {string} timeZone
 * @returns {string}
 */
export function dayOf(atMs, timeZone) {
  let calendar = calendars.get(timeZone);
  if (!calendar) {
    calendar = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    calendars.set(timeZone, calendar);
  }
  return calendar.format(atMs);
}

/**
 * The moment at which a day begins: found by looking, since offsets change.
 * @param {string} day
 * @param {string} timeZone
 * @returns {number} UTC ms
 */
export function startOf(day, timeZone) {
  const noonMs = Date.parse(`${day}T12:00:00Z`);
  // Begun between 27 hours before and 14 after the noon of UTC, on a quarter hour.
  let [lowMs, highMs] = [noonMs - 27 * 3_600_000, noonMs + 14 * 3_600_000];
  while (highMs - lowMs > 900_000) {
    const middleMs = lowMs + Math.floor((highMs - lowMs) / 2 / 900_000) * 900_000;
    if (dayOf(middleMs, timeZone) >= day) highMs = middleMs;
    else lowMs = middleMs;
  }
  return highMs;
}

/**
 * @param {string} day
 * @param {number} days
 * @returns {string}
 */
export const shift = (day, days) => new Date(Date.parse(`${day}T12:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/**
 * How many days later `to` is.
 * @param {string} from
 * @param {string} to
 */
export const daysBetween = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);

/** @param {string} day */
export const mondayOf = (day) => shift(day, -((new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7));

/** @param {string} day */
export const firstOfMonth = (day) => `${day.slice(0, 7)}-01`;

/**
 * @param {string} first the first of a month
 * @param {number} months
 */
export function shiftMonths(first, months) {
  const date = new Date(`${first}T12:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.toISOString().slice(0, 10);
}
