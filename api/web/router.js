/** The pages of the site by the first part of `#/page/id?key=value`. */
const PAGES = /** @type {const} */ ([
  'studio',
  'history',
  'sessions',
  'plugs',
  'grid',
  'whatif',
  'alarms',
  'settings',
  'setup',
]);

/** @typedef {{ page: typeof PAGES[number], id: string | null, params: URLSearchParams }} Route */

/**
 * What an address asks for: the studio when it asks for nothing known.
 * @param {string} hash
 * @returns {Route}
 */
export function routeOf(hash) {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [name = '', id = ''] = path.split('/');
  const page = PAGES.find((one) => one === name) ?? 'studio';
  return { page, id: id ? decodeURIComponent(id) : null, params: new URLSearchParams(query) };
}

/**
 * The address of a page.
 * @param {Route['page']} page
 * @param {string | null} id
 * @param {Record<string, string>} params
 */
export function hrefOf(page, id = null, params = {}) {
  const query = new URLSearchParams(params).toString();
  const path = page === 'studio' ? '' : id === null ? page : `${page}/${encodeURIComponent(id)}`;
  return `#/${path}${query ? `?${query}` : ''}`;
}

/**
 * Changes what the address says of the page that is open, without a new entry to go back to.
 * @param {string} href
 */
export function remember(href) {
  history.replaceState(null, '', href);
}
