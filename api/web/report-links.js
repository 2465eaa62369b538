import { call, hasToken } from './api.js';
import { make } from './dom.js';
import { language, t } from './text.js';

const FORMS = /** @type {const} */ ([
  ['reportPage', { format: 'html' }],
  ['reportPdf', { format: 'pdf' }],
  ['reportStory', { format: 'png', size: 'story' }],
  ['reportCard', { format: 'png', size: 'card' }],
]);

/**
 * Links to the report of a session, in the page's language.
 * @param {string} id
 */
export function reportLinks(id) {
  return make('div', 'buttons', ...FORMS.map(([word, form]) => reportLink(id, t(word), form)));
}

/**
 * @param {string} id
 * @param {string} text
 * @param {Record<string, string>} form
 */
function reportLink(id, text, form) {
  const link = make('a', 'button', text);
  const path = `sessions/${encodeURIComponent(id)}/report?${new URLSearchParams({ ...form, lang: language.now })}`;
  link.href = `/api/v1/${path}`;
  link.target = '_blank';
  link.addEventListener('click', (event) => {
    // A link can't carry the token that the server asks for: then the file is fetched, and saved.
    if (!hasToken()) return;
    event.preventDefault();
    save(path, `offair-${id}.${form.format}`).catch(() => {});
  });
  return link;
}

/**
 * @param {string} path
 * @param {string} name
 */
async function save(path, name) {
  const link = make('a');
  link.href = URL.createObjectURL(await (await call(path)).blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
