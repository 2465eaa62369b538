const HOUR_MS = 3_600_000;

/** Hours of the clock, minutes since midnight, 0..1440. `toMinute` at or below `fromMinute`: over midnight. */
export interface LocalHours {
  fromMinute: number;
  toMinute: number;
}

/** How they are written: `18:00-23:00`, `22:30-06:30`, `00:00-24:00`. */
export const LOCAL_HOURS = /^([01]\d|2[0-3]):([0-5]\d)-(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** @param text as `LOCAL_HOURS` */
export function localHours(text: string): LocalHours {
  const [fromMinute = 0, toMinute = 0] = text.split('-').map((part) => {
    const [hour = 0, minute = 0] = part.split(':').map(Number);
    return hour * 60 + minute;
  });
  return { fromMinute, toMinute };
}

/** Start of the local day that holds `atMs`, UTC ms. Right across DST: days of 23 and 25 hours. */
export function localMidnight(atMs: number, timeZone: string): number {
  // The offset at the wanted midnight may differ from the one now: correct once with the offset found there.
  const guess = atMs - millisIntoDay(atMs, timeZone);
  const into = millisIntoDay(guess, timeZone);
  const midnight = into === 0 ? guess : into < 12 * HOUR_MS ? guess - into : guess + (24 * HOUR_MS - into);
  // Where clocks go back at midnight the day has two of them: it begins with the first.
  const sameDay = wallParts(midnight - HOUR_MS, timeZone).day === wallParts(atMs, timeZone).day;
  return sameDay ? midnight - HOUR_MS : midnight;
}

/**
 * The moment at which clocks show `minuteOfDay` on the local day that holds `atMs`, UTC ms. A time that a spring night
 * skips is the same distance after the skip; of one that an autumn night has twice, the first.
 * @param minuteOfDay minutes since midnight, 0..1440
 */
export function localTimeOfDay(atMs: number, minuteOfDay: number, timeZone: string): number {
  const midnightMs = localMidnight(atMs, timeZone);
  if (minuteOfDay === 24 * 60) return localMidnight(midnightMs + 36 * HOUR_MS, timeZone);
  const guessMs = midnightMs + minuteOfDay * 60_000;
  const { hour, minute } = wallParts(guessMs, timeZone);
  // After the clocks went back the guess shows an earlier time; after they went forward a later one, maybe of tomorrow.
  const lateMinutes = ((hour * 60 + minute - minuteOfDay + 36 * 60) % (24 * 60)) - 12 * 60;
  const shownMs = guessMs - lateMinutes * 60_000;
  const again = wallParts(shownMs, timeZone);
  return again.hour * 60 + again.minute === minuteOfDay ? shownMs : guessMs;
}

function millisIntoDay(atMs: number, timeZone: string): number {
  const { hour, minute, second } = wallParts(atMs, timeZone);
  return ((hour * 60 + minute) * 60 + second) * 1000 + (((atMs % 1000) + 1000) % 1000);
}

/** Wall-clock parts in a time zone; `day` is YYYY-MM-DD. */
export function wallParts(
  atMs: number,
  timeZone: string,
): { day: string; hour: number; minute: number; second: number } {
  const parts = Object.fromEntries(
    format(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const { year, month, day, hour, minute, second } = parts;
  return { day: `${year}-${month}-${day}`, hour: Number(hour), minute: Number(minute), second: Number(second) };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
}
