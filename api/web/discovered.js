import { copyText } from './copy.js';
import { byId, make, say, show } from './dom.js';
import { colon, sentence, t } from './text.js';

/** @typedef {import('./types.d.ts').Discovered} Device */

/** @type {Map<string, Card>} */
const cards = new Map();

/**
 * Devices that were found and are not in the configuration: for each the lines to paste. Nothing when there are none.
 * @param {Device[]} devices
 */
export function showDiscovered(devices) {
  show(byId('discovered', HTMLElement), devices.length > 0);
  const list = byId('discovered-list', HTMLElement);
  const keys = new Set();
  for (const device of devices) {
    const key = `${device.adapter} ${device.mac} ${device.address}`;
    keys.add(key);
    const card = cards.get(key) ?? new Card();
    cards.set(key, card);
    if (!card.root.isConnected) list.append(card.root);
    card.show(device);
  }
  for (const [key, { root }] of cards) {
    if (keys.has(key)) continue;
    root.remove();
    cards.delete(key);
  }
}

class Card {
  #name = make('h3', 'found-name');
  #facts = make('p', 'muted small');
  #obstacle = make('p', 'small warn');
  #lines = make('pre', 'found-lines');
  #copy = make('button', 'quiet found-copy');
  #copied = false;
  /** Shown as a pair: unfolded lines, and the button that copies them. */
  #details;
  #summary = make('summary', 'small');

  constructor() {
    this.#copy.type = 'button';
    this.#copy.addEventListener('click', () => this.#press());
    this.#lines.tabIndex = 0;
    this.#details = make('details', 'found-details', this.#summary, this.#lines);
    this.root = make(
      'li',
      'found',
      make('div', 'found-head', make('div', 'found-title', this.#name, this.#facts), this.#copy),
      this.#obstacle,
      this.#details,
    );
  }

  /** @param {Device} device */
  show({ name, model, address, firmware, mac, obstacle, yaml }) {
    say(this.#name, name || model);
    const known = [name ? model : null, address, mac?.replace(/..(?!$)/g, '$&:'), firmware];
    say(this.#facts, known.filter((fact) => fact && fact !== name).join(' · '));
    show(this.#obstacle, obstacle !== null);
    say(this.#obstacle, sentence(obstacle ?? ''));
    show(this.#copy, yaml !== null);
    show(this.#details, yaml !== null);
    if (this.#lines.textContent !== yaml) this.#copied = false;
    say(this.#lines, yaml ?? '');
    say(this.#summary, t('foundLines'));
    this.#label(name || model);
  }

  /** @param {string} name */
  #label(name) {
    say(this.#copy, t(this.#copied ? 'foundCopied' : 'foundCopy'));
    this.#copy.setAttribute('aria-label', `${this.#copy.textContent}${colon()}${name}`);
  }

  async #press() {
    this.#copied = await copyText(this.#lines);
    this.#label(this.#name.textContent ?? '');
  }
}
