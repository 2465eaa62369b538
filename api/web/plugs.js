import { del, post } from './api.js';
import { byId, icon, make, say, show } from './dom.js';
import { agoText, energyText, number } from './format.js';
import { whoText } from './names.js';
import { hrefOf } from './router.js';
import { whyNot } from './session.js';
import { saidText, t } from './text.js';

/** @typedef {import('./types.d.ts').Plug} Plug */

/** The card of each plug, by id: kept, so that focus and transitions survive every update. @type {Map<string, PlugCard>} */
const cards = new Map();

/**
 * @param {import('./types.d.ts').Shown} status
 * @param {number} serverNowMs
 */
export function showPlugs(status, serverNowMs) {
  const highest = Math.max(1, ...status.plugs.map((plug) => plug.watts ?? 0));
  for (const plug of status.plugs) {
    let card = cards.get(plug.id);
    if (!card) {
      card = new PlugCard(plug.id);
      cards.set(plug.id, card);
      byId('plug-list', HTMLElement).append(card.root);
    }
    card.show(plug, highest, serverNowMs, status);
  }
  for (const [id, card] of cards) {
    if (status.plugs.some((plug) => plug.id === id)) continue;
    card.root.remove();
    cards.delete(id);
  }
}

export class PlugCard {
  #id;
  #icon = make('span', 'plug-icon');
  #name = make('a');
  #kind = make('p', 'muted small');
  #watts = make('span');
  #bar = make('span', 'bar-fill');
  #relay = make('span', 'relay');
  #age = make('span', 'plug-age muted small');
  #lock = make('span', 'lock');
  #lockText = make('b');
  #switch = make('button', 'switch');
  #overrideText = make('span');
  #release = make('button', 'quiet small');
  #override = make('p', 'note', this.#overrideText, this.#release);
  #problem = make('p', 'refusal');
  #answer = make('p', 'note');
  /** @type {Plug | null} */
  #plug = null;

  /** @param {string} id */
  constructor(id) {
    this.#id = id;
    this.#name.href = hrefOf('plugs', id);
    this.#lock.append(icon('lock'), this.#lockText);
    this.#switch.type = 'button';
    this.#switch.setAttribute('role', 'switch');
    this.#switch.append(make('span', 'switch-knob'));
    this.#switch.addEventListener('click', () => this.#press());
    this.#release.type = 'button';
    this.#release.addEventListener('click', () => this.#giveBack());
    this.#answer.setAttribute('role', 'status');
    const bar = make('div', 'bar', this.#bar);
    bar.setAttribute('aria-hidden', 'true');
    const figure = make('p', 'figure figure-plug', this.#watts, make('span', 'unit', '\u00a0W'));
    this.root = make(
      'li',
      'card plug',
      make(
        'div',
        'plug-head',
        this.#icon,
        make('div', 'plug-title', make('h3', 'plug-name', this.#name), this.#kind),
        figure,
      ),
      bar,
      make('div', 'plug-foot', make('div', 'plug-state', this.#relay, this.#age), this.#lock, this.#switch),
      this.#override,
      this.#problem,
      this.#answer,
    );
    this.root.dataset.plug = id;
  }

  /**
   * @param {Plug} plug
   * @param {number} highest the watts that fill the bar
   * @param {number} serverNowMs
   * @param {Pick<import('./types.d.ts').Shown, 'phase' | 'problems'>} status
   */
  show(plug, highest, serverNowMs, status) {
    const reachable = status.phase !== null;
    if (this.#plug?.kind !== plug.kind) this.#icon.replaceChildren(icon(plug.kind));
    this.#plug = plug;
    say(this.#name, plug.name);
    // What is made is not what was taken today.
    const today = plug.kind === 'solar' ? '' : ` · ${t('todayWh', { wh: energyText(plug.todayWh) })}`;
    say(this.#kind, `${t(plug.kind)}${today}`);
    say(this.#watts, number(plug.watts));
    this.#bar.style.width = `${(100 * Math.max(0, plug.watts ?? 0)) / highest}%`;
    this.root.classList.toggle('offline', !plug.online);
    this.root.dataset.relay = plug.relay === null ? 'unknown' : plug.relay ? 'on' : 'off';
    say(this.#relay, t(plug.relay === null ? 'relayUnknown' : plug.relay ? 'on' : 'off'));
    say(this.#age, ageText(plug, serverNowMs));

    show(this.#lock, plug.essential);
    say(this.#lockText, t('essential'));
    this.#lock.title = t('essentialHint');
    show(this.#switch, !plug.essential);
    this.#switch.setAttribute('aria-checked', String(plug.relay === true));
    this.#switch.setAttribute('aria-label', t('switchLabel', { name: plug.name }));
    this.#switch.disabled = !reachable;

    show(this.#override, plug.overriddenBy !== null);
    say(this.#overrideText, plug.overriddenBy === null ? '' : t('override', { by: whoText(plug.overriddenBy) }));
    say(this.#release, t('release'));
    this.#release.disabled = !reachable;
    const own = status.problems.filter((problem) => problem.plug === plug.id);
    const problems = own.map(saidText).join(' · ');
    show(this.#problem, problems !== '');
    say(this.#problem, problems);
  }

  async #press() {
    if (!this.#plug || this.#switch.getAttribute('aria-busy') === 'true') return;
    const on = this.#plug.relay !== true;
    this.#switch.setAttribute('aria-busy', 'true');
    this.#say(t('switching'), false);
    try {
      const answer = await post(`plugs/${encodeURIComponent(this.#id)}/commands`, { power: on ? 'on' : 'off' });
      const { dryRun } = /** @type {{ dryRun: boolean }} */ (answer);
      this.#say(dryRun ? t('switchedDryRun') : '', false);
    } catch (error) {
      this.#say(`${t('refused')} – ${whyNot(error).join(' · ')}`, true);
    } finally {
      this.#switch.removeAttribute('aria-busy');
    }
  }

  async #giveBack() {
    try {
      await del(`plugs/${encodeURIComponent(this.#id)}/override`);
      this.#say('', false);
    } catch (error) {
      this.#say(whyNot(error).join(' · '), true);
    }
  }

  /**
   * @param {string} text
   * @param {boolean} refused
   */
  #say(text, refused) {
    this.#answer.className = refused ? 'refusal' : 'note';
    say(this.#answer, text);
  }
}

/**
 * @param {Plug} plug
 * @param {number} serverNowMs
 */
function ageText(plug, serverNowMs) {
  if (plug.at === null) return t('noReading');
  const ago = agoText(serverNowMs - Date.parse(plug.at));
  return t(plug.online ? 'readingAge' : 'lastReading', { ago });
}
