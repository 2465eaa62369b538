import { post, Refused } from './api.js';
import { byId, make, say, show } from './dom.js';
import { clockText, energyText, gramsText, momentText, percent, timeText, UNKNOWN, whole } from './format.js';
import { providerName } from './names.js';
import { saidText, t } from './text.js';

/** @type {import('./types.d.ts').Status['phase'][]} */
const PHASES = ['setup', 'rehearsal', 'live', 'wrap'];

/** @param {import('./types.d.ts').Shown['phase']} phase */
const placeOf = (phase) => (phase === null ? -1 : PHASES.indexOf(phase));

/** @type {import('./types.d.ts').Shown | null} */
let shown = null;

/**
 * The running session and its buttons, or the way to start one.
 * @param {import('./types.d.ts').Shown} status
 * @param {number} serverNowMs
 */
export function showSession(status, serverNowMs) {
  const known = status.phase !== null;
  if (known && shown && (shown.session?.id !== status.session?.id || shown.phase !== status.phase)) refuse([]);
  shown = status;
  const { session } = status;
  show(byId('session-none', HTMLElement), session === null);
  show(byId('session-some', HTMLElement), session !== null);
  for (const id of ['session-start', 'session-next', 'session-end']) byId(id, HTMLButtonElement).disabled = !known;
  showNext(status);
  if (!session) return;
  say(byId('session-name', HTMLElement), session.title ?? t('untitled'));
  say(byId('session-clock', HTMLElement), known ? clockText(serverNowMs - Date.parse(session.startedAt)) : UNKNOWN);
  const { wh, grams, coverage, unpricedWh, origins } = session.footprint;
  say(byId('session-energy', HTMLElement), energyText(wh));
  say(byId('session-grams', HTMLElement), origins.length > 0 ? gramsText(grams) : UNKNOWN);
  const viewers = session.audience.at(-1)?.viewers;
  say(byId('session-viewers', HTMLElement), viewers === undefined ? UNKNOWN : whole(viewers));
  const from = origins
    .map((origin) => `${providerName(origin.provider)} (${t(origin.factorType)}, ${t(origin.status)})`)
    .join(' + ');
  const notes = [
    ...(from ? [t('sessionFrom', { origins: from })] : []),
    t('watched', { share: percent(coverage) }),
    ...(unpricedWh >= 0.05 ? [t('unpriced', { wh: energyText(unpricedWh) })] : []),
  ];
  say(byId('session-origins', HTMLElement), notes.join(' · '));
  showPhases(status.phase);
}

/**
 * The live that is planned next.
 * @param {import('./types.d.ts').Shown} status
 */
function showNext({ nextPlanned, studio }) {
  const next = byId('next-planned', HTMLElement);
  show(next, nextPlanned !== null);
  if (!nextPlanned) return;
  const { startsAt, setupAt, title } = nextPlanned;
  const words = { when: momentText(startsAt, studio.timeZone), setup: timeText(setupAt, studio.timeZone) };
  say(next, `${title ? `${title} – ` : ''}${t('nextPlanned', words)}`);
}

/** @param {import('./types.d.ts').Shown['phase']} phase */
function showPhases(phase) {
  const place = placeOf(phase);
  const buttons = byId('session-phases', HTMLElement).querySelectorAll('button');
  for (const [i, button] of buttons.entries()) {
    const name = PHASES[i];
    if (name) say(button, t(name));
    button.disabled = phase === null;
    button.classList.toggle('past', i < place);
    if (i === place) button.setAttribute('aria-current', 'step');
    else button.removeAttribute('aria-current');
  }
  const next = PHASES[place + 1];
  const button = byId('session-next', HTMLButtonElement);
  show(button, next !== undefined && place >= 0);
  if (next) say(button, t('next', { phase: t(next) }));
}

/** Makes the buttons work; called once. */
export function startSessionButtons() {
  byId('session-phases', HTMLElement).replaceChildren(
    ...PHASES.map((phase) => {
      const button = make('button');
      button.type = 'button';
      button.addEventListener('click', () => ask('sessions/current/phase', { phase }));
      return button;
    }),
  );
  byId('session-none', HTMLFormElement).addEventListener('submit', async (event) => {
    event.preventDefault();
    const input = byId('session-title', HTMLInputElement);
    const title = input.value.trim() || null;
    if (await ask('sessions', { title, phase: byId('session-first', HTMLSelectElement).value })) input.value = '';
  });
  byId('session-next', HTMLButtonElement).addEventListener('click', () => {
    const next = PHASES[placeOf(shown?.phase ?? null) + 1];
    if (next) ask('sessions/current/phase', { phase: next });
  });
  const dialog = byId('end', HTMLDialogElement);
  byId('session-end', HTMLButtonElement).addEventListener('click', () => {
    dialog.returnValue = '';
    dialog.showModal();
  });
  dialog.addEventListener('close', () => {
    if (dialog.returnValue === 'ok') ask('sessions/current/end');
  });
}

/**
 * Asks the server; what it refuses is shown under the buttons. What it does comes back by the stream.
 * @param {string} path
 * @param {object} body
 * @returns {Promise<boolean>}
 */
async function ask(path, body = {}) {
  refuse([]);
  try {
    await post(path, body);
    return true;
  } catch (error) {
    refuse(whyNot(error));
    return false;
  }
}

/** @param {string[]} reasons */
function refuse(reasons) {
  say(byId('session-refusal', HTMLElement), reasons.join(' · '));
}

/**
 * The reasons of a refusal in the page's language.
 * @param {unknown} error
 * @returns {string[]}
 */
export function whyNot(error) {
  if (!(error instanceof Refused)) return [t('failed')];
  return error.status === 401 || error.status === 403 ? [t('tokenMissing')] : error.reasons.map(saidText);
}
