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
 * Nobody knows whether a live runs: neither a session is told, nor that there is none.
 * @param {import('./types.d.ts').Shown} status
 */
export const isUnsure = ({ session, problems }) =>
  session === null && problems.some(({ code }) => code === 'session-unknown' || code.startsWith('doubt-'));

/**
 * The running session and its buttons, or the way to start one.
 * @param {import('./types.d.ts').Shown} status
 * @param {number} serverNowMs
 */
export function showSession(status, serverNowMs) {
  const known = status.phase !== null;
  const told = (/** @type {typeof status} */ one) => `${one.session?.id} ${one.phase} ${isUnsure(one)}`;
  if (known && shown && told(shown) !== told(status)) refuse([]);
  shown = status;
  const { session } = status;
  show(byId('session-none', HTMLElement), session === null);
  show(byId('session-some', HTMLElement), session !== null);
  say(byId('session-nothing', HTMLElement), t(isUnsure(status) ? 'noSessionKnown' : 'noSession'));
  // What a source says stands until it says something else: a person settles only what nobody says.
  const open = status.problems.some(({ code }) => code === 'session-unknown');
  show(byId('session-settle', HTMLElement), session === null && open);
  for (const id of ['session-start', 'session-settle', 'session-next', 'session-end'])
    byId(id, HTMLButtonElement).disabled = !known;
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
  /** Which session the question is about; null: that there is none. @type {string | null} */
  let meant = null;
  for (const id of ['session-end', 'session-settle'])
    byId(id, HTMLButtonElement).addEventListener('click', () => {
      meant = shown?.session?.id ?? null;
      say(byId('end-heading', HTMLElement), t(meant === null ? 'noLiveQuestion' : 'endQuestion'));
      say(byId('end-send', HTMLElement), t(meant === null ? 'noLive' : 'end'));
      dialog.returnValue = '';
      dialog.showModal();
    });
  dialog.addEventListener('close', async () => {
    if (dialog.returnValue !== 'ok') return;
    const unsure = shown !== null && isUnsure(shown);
    await ask('sessions/current/end', { session: meant });
    // "There was none" is the answer that was wanted.
    if (unsure && shown && !isUnsure(shown)) refuse([]);
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
