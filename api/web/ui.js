import { Refused } from './api.js';
import { make, say } from './dom.js';
import { saidText, t } from './text.js';

/** @typedef {string | Node} Content */

/**
 * The first line of a page.
 * @param {string} title
 * @param {Content[]} more
 */
export function pageHead(title, ...more) {
  return make('div', 'page-head', make('h1', '', title), ...more);
}

/**
 * @param {string} title
 * @param {Content[]} content
 */
export function card(title, ...content) {
  return make('section', 'card stack', make('h2', '', title), ...content);
}

/**
 * Figures with their names, and what has to be said with each.
 * @param {[name: string, value: Content, note?: string | undefined][]} entries
 */
export function figures(entries) {
  return make(
    'dl',
    'figures',
    ...entries.map(([name, value, note]) =>
      make('div', '', make('dt', '', name), make('dd', '', value, ...(note ? [make('small', '', note)] : []))),
    ),
  );
}

/**
 * A table whose first column names the row. Columns but the first are numbers when their head begins with `#`.
 * @param {string} caption for who does not see it
 * @param {string[]} heads
 * @param {Content[][]} rows
 */
export function table(caption, heads, rows) {
  const numeric = heads.map((head) => head.startsWith('#'));
  const kind = (/** @type {number} */ i) => (numeric[i] ? 'number' : '');
  const headCells = heads.map((head, i) => {
    const cell = make('th', kind(i), head.replace(/^#/, ''));
    cell.scope = 'col';
    return cell;
  });
  const body = rows.map((row) =>
    make(
      'tr',
      '',
      ...row.map((content, i) => {
        const cell = make(i === 0 ? 'th' : 'td', kind(i), content);
        if (i === 0) cell.setAttribute('scope', 'row');
        return cell;
      }),
    ),
  );
  const scroll = make(
    'div',
    'scroll',
    make(
      'table',
      '',
      make('caption', 'unseen', caption),
      make('thead', '', make('tr', '', ...headCells)),
      make('tbody', '', ...body),
    ),
  );
  // Reached by keyboard, so that it can be scrolled there too.
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', caption);
  return scroll;
}

/**
 * A choice of one of a few, as buttons in a row.
 * @template {string} T
 * @param {string} label
 * @param {readonly [value: T, text: string][]} choices
 * @param {T} chosen
 * @param {(value: T) => void} onChoice
 */
export function segments(label, choices, chosen, onChoice) {
  const group = make('div', 'segments');
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', label);
  for (const [value, text] of choices) {
    const button = make('button', '', text);
    button.type = 'button';
    button.setAttribute('aria-pressed', String(value === chosen));
    button.addEventListener('click', () => {
      for (const one of group.children) one.setAttribute('aria-pressed', String(one === button));
      onChoice(value);
    });
    group.append(button);
  }
  return group;
}

/**
 * A field with its name.
 * @template {HTMLElement} F
 * @param {string} name
 * @param {F} field
 */
export function labelled(name, field) {
  return make('label', '', make('span', '', name), field);
}

/**
 * A slider that says its value.
 * @param {string} name
 * @param {{ min: number, max: number, step: number, value: number }} range
 * @param {(value: number) => string} text
 * @param {(value: number) => void} onChange
 */
export function slider(name, range, text, onChange) {
  const input = make('input');
  const output = make('output');
  Object.assign(input, {
    type: 'range',
    ...Object.fromEntries(Object.entries(range).map(([key, v]) => [key, String(v)])),
  });
  // After the limits: a browser clips the value to those it knows.
  input.value = String(range.value);
  const tell = () => {
    say(output, text(Number(input.value)));
    input.setAttribute('aria-valuetext', text(Number(input.value)));
  };
  input.addEventListener('input', tell);
  input.addEventListener('change', () => onChange(Number(input.value)));
  tell();
  return make('label', 'slider', make('span', '', name), output, input);
}

/**
 * @param {string} name
 * @param {boolean} checked
 * @param {(checked: boolean) => void} onChange
 */
export function checkbox(name, checked, onChange) {
  const input = make('input');
  input.type = 'checkbox';
  input.checked = checked;
  input.addEventListener('change', () => onChange(input.checked));
  return make('label', 'check', input, make('span', '', name));
}

/**
 * A choice from a list.
 * @param {readonly [value: string, text: string][]} choices
 * @param {string} chosen
 * @param {(value: string) => void} onChoice
 */
export function select(choices, chosen, onChoice) {
  const field = make('select');
  for (const [value, text] of choices) {
    const option = make('option', '', text);
    option.value = value;
    field.append(option);
  }
  field.value = chosen;
  field.addEventListener('change', () => onChoice(field.value));
  return field;
}

/** @param {string} text */
export const emptyText = (text) => make('p', 'empty', text);

/**
 * @param {string} text
 * @param {string} href
 */
export function linkTo(text, href) {
  const link = make('a', '', text);
  link.href = href;
  return link;
}

/**
 * How much of the whole something is, as a small bar.
 * @param {number} share 0..1
 */
export function shareBar(share) {
  const fill = make('span');
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  const bar = make('span', 'share', fill);
  bar.setAttribute('aria-hidden', 'true');
  return bar;
}

/**
 * What an error of the API says to a person.
 * @param {unknown} error
 */
export const errorText = (error) =>
  error instanceof Refused ? error.reasons.map(saidText).join(' · ') : t('loadFailed');
