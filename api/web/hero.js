import { byId, make, say, show } from './dom.js';
import { agoText, number, timeText, UNKNOWN, whole } from './format.js';
import { t } from './text.js';

/** @typedef {import('./types.d.ts').Shown} Shown */

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
  showProblems(status.problems.map(({ text }) => text));
  const { state, pendingPoints, problem } = status.influx;
  const pending = pendingPoints > 0 && state !== 'off' ? ` · ${t('points', { points: whole(pendingPoints) })}` : '';
  say(byId('influx', HTMLElement), `${t(`influx_${state}`)}${pending}${problem ? ` · ${problem}` : ''}`);
  say(byId('version', HTMLElement), `offair ${status.version}`);
}

/** @param {Shown} status */
function showTally({ phase, onAir }) {
  document.body.dataset.air = phase === null ? 'unknown' : phase;
  say(byId('air', HTMLElement), t(phase === null ? 'unknown' : onAir ? 'onAir' : 'offAir'));
  say(byId('phase', HTMLElement), t(phase ?? 'phaseUnknown'));
  document.title = phase === null ? t('title') : `${onAir ? '● ' : ''}${t(phase)} – offair`;
}

/** @param {Shown} status */
function showPower({ watts, wattsFrom }) {
  say(byId('watts', HTMLElement), wattsFrom.plugs > 0 ? number(watts) : UNKNOWN);
  const from = byId('watts-from', HTMLElement);
  say(from, t('plugsReport', wattsFrom));
  from.classList.toggle('warn', wattsFrom.plugs < wattsFrom.of);
}

/**
 * @param {Shown} status
 * @param {number} serverNowMs
 */
function showCarbon({ gramsPerHour, intensity, studio }, serverNowMs) {
  say(byId('grams', HTMLElement), number(gramsPerHour));
  show(byId('intensity', HTMLElement), intensity !== null);
  show(byId('no-intensity', HTMLElement), intensity === null);
  if (intensity === null) return;
  const set = (/** @type {string} */ id, /** @type {string} */ text) => say(byId(`intensity-${id}`, HTMLElement), text);
  set('value', `${number(intensity.gramsPerKwh)}\u00a0g/kWh · ${intensity.zone}`);
  set('provider', intensity.provider);
  set('factor', `${t(intensity.factorType)}, ${t(intensity.basis)}`);
  set('status', t(intensity.status));
  byId('intensity-status', HTMLElement).dataset.status = intensity.status;
  set('for', `${timeText(intensity.start, studio.timeZone)} – ${timeText(intensity.end, studio.timeZone)}`);
  set('age', t('ago', { ago: agoText(serverNowMs - Date.parse(intensity.fetchedAt)) }));
}

/** @type {string} */
let shownProblems = '';

/** @param {string[]} problems */
function showProblems(problems) {
  show(byId('problems', HTMLElement), problems.length > 0);
  if (problems.join('\n') === shownProblems) return;
  shownProblems = problems.join('\n');
  byId('problem-list', HTMLElement).replaceChildren(...problems.map((problem) => make('li', '', problem)));
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
