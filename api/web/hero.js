import { byId, make, say, show } from './dom.js';
import { agoText, number, timeText, UNKNOWN, wattsText, whole } from './format.js';
import { providerName } from './names.js';
import { isUnsure } from './session.js';
import { saidText, sentence, t } from './text.js';
import { shareBar } from './ui.js';

/** @typedef {import('./types.d.ts').Shown} Shown */

const TAKERS = 3;

/**
 * What the whole studio is doing: on air or not, its power, its emissions, what is wrong.
 * @param {Shown} status
 * @param {number} serverNowMs
 */
export function showStudio(status, serverNowMs) {
  say(byId('studio', HTMLElement), status.studio.name);
  show(byId('demo', HTMLElement), status.demo);
  show(byId('dry-run', HTMLElement), status.dryRun);
  showTally(status);
  showPower(status);
  showCarbon(status, serverNowMs);
  showProblems(status.problems);
  const { state, pendingPoints, problem } = status.influx;
  const pending = pendingPoints > 0 && state !== 'off' ? ` · ${t('points', { points: whole(pendingPoints) })}` : '';
  say(byId('influx', HTMLElement), `${t(`influx_${state}`)}${pending}${problem ? ` · ${sentence(problem)}` : ''}`);
  say(byId('version', HTMLElement), `offair ${status.version}`);
}

/** @param {Shown} status */
const airWord = (status) => (status.phase === null || isUnsure(status) ? 'unknown' : status.onAir ? 'onAir' : 'offAir');

/** @param {Shown} status */
function showTally(status) {
  const { phase, onAir } = status;
  document.body.dataset.air = phase === null || isUnsure(status) ? 'unknown' : phase;
  say(byId('air', HTMLElement), t(airWord(status)));
  say(byId('phase', HTMLElement), t(phase ?? 'phaseUnknown'));
  const page = document.querySelector('#page h1')?.textContent;
  const words = [...(page ? [page] : []), t(phase ?? 'phaseUnknown')];
  document.title = phase === null && !page ? t('title') : `${onAir ? '● ' : ''}${words.join(' · ')} – offair`;
}

/**
 * On the other pages the sign is a chip in the header: it is never out of sight.
 * @param {Shown} status
 * @param {boolean} shown
 */
export function showAirChip(status, shown) {
  const chip = byId('air-chip', HTMLElement);
  show(chip, shown);
  const { phase, onAir } = status;
  const words = [t(airWord(status)), ...(onAir || phase === null ? [] : [t(phase)])];
  say(chip, words.join(' · '));
}

/** @param {Shown} status */
function showPower({ phase, watts, wattsFrom, plugs }) {
  say(byId('watts', HTMLElement), wattsFrom.plugs > 0 ? number(watts) : UNKNOWN);
  say(byId('tally-watts', HTMLElement), wattsText(wattsFrom.plugs > 0 ? watts : null));
  const from = byId('watts-from', HTMLElement);
  say(from, phase === null ? '' : t('plugsReport', wattsFrom));
  from.classList.toggle('warn', wattsFrom.plugs < wattsFrom.of);
  showTakers(plugs, watts);
}

/**
 * The plugs that take most now.
 * @param {Shown['plugs']} plugs
 * @param {number | null} total
 */
function showTakers(plugs, total) {
  const list = byId('takers', HTMLElement);
  const most = plugs
    .filter((plug) => plug.kind !== 'solar' && (plug.watts ?? 0) > 0)
    .toSorted((a, b) => (b.watts ?? 0) - (a.watts ?? 0))
    .slice(0, TAKERS);
  while (list.childElementCount > most.length) list.lastElementChild?.remove();
  while (list.childElementCount < most.length)
    list.append(make('li', '', make('span', 'takers-name'), shareBar(0), make('b')));
  for (const [i, plug] of most.entries()) {
    const [name, bar, watts] = list.children[i]?.children ?? [];
    if (!name || !watts || !(bar?.firstElementChild instanceof HTMLElement)) continue;
    say(name, plug.name);
    say(watts, wattsText(plug.watts));
    bar.firstElementChild.style.width = `${(100 * (plug.watts ?? 0)) / Math.max(1, total ?? 0)}%`;
  }
}

/**
 * @param {Shown} status
 * @param {number} serverNowMs
 */
function showCarbon({ gramsPerHour, intensity, studio }, serverNowMs) {
  say(byId('grams', HTMLElement), number(gramsPerHour));
  say(byId('tally-grams', HTMLElement), `${number(gramsPerHour)}\u00a0${t('gramsPerHour')}`);
  show(byId('intensity', HTMLElement), intensity !== null);
  show(byId('no-intensity', HTMLElement), intensity === null);
  if (intensity === null) return;
  const set = (/** @type {string} */ id, /** @type {string} */ text) => say(byId(`intensity-${id}`, HTMLElement), text);
  set('value', `${number(intensity.gramsPerKwh)}\u00a0g/kWh · ${intensity.zone}`);
  set('provider', providerName(intensity.provider));
  set('factor', `${t(intensity.factorType)}, ${t(intensity.basis)}`);
  set('status', t(intensity.status));
  byId('intensity-status', HTMLElement).dataset.status = intensity.status;
  const time = (/** @type {string} */ iso) => timeText(iso, studio.timeZone);
  const held = intensity.heldFrom ? `, ${t('heldFrom', { time: time(intensity.heldFrom) })}` : '';
  set('for', `${time(intensity.start)} – ${time(intensity.end)}${held}`);
  set('age', t('ago', { ago: agoText(serverNowMs - Date.parse(intensity.fetchedAt)) }));
}

/** @type {string} */
let shownProblems = '';

/** @param {Shown['problems']} problems */
function showProblems(problems) {
  show(byId('problems', HTMLElement), problems.length > 0);
  const texts = problems.map(saidText);
  if (texts.join('\n') === shownProblems) return;
  shownProblems = texts.join('\n');
  byId('problem-list', HTMLElement).replaceChildren(...texts.map((text) => make('li', '', text)));
}

/**
 * @param {import('./types.d.ts').Link} link
 * @param {number | null} silentMs since the server was last heard; null: never
 */
export function showLink(link, silentMs) {
  byId('link', HTMLElement).dataset.link = link;
  show(byId('link-token', HTMLElement), link === 'token');
  const words = /** @type {const} */ ({ connecting: 'linkConnecting', live: 'linkLive', token: 'linkToken' });
  const text =
    link !== 'lost' ? t(words[link]) : silentMs === null ? t('linkNever') : t('linkLost', { ago: agoText(silentMs) });
  say(byId('link-text', HTMLElement), text);
}
