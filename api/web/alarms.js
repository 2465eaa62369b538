import { post } from './api.js';
import { byId, make, say, show } from './dom.js';
import { agoText } from './format.js';
import { whoText } from './names.js';
import { whyNot } from './session.js';
import { colon, saidText, t } from './text.js';

/** @typedef {import('./types.d.ts').Alarm} Alarm */

/** The row of each open alarm, by its id: kept, so that focus survives every update. @type {Map<string, Row>} */
const rows = new Map();

/**
 * The open alarms, on every page; those that somebody has seen are quieter.
 * @param {import('./types.d.ts').Shown} status
 * @param {number} serverNowMs
 */
export function showAlarms({ alarms }, serverNowMs) {
  show(byId('alarms', HTMLElement), alarms.length > 0);
  byId('alarms', HTMLElement).dataset.loud = String(alarms.some(isLoud));
  const list = byId('alarm-list', HTMLElement);
  for (const alarm of alarms) {
    let row = rows.get(alarm.id);
    if (!row) {
      row = new Row(alarm.id);
      rows.set(alarm.id, row);
      list.append(row.root);
    }
    row.show(alarm, serverNowMs);
  }
  for (const [id, { root }] of rows) {
    if (alarms.some((alarm) => alarm.id === id)) continue;
    root.remove();
    rows.delete(id);
  }
}

/** @param {Alarm} alarm */
const isLoud = ({ severity, acknowledged }) => severity !== 'info' && acknowledged === null;

class Row {
  #id;
  #severity = make('b', 'alarm-severity');
  #text = make('span', 'alarm-text');
  #age = make('span', 'muted small');
  #seen = make('button', '');
  #refusal = make('span', 'refusal');
  root = make('li', 'alarm', this.#severity, this.#text, this.#age, this.#seen, this.#refusal);

  /** @param {string} id */
  constructor(id) {
    this.#id = id;
    this.#seen.type = 'button';
    this.#seen.addEventListener('click', () => this.#acknowledge());
    this.#refusal.setAttribute('role', 'status');
  }

  /**
   * @param {Alarm} alarm
   * @param {number} serverNowMs
   */
  show(alarm, serverNowMs) {
    const { severity, raisedAt, acknowledged } = alarm;
    this.root.dataset.severity = severity;
    this.root.classList.toggle('acknowledged', acknowledged !== null);
    say(this.#severity, t(`severity_${severity}`));
    say(this.#text, saidText(alarm));
    const age = t('ago', { ago: agoText(serverNowMs - Date.parse(raisedAt)) });
    say(this.#age, acknowledged ? `${age} · ${t('seenBy', { by: whoText(acknowledged.by) })}` : age);
    show(this.#seen, acknowledged === null);
    say(this.#seen, t('acknowledge'));
    this.#seen.setAttribute('aria-label', `${t('acknowledge')}${colon()}${saidText(alarm)}`);
  }

  async #acknowledge() {
    try {
      await post(`alarms/${encodeURIComponent(this.#id)}/acknowledge`);
      say(this.#refusal, '');
    } catch (error) {
      say(this.#refusal, whyNot(error).join(' · '));
    }
  }
}
