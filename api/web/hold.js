import { del, get, post } from './api.js';
import { byId, make, say, show } from './dom.js';
import { momentText, timeText } from './format.js';
import { whoText } from './names.js';
import { whyNot } from './session.js';
import { saidText, t } from './text.js';
import { checkbox } from './ui.js';

/** @typedef {import('./types.d.ts').CutNowOffer} Offer */

/** @type {import('./types.d.ts').Shown | null} */
let shown = null;
/** What the open dialog would confirm. @type {{ confirm: string, plugs: Set<string> } | null} */
let offer = null;

/**
 * Whether a person keeps everything on, and the ways to do so, to stop it, and to cut without waiting.
 * @param {import('./types.d.ts').Shown} status
 */
export function showHold(status) {
  shown = status;
  const { hold, phase, studio, now } = status;
  const known = phase !== null;
  const state = byId('hold-state', HTMLElement);
  show(state, hold !== null);
  if (hold) {
    const near = Date.parse(hold.until) - Date.parse(now) < 12 * 3_600_000;
    const until = (near ? timeText : momentText)(hold.until, studio.timeZone);
    say(state, t('heldUntil', { until, by: whoText(hold.by) }));
  }
  show(byId('hold-set', HTMLElement), hold === null);
  show(byId('hold-end', HTMLElement), hold !== null);
  show(byId('cut-now', HTMLElement), phase === 'standby' && hold === null);
  for (const id of ['hold-end', 'cut-now']) byId(id, HTMLButtonElement).disabled = !known;
  byId('hold-length', HTMLSelectElement).disabled = !known;
}

/** Makes the buttons work; called once. */
export function startHoldButtons() {
  const length = byId('hold-length', HTMLSelectElement);
  length.addEventListener('change', () => {
    const minutes = Number(length.value);
    length.value = '';
    if (minutes > 0) ask(() => post('policy/hold', { minutes }));
  });
  byId('hold-end', HTMLButtonElement).addEventListener('click', () => ask(() => del('policy/hold')));
  byId('cut-now', HTMLButtonElement).addEventListener('click', () => ask(openDialog));
  const dialog = byId('cut', HTMLDialogElement);
  dialog.addEventListener('close', () => {
    const confirmed = dialog.returnValue === 'ok' ? offer : null;
    offer = null;
    if (confirmed && confirmed.plugs.size > 0)
      ask(() => post('policy/cut-now', { confirm: confirmed.confirm, plugs: [...confirmed.plugs] }));
  });
}

/** Shows what would be cut and what stays on, and why: nothing is cut before a person has seen that. */
async function openDialog() {
  const { confirm, plugs } = /** @type {Offer} */ (await get('policy/cut-now'));
  const names = new Map(shown?.plugs.map(({ id, name }) => [id, name]));
  const goes = plugs.filter(({ action }) => action === 'cut' || action === 'shut-down');
  const chosen = new Set(goes.map(({ plug }) => plug));
  offer = { confirm, plugs: chosen };
  const send = byId('cut-send', HTMLButtonElement);
  send.disabled = goes.length === 0;
  const row = (/** @type {Offer['plugs'][number]} */ { plug, action, reasons }) => {
    const name = names.get(plug) ?? plug;
    if (!goes.some((one) => one.plug === plug))
      return make('li', 'muted', `${name} – ${reasons.map(saidText).join(' · ')}`);
    const label = action === 'shut-down' ? `${name} (${t('willShutDown')})` : name;
    return make(
      'li',
      '',
      checkbox(label, true, (on) => {
        if (on) chosen.add(plug);
        else chosen.delete(plug);
        send.disabled = chosen.size === 0;
      }),
    );
  };
  const stays = plugs.filter((one) => !goes.includes(one) && one.action !== 'never');
  byId('cut-list', HTMLElement).replaceChildren(...goes.map(row));
  show(byId('cut-none', HTMLElement), goes.length === 0);
  show(byId('cut-stays', HTMLElement), stays.length > 0);
  byId('cut-stay-list', HTMLElement).replaceChildren(...stays.map(row));
  const dialog = byId('cut', HTMLDialogElement);
  dialog.returnValue = '';
  dialog.showModal();
}

/**
 * Does what was pressed; what the server refuses is shown under the buttons.
 * @param {() => Promise<unknown>} deed
 */
async function ask(deed) {
  const refusal = byId('hold-refusal', HTMLElement);
  say(refusal, '');
  try {
    await deed();
  } catch (error) {
    say(refusal, whyNot(error).join(' · '));
  }
}
