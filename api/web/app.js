import { showAlarms } from './alarms.js';
import { get } from './api.js';
import { after, nowMs } from './clock.js';
import { refreshCulprits, showCulprits } from './culprits.js';
import { showDiscovered } from './discovered.js';
import { byId, show } from './dom.js';
import { showAirChip, showLink, showStudio } from './hero.js';
import { showHold, startHoldButtons } from './hold.js';
import { refreshLast, showLast } from './last-session.js';
import { follow } from './live.js';
import { refreshPeriods, showPeriods } from './periods.js';
import { showPlugs } from './plugs.js';
import { PowerPanel } from './power-panel.js';
import { showPreview } from './preview.js';
import { routeOf } from './router.js';
import { refreshSavings, showSavings } from './savings.js';
import { showSession, startSessionButtons } from './session.js';
import { language, t } from './text.js';

/** A connection that comes back sooner than this leaves the last values standing, greyed; later they are unknown. */
const FORGET_MS = 5000;
const TICK_MS = 1000;
const PREVIEW_EVERY_MS = 2000;
const DISCOVERED_EVERY_MS = 15_000;

/** The pages beside the studio: fetched when they are first opened. */
const PAGES = {
  history: () => import('./pages/history.js'),
  sessions: () => import('./pages/sessions.js'),
  plugs: () => import('./pages/plug.js'),
  grid: () => import('./pages/grid.js'),
  whatif: () => import('./pages/whatif.js'),
  alarms: () => import('./pages/alarms.js'),
  settings: () => import('./pages/settings.js'),
  setup: () => import('./pages/setup.js'),
};

/** @type {import('./types.d.ts').Status | null} */
let status = null;
/** @type {import('./types.d.ts').Preview} */
let preview = [];
/** @type {import('./types.d.ts').Link} */
let link = 'connecting';
/** @type {import('./types.d.ts').Discovered[]} */
let discovered = [];
let askedDiscoveredAtMs = Number.NEGATIVE_INFINITY;
let heardAtMs = 0;
let askedPreviewAtMs = 0;
let previewDue = false;
/** @type {import('./types.d.ts').Page | null} */
let page = null;
/** The address whose page is open; null: none yet. @type {string | null} */
let opened = null;
/** The chart of the studio, while it is shown. @type {PowerPanel | null} */
let power = null;

/** @param {import('./types.d.ts').Status} next */
function onStatus(next) {
  const missed = link !== 'live';
  if (status?.phase !== next.phase) askedPreviewAtMs = 0;
  status = next;
  heardAtMs = nowMs();
  link = 'live';
  previewDue = true;
  if (opened === null) open();
  else if (missed) power?.load();
  power?.update(next);
  page?.update?.(next);
  render();
  refresh();
}

/**
 * @param {import('./types.d.ts').Link} next
 * @returns {Promise<void> | void}
 */
function onLink(next) {
  link = next;
  render();
  if (next !== 'token') return;
  return new Promise((resolve) => {
    byId('link-token', HTMLButtonElement).addEventListener('click', () => resolve(), { once: true });
  });
}

/** Opens what the address asks for; the studio itself stands in the document. */
async function open() {
  if (!status) return;
  const hash = location.hash;
  const moved = opened !== null && opened !== hash;
  opened = hash;
  page?.close?.();
  page = null;
  power?.close();
  power = null;
  const route = routeOf(hash);
  const root = byId('page', HTMLElement);
  root.replaceChildren();
  show(byId('board', HTMLElement), route.page === 'studio');
  show(root, route.page !== 'studio');
  // The link that was followed went with its page: keyboard and screen reader go on with the new one.
  if (moved && (document.activeElement === null || document.activeElement === document.body))
    byId('main', HTMLElement).focus({ preventScroll: true });
  for (const one of byId('pages', HTMLElement).querySelectorAll('a')) {
    if (one.dataset.page === route.page) {
      one.setAttribute('aria-current', 'page');
      // On a narrow screen the pages scroll sideways.
      one.scrollIntoView({ inline: 'center', block: 'nearest' });
    } else one.removeAttribute('aria-current');
  }
  scrollTo(0, 0);
  if (route.page === 'studio') {
    power = new PowerPanel(status);
    byId('power-chart', HTMLElement).replaceChildren(power.root);
    render();
    refresh();
    return;
  }
  try {
    const made = await PAGES[route.page]();
    if (opened !== hash || !status) return;
    page = made.open({ root, id: route.id, params: route.params, status });
  } catch {
    if (opened === hash) root.textContent = t('loadFailed');
  }
  render();
}

/** What has an address of its own is asked now and then, while somebody looks. */
function refresh() {
  if (!status || link !== 'live' || !power || document.hidden) return;
  refreshPreview();
  refreshDiscovered();
  refreshPeriods(status);
  refreshCulprits();
  refreshSavings();
  refreshLast(status);
}

/** The preview is asked again after each change of phase, and after others every two seconds. */
function refreshPreview() {
  if (!previewDue || nowMs() - askedPreviewAtMs < PREVIEW_EVERY_MS) return;
  previewDue = false;
  askedPreviewAtMs = nowMs();
  get('policy/preview').then(
    (answer) => {
      preview = /** @type {{ plugs: import('./types.d.ts').Preview }} */ (answer).plugs;
      render();
    },
    () => {},
  );
}

/** Plugs that are not configured come and go seldom. */
function refreshDiscovered() {
  if (nowMs() - askedDiscoveredAtMs < DISCOVERED_EVERY_MS) return;
  askedDiscoveredAtMs = nowMs();
  get('discovered').then(
    (answer) => {
      discovered = /** @type {import('./types.d.ts').Discovered[]} */ (answer);
      showDiscovered(discovered);
    },
    () => {},
  );
}

function render() {
  const silentMs = nowMs() - heardAtMs;
  showLink(link, status && silentMs);
  document.body.classList.toggle('stale', link !== 'live');
  if (!status) return;
  show(byId('main', HTMLElement), true);
  // The server's clock, carried on by the browser's: the browser's own may be wrong.
  const serverNowMs = Date.parse(status.now) + silentMs;
  const shown = link !== 'live' && silentMs > FORGET_MS ? forgotten(status) : status;
  showStudio(shown, serverNowMs);
  showAlarms(shown, serverNowMs);
  showAirChip(shown, power === null);
  if (!power) {
    if (shown !== status) page?.update?.(shown);
    return;
  }
  showSession(shown, serverNowMs);
  showLast(shown);
  showHold(shown);
  showPlugs(shown, serverNowMs);
  showPreview(shown === status ? preview : [], shown, serverNowMs);
}

/**
 * The same studio with nothing known of it: old values are never shown as present ones.
 * @param {import('./types.d.ts').Status} last
 * @returns {import('./types.d.ts').Shown}
 */
function forgotten(last) {
  return {
    ...last,
    phase: null,
    onAir: false,
    watts: null,
    wattsFrom: { plugs: 0, of: last.wattsFrom.of },
    gramsPerHour: null,
    plugs: last.plugs.map((plug) => ({ ...plug, watts: null, relay: null, online: false })),
  };
}

/** Fills in the words that stand in the page itself. */
function translate() {
  document.documentElement.lang = language.now;
  for (const element of document.querySelectorAll('[data-text], [data-label], [data-placeholder]')) {
    if (!(element instanceof HTMLElement)) continue;
    const { text, label, placeholder } = /** @type {Record<string, import('./text.js').Word | undefined>} */ (
      element.dataset
    );
    if (text) element.textContent = t(text);
    if (label) element.setAttribute('aria-label', t(label));
    if (placeholder) element.setAttribute('placeholder', t(placeholder));
  }
  for (const button of document.querySelectorAll('button[data-language]')) {
    button.setAttribute(
      'aria-pressed',
      String(button instanceof HTMLElement && button.dataset.language === language.now),
    );
  }
}

function tick() {
  render();
  refresh();
  after(TICK_MS, tick);
}

for (const button of document.querySelectorAll('button[data-language]')) {
  button.addEventListener('click', () => {
    language.now = button instanceof HTMLElement && button.dataset.language === 'fr' ? 'fr' : 'en';
    history.replaceState(null, '', `?lang=${language.now}${location.hash}`);
    translate();
    showDiscovered(discovered);
    showPeriods();
    showCulprits();
    showSavings();
    open();
  });
}
byId('skip', HTMLElement).addEventListener('click', (event) => {
  event.preventDefault();
  byId('main', HTMLElement).focus();
});
addEventListener('hashchange', open);
// Asked for in the address, else the browser's.
const asked = new URLSearchParams(location.search).get('lang') ?? navigator.language;
language.now = asked.toLowerCase().startsWith('fr') ? 'fr' : 'en';
translate();
startSessionButtons();
startHoldButtons();
tick();
follow(onStatus, onLink);
