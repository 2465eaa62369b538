import { language, locale } from './text.js';

/** What is not known is shown as this, never as 0. */
export const UNKNOWN = '–';

/**
 * A number in the page's language: fewer decimals the larger it is, so that widths stay steady.
 * @param {number | null} value
 * @returns {string}
 */
export function number(value) {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  const decimals = Math.abs(value) < 100 ? 1 : 0;
  // Negative zero is zero to everybody who reads it.
  const shown = Math.abs(value) < 0.05 ? 0 : value;
  return shown.toLocaleString(locale(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** @param {number} value */
export const whole = (value) => value.toLocaleString(locale(), { maximumFractionDigits: 0 });

/** @param {number} share 0..1 */
export const percent = (share) => share.toLocaleString(locale(), { style: 'percent', maximumFractionDigits: 0 });

/** @param {number | null} watts */
export const wattsText = (watts) => `${number(watts)}\u00a0W`;

/** @param {number} wh */
export const energyText = (wh) => (Math.abs(wh) >= 1000 ? `${number(wh / 1000)}\u00a0kWh` : `${number(wh)}\u00a0Wh`);

/** @param {number} grams */
export const gramsText = (grams) =>
  Math.abs(grams) >= 1000 ? `${number(grams / 1000)}\u00a0kg` : `${number(grams)}\u00a0g`;

/**
 * The grams of some energy: not known, not 0, where none of it has an intensity.
 * @param {{ wh: number, grams: number, unpricedWh: number }} footprint
 */
export const gramsOf = ({ wh, grams, unpricedWh }) =>
  unpricedWh > 0 && unpricedWh > wh * 0.999 ? UNKNOWN : gramsText(grams);

/**
 * A length of time as a clock: `4:05`, `1:04:05`.
 * @param {number} ms
 */
export function clockText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/**
 * A length of time in one unit: `8 s`, `3 min`, `5 h`, `2 d`.
 * @param {number} ms
 */
export function agoText(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [value, unit] =
    seconds < 60
      ? [seconds, 'second']
      : seconds < 3600
        ? [seconds / 60, 'minute']
        : seconds < 172_800
          ? [seconds / 3600, 'hour']
          : [seconds / 86_400, 'day'];
  return Math.round(Number(value)).toLocaleString(locale(), {
    style: 'unit',
    unit: String(unit),
    unitDisplay: 'short',
  });
}

/** @param {number} euros */
export const eurosText = (euros) =>
  euros.toLocaleString(locale(), {
    style: 'currency',
    currency: 'EUR',
    maximumFractionDigits: Math.abs(euros) < 100 ? 2 : 0,
  });

/**
 * By how much a figure has changed: `+12 %`.
 * @param {number} now
 * @param {number} before more than 0
 */
export const changeText = (now, before) =>
  (now / before - 1).toLocaleString(locale(), {
    style: 'percent',
    maximumFractionDigits: Math.abs(now / before - 1) < 0.1 ? 1 : 0,
    signDisplay: 'exceptZero',
  });

/**
 * A length of time in hours and minutes: `45 min`, `2 h 05`.
 * @param {number} ms
 */
export function lengthText(ms) {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  const two = String(minutes % 60).padStart(2, '0');
  return minutes < 60 ? `${minutes}\u00a0min` : `${Math.floor(minutes / 60)}\u00a0h\u00a0${two}`;
}

/**
 * The sum of footprints: energy, grams, and the share of the time that was watched.
 * @param {Pick<import('./types.d.ts').Footprint, 'wh' | 'grams' | 'unpricedWh' | 'coverage'>[]} footprints
 */
export function sumOf(footprints) {
  const sum = { wh: 0, grams: 0, unpricedWh: 0, coverage: 0 };
  for (const one of footprints) {
    sum.wh += one.wh;
    sum.grams += one.grams;
    sum.unpricedWh += one.unpricedWh;
    sum.coverage += one.coverage / footprints.length;
  }
  return sum;
}

/**
 * French counts the first of a month: `1er décembre`.
 * @param {string} text
 */
const dated = (text) => (language.now === 'fr' ? text.replace(/(?<!\d)1 (?=\p{L}{3})/u, '1er ') : text);

/**
 * A moment as day, hours and minutes in the studio's time zone.
 * @param {string} iso
 * @param {string} timeZone
 */
export const momentText = (iso, timeZone) =>
  dated(
    new Date(iso).toLocaleString(locale(), {
      ...{ timeZone, weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
    }),
  );

/**
 * A day of the studio's calendar in words.
 * @param {string} day `2026-11-24`
 * @param {Intl.DateTimeFormatOptions} how
 */
export const dayText = (day, how = { weekday: 'short', day: 'numeric', month: 'short' }) =>
  dated(new Date(`${day}T12:00:00Z`).toLocaleDateString(locale(), { ...how, timeZone: 'UTC' }));

/**
 * A tick of a time axis: seconds only where ticks are that close, the day where a new one begins or ticks are days.
 * @param {number} atMs
 * @param {number} stepMs between two ticks
 * @param {string} timeZone
 */
export function axisTime(atMs, stepMs, timeZone) {
  const at = new Date(atMs);
  const clock = at.toLocaleTimeString(locale(), {
    ...{ timeZone, hour: '2-digit', minute: '2-digit' },
    ...(stepMs < 60_000 ? { second: '2-digit' } : {}),
  });
  const midnight = at.toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }) === '00:00';
  if (!midnight && stepMs < 86_400_000) return clock;
  return dated(at.toLocaleDateString(locale(), { timeZone, day: 'numeric', month: 'short' }));
}

/**
 * A moment as hours and minutes in the studio's time zone.
 * @param {string} iso
 * @param {string} timeZone
 */
export const timeText = (iso, timeZone) =>
  new Date(iso).toLocaleTimeString(locale(), { timeZone, hour: '2-digit', minute: '2-digit' });
