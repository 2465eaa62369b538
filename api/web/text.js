import ALARMS_FR from './words/alarms-fr.js';
import DEVICES_FR from './words/devices-fr.js';
import EN from './words/en.js';
import FR from './words/fr.js';
import PROBLEMS_FR from './words/problems-fr.js';
import REASONS_FR from './words/reasons-fr.js';
import REFUSALS_FR from './words/refusals-fr.js';
import SENTENCES_FR from './words/sentences-fr.js';
import SOURCES_FR from './words/sources-fr.js';

/** @typedef {keyof typeof EN} Word */

export { EN, FR };

/**
 * French keeps its high punctuation on the line of the word before it.
 * @param {string} text
 */
const typeset = (text) => text.replace(/ (?=[;?!%])/g, '\u202f').replace(/ (?=[:»])|(?<=«) /g, '\u00a0');

/**
 * @template {string} W
 * @param {Record<W, string>} words
 * @returns {Record<W, string>}
 */
const typesetAll = (words) =>
  /** @type {Record<W, string>} */ (
    Object.fromEntries(Object.entries(words).map(([word, text]) => [word, typeset(/** @type {string} */ (text))]))
  );

/** @type {Record<Word, string>} */
const WORDS_FR = typesetAll(FR);
/** By the code of what is said. @type {Record<string, string>} */
const SAID_FR = typesetAll({ ...ALARMS_FR, ...SOURCES_FR, ...REFUSALS_FR, ...REASONS_FR, ...PROBLEMS_FR });
const ALL_SENTENCES_FR = [...SENTENCES_FR, ...DEVICES_FR];

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
  const text = (language.now === 'fr' ? WORDS_FR : EN)[word];
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/** What stands between a word and what it introduces. */
export const colon = () => (language.now === 'fr' ? '\u00a0: ' : ': ');

/**
 * Sentences of the API in the page's language, as far as they are known.
 * @param {string} text
 * @param {[RegExp, string][]} sentences
 * @returns {string}
 */
export function sentence(text, sentences = ALL_SENTENCES_FR) {
  if (language.now !== 'fr') return text;
  const known = sentences.find(([pattern]) => pattern.test(text));
  // French writes a comma where the server writes a decimal point; an address keeps its points.
  if (known) return text.replace(known[0], typeset(known[1])).replace(/(?<![\d.])(\d+)\.(\d+)(?![\d.])/g, '$1,$2');
  const parts = text.split(/(; |(?<=\.) (?=[A-Z]))/);
  const said = parts.map((part, i) => (i % 2 === 1 || parts.length === 1 ? part : sentence(part, sentences)));
  const any = said.some((part, i) => part !== parts[i]);
  return any ? said.join('').replaceAll(/(?<! ); /g, '\u202f; ') : text;
}

/**
 * What the API says with a code, in the page's language; in its own words where the page has none for the code.
 * @param {{ code: string, text: string, data?: Record<string, string | number> | undefined }} said
 * @returns {string}
 */
export function saidText({ code, text, data = {} }) {
  const known = language.now === 'fr' ? SAID_FR[code] : undefined;
  // What a source of the session signal says of itself has a code too; its data lies beside the rest.
  const { detailCode, ...rest } = data;
  const detail =
    detailCode === undefined ? '' : saidText({ code: `${detailCode}`, text: `${data.detail}`, data: rest });
  return (
    known?.replace(/\{(\w+)\}/g, (_, name) => filled((name === 'detail' && detail) || (data[name] ?? ''))) ??
    sentence(text)
  );
}

/** @param {string | number} value */
const filled = (value) => (typeof value === 'number' ? value.toLocaleString(locale()) : sentence(value));
