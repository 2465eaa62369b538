import { make, say } from './dom.js';
import { t } from './text.js';

/** @typedef {{ label: string, title: string, value: number, before: number | null, tick: boolean }} Bar */

/**
 * Bars side by side with those of the period before. What each says is told under the pointer, and stands in the table.
 * @param {Bar[]} bars
 * @param {(bar: Bar) => string} text
 * @param {(value: number) => string} amount the highest bar is as high as this
 */
export function barChart(bars, text, amount) {
  const top = Math.max(1e-9, ...bars.flatMap(({ value, before }) => [value, before ?? 0]));
  const readout = make('p', 'bars-readout');
  const highest = t('highest', { amount: amount(top) });
  const height = (/** @type {HTMLElement} */ bar, /** @type {number} */ value) => {
    bar.style.height = `${(100 * Math.max(0, value)) / top}%`;
    return bar;
  };
  say(readout, highest);
  const compared = bars.some(({ before }) => before !== null);
  const list = make(
    'ol',
    'bars',
    ...bars.map((bar) => {
      const before = compared ? [height(make('span', 'bars-before'), bar.before ?? 0)] : [];
      const pair = make('span', 'bars-pair', ...before, height(make('span'), bar.value));
      const item = make('li', '', pair, make('span', 'bars-label', bar.tick ? bar.label : ''));
      item.addEventListener('pointerenter', () => say(readout, text(bar)));
      item.addEventListener('pointerleave', () => say(readout, highest));
      return item;
    }),
  );
  list.setAttribute('aria-hidden', 'true');
  return make('div', 'bars-chart', readout, list);
}
