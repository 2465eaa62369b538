import type { Letter, Score } from '../model/score.ts';

export const LANGUAGES = ['fr', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Of the letter's field, and of the letter on it: at least 4.5 to 1 in contrast. */
export const COLOURS: Record<Letter, { field: string; ink: string }> = {
  A: { field: '#1a7f37', ink: '#ffffff' },
  B: { field: '#5bab3c', ink: '#111111' },
  C: { field: '#b5cc2e', ink: '#111111' },
  D: { field: '#f0d000', ink: '#111111' },
  E: { field: '#f29a1f', ink: '#111111' },
  F: { field: '#ea6a3a', ink: '#111111' },
  G: { field: '#b91c1c', ink: '#ffffff' },
};
const NO_LETTER = { field: '#57606a', ink: '#ffffff' };

const WORDS = {
  fr: {
    both: 'énergie et climat',
    energy: 'énergie',
    provisional: 'provisoire',
    none: 'pas de note',
    locale: 'fr-FR',
  },
  en: { both: 'energy and climate', energy: 'energy', provisional: 'provisional', none: 'no grade', locale: 'en-GB' },
} as const;

const LETTER_WIDTH = 26;
const HEIGHT = 22;
/** The widest that the badge's font gets, on average. */
const PIXELS_PER_CHARACTER = 6.6;

/**
 * The letter of a live or of a month, SVG: what it grades, when, and whether it may still change. Nothing in it comes from
 * a user.
 * @param of the live's start, or any moment of the month, UTC ms
 */
export function badge(
  score: Score,
  of: { atMs: number; span: 'day' | 'month' },
  language: Language,
  timeZone: string,
): string {
  const words = WORDS[language];
  const letter = score.overall ?? score.energy;
  const { field, ink } = letter ? COLOURS[letter] : NO_LETTER;
  const format: Intl.DateTimeFormatOptions =
    of.span === 'month' ? { month: 'long', year: 'numeric' } : { day: '2-digit', month: '2-digit', year: 'numeric' };
  const date = new Intl.DateTimeFormat(words.locale, { ...format, timeZone }).format(of.atMs);
  const what = score.overall || !letter ? words.both : words.energy;
  const label = ['offair', what, date, ...(score.provisional && letter ? [words.provisional] : [])].join(' · ');
  const labelWidth = Math.ceil(label.length * PIXELS_PER_CHARACTER) + 12;
  const width = labelWidth + LETTER_WIDTH;
  const title = `${label}: ${letter ?? words.none}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${HEIGHT}" rx="4" fill="#24292f"/>`,
    `<path d="M${labelWidth} 0h${LETTER_WIDTH - 4}a4 4 0 0 1 4 4v${HEIGHT - 8}a4 4 0 0 1-4 4h-${LETTER_WIDTH - 4}z" fill="${field}"/>`,
    `<g font-family="Verdana,DejaVu Sans,sans-serif" text-anchor="middle">`,
    `<text x="${labelWidth / 2}" y="15" font-size="11" fill="#ffffff" textLength="${labelWidth - 12}">${label}</text>`,
    `<text x="${labelWidth + LETTER_WIDTH / 2}" y="16" font-size="14" font-weight="bold" fill="${ink}">${letter ?? '–'}</text>`,
    '</g></svg>',
    '',
  ].join('\n');
}
