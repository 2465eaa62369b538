import { byId, make, say, show } from './dom.js';
import { clockText } from './format.js';
import { saidText, t } from './text.js';

/** @typedef {Omit<import('./types.d.ts').Preview[number], 'ifEndedNow'>} Entry */
/** @typedef {{ names: string[], will: string, why: string, kind: string }} Row */

/**
 * What will be switched when, and why not: a row for plugs that share their fate, the essential ones last.
 * @param {import('./types.d.ts').Preview} entries
 * @param {import('./types.d.ts').Shown} status
 * @param {number} serverNowMs
 */
export function showPreview(entries, status, serverNowMs) {
  show(byId('preview-dry', HTMLElement), status.dryRun);
  show(byId('preview-session', HTMLElement), status.session !== null && status.phase !== null);
  const standby = status.phase === 'standby';
  const ended = entries.flatMap(({ plug, ifEndedNow }) => (ifEndedNow ? [{ plug, ...ifEndedNow }] : []));
  // While a session runs, what happens to no plug now is told by what its end would bring.
  const now = ended.length > 0 ? entries.filter(({ action }) => action !== 'none' && action !== 'never') : entries;
  showRows(byId('preview-list', HTMLElement), rowsOf(now, status, standby, serverNowMs));
  show(byId('preview-end', HTMLElement), ended.length > 0);
  showRows(byId('preview-end-list', HTMLElement), rowsOf(ended, status, true, serverNowMs));
}

/**
 * @param {HTMLElement} list
 * @param {Row[]} rows
 */
function showRows(list, rows) {
  // Rows are kept while their number stays: a countdown must not disturb who reads.
  while (list.childElementCount > rows.length) list.lastElementChild?.remove();
  while (list.childElementCount < rows.length) {
    list.append(
      make('li', '', make('span', 'preview-names'), make('span', 'chip'), make('span', 'preview-why muted small')),
    );
  }
  for (const [i, row] of rows.entries()) {
    const item = list.children[i];
    const [names, will, why] = item?.children ?? [];
    if (!(item instanceof HTMLElement) || !names || !will || !why) continue;
    item.dataset.action = row.kind;
    say(names, row.names.join(', '));
    say(will, row.will);
    say(why, row.why);
  }
}

/**
 * @param {Entry[]} entries
 * @param {import('./types.d.ts').Shown} status
 * @param {boolean} standby
 * @param {number} serverNowMs
 * @returns {Row[]}
 */
function rowsOf(entries, status, standby, serverNowMs) {
  const names = new Map(status.plugs.map((plug) => [plug.id, plug.name]));
  /** @type {Map<string, Row>} */
  const rows = new Map();
  const essentialLast = entries.toSorted((a, b) => Number(a.action === 'never') - Number(b.action === 'never'));
  for (const entry of essentialLast) {
    const will = willText(entry, standby, serverNowMs);
    const why = entry.action === 'never' ? t('essential') : entry.reasons.map(saidText).join(' · ');
    const kind = entry.action === 'hold' && entry.dueAt !== null ? 'due' : entry.action;
    const row = rows.get(`${will}|${why}`) ?? { names: [], will, why, kind };
    row.names.push(names.get(entry.plug) ?? entry.plug);
    rows.set(`${will}|${why}`, row);
  }
  return [...rows.values()];
}

/**
 * @param {Entry} entry
 * @param {boolean} standby
 * @param {number} serverNowMs
 */
function willText({ action, dueAt }, standby, serverNowMs) {
  if (action === 'never') return t('willNever');
  if (action === 'none') return t('willNothing');
  if (action === 'shut-down') return t('willShutDown');
  if (dueAt === null) return t('willWait');
  const leftMs = Date.parse(dueAt) - serverNowMs;
  const off = action === 'cut' || (action === 'hold' && standby);
  if (leftMs <= 0) return t(off ? 'willOffNow' : 'willOnNow');
  return t(off ? 'willOff' : 'willOn', { time: clockText(leftMs) });
}
