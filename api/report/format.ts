import { twoFigures } from '../../model/uncertainty.ts';
import type { Language } from '../badge.ts';

const LOCALES: Record<Language, string> = { fr: 'fr-FR', en: 'en-GB' };
/** Between a number and its unit: French sets a narrow no-break space. */
const GAPS: Record<Language, string> = { fr: '\u202f', en: '\u00a0' };
const MINUS = '\u2212';

export type Format = ReturnType<typeof formatOf>;

/** Numbers, units and times as one language writes them; times in the studio's time zone. */
export function formatOf(language: Language, timeZone: string) {
  const locale = LOCALES[language];
  const gap = GAPS[language];
  const number = (value: number, decimals = decimalsOf(value)) =>
    value
      .toLocaleString(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
      .replace('-', MINUS);
  const modelled = (value: number) =>
    twoFigures(value).toLocaleString(locale, { maximumSignificantDigits: 2 }).replace('-', MINUS);
  /** The number and the unit apart, for those who set them in two sizes. */
  const parts = {
    wh: (wh: number): Parts => (Math.abs(wh) >= 1000 ? [number(wh / 1000, 2), 'kWh'] : [number(wh), 'Wh']),
    grams: (grams: number) => weight(grams, number),
    modelledGrams: (grams: number) => weight(grams, modelled),
    modelledWh: (wh: number): Parts => (Math.abs(wh) >= 1000 ? [modelled(wh / 1000), 'kWh'] : [modelled(wh), 'Wh']),
  };
  const joined = ([value, unit]: Parts) => `${value}${gap}${unit}`;
  const time = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { ...options, timeZone });
  const [day, shortDay] = [time({ dateStyle: 'long' }), time({ dateStyle: 'short' })];
  const moment = time({ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' });
  const clock = time({ hour: '2-digit', minute: '2-digit' });
  /** French counts the first of a month: `1er décembre`. */
  const dated = (text: string) => (language === 'fr' ? text.replaceAll(/(?<!\d)1 (?=\p{L}{3})/gu, '1er ') : text);
  return {
    ...{ number, parts },
    /** French sets a space before a colon. */
    colon: language === 'fr' ? '\u00a0: ' : ': ',
    wh: (wh: number) => joined(parts.wh(wh)),
    grams: (grams: number) => joined(parts.grams(grams)),
    modelledGrams: (grams: number) => joined(parts.modelledGrams(grams)),
    modelledWh: (wh: number) => joined(parts.modelledWh(wh)),
    signedGrams: (grams: number) => `${grams > 0 ? '+' : ''}${joined(parts.grams(grams))}`,
    watts: (watts: number) => joined([number(watts), 'W']),
    unit: (value: string, unit: string) => joined([value, unit]),
    count: (value: number) => number(value, 0),
    percent: (share: number) => share.toLocaleString(locale, { style: 'percent', maximumFractionDigits: 0 }),
    distance: (kilometres: number) =>
      kilometres < 1 ? joined([number(twoFigures(kilometres * 1000), 0), 'm']) : joined([modelled(kilometres), 'km']),
    /** `2 h 05 min`, `4 min`, `35 s`. */
    duration(seconds: number): string {
      const minutes = Math.round(seconds / 60);
      if (seconds < 60) return joined([number(seconds, 0), 's']);
      if (minutes < 60) return joined([String(minutes), 'min']);
      const rest = String(minutes % 60).padStart(2, '0');
      return `${joined([String(Math.floor(minutes / 60)), 'h'])}${gap}${joined([rest, 'min'])}`;
    },
    day: (iso: string) => dated(day.format(Date.parse(iso))),
    shortDay: (iso: string) => shortDay.format(Date.parse(iso)),
    moment: (iso: string) => dated(moment.format(Date.parse(iso))),
    clock: (ms: number) => clock.format(ms),
    span: (from: string, to: string) => dated(moment.formatRange(Date.parse(from), Date.parse(to))),
  };
}

/** Grams, kilograms or tonnes. */
function weight(grams: number, write: (value: number, decimals?: number) => string): Parts {
  const size = Math.abs(grams);
  if (size >= 1_000_000) return [write(grams / 1_000_000, 2), 't'];
  return size >= 1000 ? [write(grams / 1000, 2), 'kg'] : [write(grams), 'g'];
}

export type Parts = [value: string, unit: string];

function decimalsOf(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || size >= 100) return 0;
  return size >= 1 ? 1 : size >= 0.1 ? 2 : 3;
}

/** A title is what anybody typed: without what steers a terminal or turns the direction of what follows. */
export function printable(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/**
 * What the font of images and documents has: Latin, Greek and Cyrillic as they are written today. The rest is left out there; a page has fonts for
 * everything.
 */
export function drawable(text: string): string {
  const known =
    /[\u0020-\u007e\u00a0-\u024f\u0384-\u03d6\u0400-\u0479\u0480-\u04ff\u1e00-\u1eff\u2010-\u2026\u202f\u2030-\u203a\u20ac\u2212₂≈]/u;
  const shown = [...printable(text).normalize('NFC')].filter((character) => known.test(character)).join('');
  return shown.replaceAll(/ +/g, ' ').trim();
}
