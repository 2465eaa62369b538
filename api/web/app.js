import { get } from './api.js';
import { addToChart, drawChart, loadChart, startChartReadout } from './chart.js';
import { after, nowMs } from './clock.js';
import { showDiscovered } from './discovered.js';
import { byId } from './dom.js';
import { showLink, showStudio } from './hero.js';
import { follow } from './live.js';
import { showPlugs } from './plugs.js';
import { showPreview } from './preview.js';
import { showSession, startSessionButtons } from './session.js';
import { language, t } from './text.js';

/** A connection that comes back sooner than this leaves the last values standing, greyed; later they are unknown. */
const FORGET_MS = 5000;
const TICK_MS = 1000;
const PREVIEW_EVERY_MS = 2000;
const DISCOVERED_EVERY_MS = 15_000;

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

/** @param {import('./types.d.ts').Status} next */
function onStatus(next) {
  const missed = link !== 'live';
  if (status?.phase !== next.phase) askedPreviewAtMs = 0;
  status = next;
  heardAtMs = nowMs();
  link = 'live';
  previewDue = true;
  addToChart(next);
  if (missed) loadChart(next).then(render, () => {});
  render();
  refreshPreview();
  refreshDiscovered();
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

/** The preview has its own address: asked again after each change of phase, and after others every two seconds. */
function refreshPreview() {
  if (!previewDue || link !== 'live' || nowMs() - askedPreviewAtMs < PREVIEW_EVERY_MS) return;
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
  if (link !== 'live' || nowMs() - askedDiscoveredAtMs < DISCOVERED_EVERY_MS) return;
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
  byId('main', HTMLElement).hidden = false;
  // The server's clock, carried on by the browser's: the browser's own may be wrong.
  const serverNowMs = Date.parse(status.now) + silentMs;
  const shown = link !== 'live' && silentMs > FORGET_MS ? forgotten(status) : status;
  showStudio(shown, serverNowMs);
  showSession(shown, serverNowMs);
  showPlugs(shown, serverNowMs);
  showPreview(shown === status ? preview : [], shown, serverNowMs);
  drawChart(serverNowMs, status.studio.timeZone);
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
  refreshPreview();
  refreshDiscovered();
  after(TICK_MS, tick);
}

for (const button of document.querySelectorAll('button[data-language]')) {
  button.addEventListener('click', () => {
    language.now = button instanceof HTMLElement && button.dataset.language === 'fr' ? 'fr' : 'en';
    history.replaceState(null, '', `?lang=${language.now}`);
    translate();
    render();
    showDiscovered(discovered);
  });
}
// Asked for in the address, else the browser's.
const asked = new URLSearchParams(location.search).get('lang') ?? navigator.language;
language.now = asked.toLowerCase().startsWith('fr') ? 'fr' : 'en';
translate();
startSessionButtons();
startChartReadout();
tick();
follow(onStatus, onLink);
