/** What the address says: `?theme=light&size=l&corner=top-right&show=watts,letter&lang=fr&title=…#token=…` */

/** @typedef {'watts' | 'rate' | 'grams' | 'letter' | 'lowcarbon' | 'source'} Item */

const THEMES = /** @type {const} */ (['dark', 'light', 'clear']);
const CORNERS = /** @type {const} */ (['bottom-left', 'bottom', 'bottom-right', 'top-left', 'top', 'top-right']);
const LANGUAGES = /** @type {const} */ (['fr', 'en']);
/** @type {readonly Item[]} */
const ITEMS = ['watts', 'rate', 'grams', 'letter', 'lowcarbon', 'source'];
/** Percent of the size that is made for 1920×1080. */
const SIZES = new Map([
  ['s', 75],
  ['m', 100],
  ['l', 135],
  ['xl', 175],
]);
const TITLE_LENGTH = 60;

/**
 * A parameter that is not understood counts as not given: a live does not wait for spelling.
 * @param {Pick<Location, 'search' | 'hash'>} address
 * @param {string} browserLanguage
 */
export function optionsOf({ search, hash }, browserLanguage) {
  const query = new URLSearchParams(search);
  const size = query.get('size') ?? 'm';
  const percent = SIZES.get(size) ?? Number(size);
  const asked = (query.get('show') ?? '').split(',').map((name) => name.trim());
  const show = ITEMS.filter((item) => asked.includes(item)).sort((a, b) => asked.indexOf(a) - asked.indexOf(b));
  return {
    theme: oneOf(THEMES, query.get('theme')) ?? 'dark',
    corner: oneOf(CORNERS, query.get('corner')) ?? 'bottom-left',
    lang: oneOf(LANGUAGES, query.get('lang')) ?? (browserLanguage.startsWith('fr') ? 'fr' : 'en'),
    sizePercent: percent >= 50 && percent <= 400 ? percent : 100,
    show: show.length > 0 ? show : ITEMS,
    title: (query.get('title') ?? '').slice(0, TITLE_LENGTH),
    // In the fragment, which browsers send to no server and servers write into no log.
    token: new URLSearchParams(hash.slice(1)).get('token'),
  };
}

/**
 * @template {string} T
 * @param {readonly T[]} known
 * @param {string | null} text
 * @returns {T | undefined}
 */
const oneOf = (known, text) => known.find((one) => one === text);
