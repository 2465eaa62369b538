import { get } from './api.js';
import { nowMs } from './clock.js';
import { dayOf, firstOfMonth, mondayOf, shift, shiftMonths, startOf } from './days.js';
import { byId, make, say } from './dom.js';
import { changeText, energyText, gramsOf, sumOf } from './format.js';
import { hrefOf } from './router.js';
import { t } from './text.js';

const EVERY_MS = 60_000;

/** @typedef {'today' | 'week' | 'month'} Period */
/** @type {readonly Period[]} */
const PERIODS = ['today', 'week', 'month'];

/** @typedef {{ wh: number, grams: number, unpricedWh: number, beforeWh: number | null }} Total */
/** @type {Map<Period, Total>} */
const totals = new Map();
let askedAtMs = Number.NEGATIVE_INFINITY;

/**
 * Energy and grams of today, this week and this month, with what they were at the same moment of the period before.
 * @param {import('./types.d.ts').Shown} status
 */
export function refreshPeriods(status) {
  if (nowMs() - askedAtMs < EVERY_MS) return;
  askedAtMs = nowMs();
  load(status).then(showPeriods, () => {});
}

/** @param {import('./types.d.ts').Shown} status */
async function load({ now, studio: { timeZone } }) {
  const atMs = Date.parse(now);
  const today = dayOf(atMs, timeZone);
  const month = firstOfMonth(today);
  const starts = {
    today: [today, shift(today, -1)],
    week: [mondayOf(today), shift(mondayOf(today), -7)],
    month: [month, shiftMonths(month, -1)],
  };
  for (const period of PERIODS) {
    const [from = today, before = today] = starts[period];
    const [fromMs, beforeMs] = [startOf(from, timeZone), startOf(before, timeZone)];
    const own = await totalOf(fromMs, atMs);
    const other = await totalOf(beforeMs, Math.min(fromMs, beforeMs + (atMs - fromMs)));
    totals.set(period, { ...own, beforeWh: other.coverage > 0.5 ? other.wh : null });
  }
}

/**
 * @param {number} fromMs
 * @param {number} toMs
 */
async function totalOf(fromMs, toMs) {
  if (toMs - fromMs < 1000) return { wh: 0, grams: 0, unpricedWh: 0, coverage: 0 };
  const query = new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() });
  /** @type {import('./types.d.ts').Emissions} */
  const { groups } = await get(`emissions?${query}&groupBy=day`);
  return sumOf(groups.map(({ footprint }) => footprint));
}

/** The figures that are known, in the page's language. */
export function showPeriods() {
  const list = byId('periods', HTMLElement);
  if (list.childElementCount === 0) {
    for (const period of PERIODS) {
      const link = make(
        'a',
        'period',
        make('span', 'label'),
        make('b', 'figure'),
        make('span', ''),
        make('span', 'muted small'),
      );
      link.id = `period-${period}`;
      link.href = hrefOf('history', null, { range: period });
      list.append(make('li', '', link));
    }
  }
  for (const period of PERIODS) {
    const [name, energy, grams, change] = byId(`period-${period}`, HTMLElement).children;
    const total = totals.get(period);
    if (!name || !energy || !grams || !change) continue;
    say(name, t(period));
    say(energy, total ? energyText(total.wh) : '–');
    say(grams, total ? t('ofCo2e', { grams: gramsOf(total) }) : '');
    const { wh = 0, beforeWh = null } = total ?? {};
    say(change, beforeWh ? t(`change_${period}`, { change: changeText(wh, beforeWh) }) : '');
  }
}
