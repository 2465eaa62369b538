import { locale } from './text.js';

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

/**
 * A moment as hours and minutes in the studio's time zone.
 * @param {string} iso
 * @param {string} timeZone
 */
export const timeText = (iso, timeZone) =>
  new Date(iso).toLocaleTimeString(locale(), { timeZone, hour: '2-digit', minute: '2-digit' });
