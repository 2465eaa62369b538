import ALARMS_FR from './words/alarms-fr.js';
import EN from './words/en.js';
import ERRORS_FR from './words/errors-fr.js';
import FR from './words/fr.js';
import PROBLEMS_FR from './words/problems-fr.js';
import REASONS_FR from './words/reasons-fr.js';
import SENTENCES_FR from './words/sentences-fr.js';
import SOURCES_FR from './words/sources-fr.js';

/** @typedef {keyof typeof EN} Word */

export { EN, FR };

/** The page's language. @type {{ now: 'en' | 'fr' }} */
export const language = { now: 'en' };

/** For numbers and dates: the browser's own kind of the page's language, such as en-GB. */
export const locale = () => (navigator.language.startsWith(language.now) ? navigator.language : language.now);

/**
 * @param {Word} word
 * @param {Record<string, string | number>} values
 * @returns {string}
 */
export function t(word, values = {}) {
  const text = (language.now === 'fr' ? FR : EN)[word];
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/**
 * A sentence of the API in the page's language, as far as it is known.
 * @param {string} text
 * @returns {string}
 */
export function sentence(text) {
  const known = language.now === 'fr' ? SENTENCES_FR.find(([pattern]) => pattern.test(text)) : undefined;
  // French writes a comma where the server writes a decimal point.
  return known ? text.replace(...known).replace(/(\d)\.(\d)/g, '$1,$2') : text;
}

/**
 * What the API says with a code, in the page's language; in its own words where the page has none for the code.
 * @param {{ code: string, text: string, data?: Record<string, string | number> | undefined }} said
 * @returns {string}
 */
export function saidText({ code, text, data = {} }) {
  const known =
    language.now === 'fr'
      ? (PROBLEMS_FR[code] ?? REASONS_FR[code] ?? SOURCES_FR[code] ?? ALARMS_FR[code] ?? ERRORS_FR[code])
      : undefined;
  // What a source of the session signal says of itself has a code too; its data lies beside the rest.
  const { detailCode, ...rest } = data;
  const detail =
    detailCode === undefined ? '' : saidText({ code: `${detailCode}`, text: `${data.detail}`, data: rest });
  return known?.replace(/\{(\w+)\}/g, (_, name) => filled((name === 'detail' && detail) || (data[name] ?? ''))) ?? text;
}

/** @param {string | number} value */
const filled = (value) => (typeof value === 'number' ? value.toLocaleString(locale()) : sentence(value));
