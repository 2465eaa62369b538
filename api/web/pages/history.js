import { get } from '../api.js';
import { barChart } from '../bars.js';
import { dayOf, daysBetween, firstOfMonth, mondayOf, shift, shiftMonths, startOf } from '../days.js';
import { make } from '../dom.js';
import { changeText, dayText, energyText, gramsOf, gramsText, percent, sumOf } from '../format.js';
import { hrefOf, remember } from '../router.js';
import { savingFigures } from '../savings.js';
import { locale, t } from '../text.js';
import { card, emptyText, errorText, figures, labelled, linkTo, pageHead, segments, shareBar, table } from '../ui.js';

const RANGES = /** @type {const} */ (['today', 'week', 'month', 'year', 'custom']);
const HOURLY_DAYS = 2;
const DAILY_DAYS = 62;
const LONGEST_DAYS = 400;

/** @typedef {typeof RANGES[number]} Range */
/** @typedef {{ from: string, to: string, before: string }} Days from the first day up to, without, `to` */
/** @typedef {import('../types.d.ts').Emissions['groups']} Groups */

/**
 * Energy and emissions of any period, beside the period before.
 * @param {import('../types.d.ts').Asked} asked
 * @returns {import('../types.d.ts').Page}
 */
export function open({ root, params, status }) {
  const { timeZone } = status.studio;
  const today = dayOf(Date.parse(status.now), timeZone);
  let range = RANGES.find((one) => one === params.get('range')) ?? 'week';
  let days = daysOf(range, today, params);
  /** @type {'energy' | 'co2e'} */
  let measure = params.get('measure') === 'co2e' ? 'co2e' : 'energy';
  /** @type {'plug' | 'kind'} */
  let by = 'plug';
  let asked = 0;
  const content = make('div', 'stack');
  const dates = make('div', 'fields');

  const show = async () => {
    asked += 1;
    const own = asked;
    const address = { range, measure, ...(range === 'custom' ? { from: days.from, to: shift(days.to, -1) } : {}) };
    remember(hrefOf('history', null, address));
    content.replaceChildren(emptyText(t('loading')));
    try {
      const figuresOf = await load(days, timeZone, Date.parse(status.now), by);
      if (own === asked) content.replaceChildren(...view(figuresOf, days, { measure, by, status, range }));
    } catch (error) {
      if (own === asked) content.replaceChildren(emptyText(errorText(error)));
    }
  };
  const showDates = () => {
    dates.hidden = range !== 'custom';
    if (dates.hidden) return;
    const field = (/** @type {string} */ value) => {
      const input = make('input');
      Object.assign(input, { type: 'date', value, max: today });
      input.addEventListener('change', () => {
        if (!first.value || !last.value || first.value > last.value) return;
        days = customDays(first.value, last.value);
        show();
      });
      return input;
    };
    const [first, last] = [field(days.from), field(shift(days.to, -1))];
    dates.replaceChildren(labelled(t('fromDay'), first), labelled(t('toDay'), last));
  };

  const ranges = segments(
    t('period'),
    RANGES.map((one) => [one, t(`range_${one}`)]),
    range,
    (chosen) => {
      range = chosen;
      days = chosen === 'custom' ? days : daysOf(chosen, today, params);
      showDates();
      show();
    },
  );
  const measures = segments(
    t('measure'),
    [
      ['energy', t('energy')],
      ['co2e', t('co2e')],
    ],
    measure,
    (chosen) => {
      measure = chosen;
      show();
    },
  );
  const groups = segments(
    t('groupBy'),
    [
      ['plug', t('byPlug')],
      ['kind', t('byKind')],
    ],
    by,
    (chosen) => {
      by = chosen;
      show();
    },
  );
  root.append(pageHead(t('pageHistory'), make('div', 'buttons', ranges, measures, groups)), dates, content);
  showDates();
  show();
  return {
    close() {
      asked = -1;
    },
  };
}

/**
 * @param {Range} range
 * @param {string} today
 * @param {URLSearchParams} params
 * @returns {Days}
 */
function daysOf(range, today, params) {
  const to = shift(today, 1);
  if (range === 'today') return { from: today, to, before: shift(today, -1) };
  if (range === 'month') return { from: firstOfMonth(today), to, before: shiftMonths(firstOfMonth(today), -1) };
  if (range === 'year')
    return { from: `${today.slice(0, 4)}-01-01`, to, before: `${Number(today.slice(0, 4)) - 1}-01-01` };
  if (range === 'week') return { from: mondayOf(today), to, before: shift(mondayOf(today), -7) };
  const day = (/** @type {string | null} */ text, /** @type {string} */ otherwise) =>
    /^\d{4}-\d\d-\d\d$/.test(text ?? '') ? String(text) : otherwise;
  return customDays(day(params.get('from'), shift(today, -29)), day(params.get('to'), today));
}

/**
 * @param {string} first
 * @param {string} last
 * @returns {Days}
 */
function customDays(first, last) {
  const from = daysBetween(first, last) >= LONGEST_DAYS ? shift(last, 1 - LONGEST_DAYS) : first;
  const to = shift(last, 1);
  return { from, to, before: shift(from, -daysBetween(from, to)) };
}

/** @param {Days} days */
const unitOf = ({ from, to }) =>
  daysBetween(from, to) <= HOURLY_DAYS ? 'hour' : daysBetween(from, to) <= DAILY_DAYS ? 'day' : 'month';

/**
 * @param {Days} days
 * @param {string} timeZone
 * @param {number} nowMs
 * @param {'plug' | 'kind'} by
 */
async function load(days, timeZone, nowMs, by) {
  const { from, to, before } = days;
  const [fromMs, beforeMs] = [startOf(from, timeZone), startOf(before, timeZone)];
  const toMs = Math.min(nowMs, startOf(to, timeZone));
  // As far into the period before as this one has come.
  const untilMs = Math.min(fromMs, beforeMs + (toMs - fromMs));
  const unit = unitOf(days) === 'hour' ? 'hour' : 'day';
  const ask = async (/** @type {number} */ startMs, /** @type {number} */ endMs, /** @type {string} */ groupBy) => {
    const times = { from: new Date(startMs).toISOString(), to: new Date(endMs).toISOString() };
    /** @type {import('../types.d.ts').Emissions} */
    const { groups } = await get(`emissions?${new URLSearchParams({ ...times, groupBy })}`);
    return groups;
  };
  return {
    ...{ fromMs, toMs, beforeMs, untilMs, timeZone },
    now: await ask(fromMs, toMs, unit),
    before: await ask(beforeMs, untilMs, unit),
    byNow: await ask(fromMs, toMs, by),
    byBefore: await ask(beforeMs, untilMs, by),
    savings: /** @type {import('../types.d.ts').Savings} */ (
      await get(
        `savings?${new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() })}`,
      )
    ),
  };
}

/**
 * @param {Awaited<ReturnType<typeof load>>} loaded
 * @param {Days} days
 * @param {{ measure: 'energy' | 'co2e', by: 'plug' | 'kind', range: Range, status: import('../types.d.ts').Shown }} how
 */
function view(loaded, days, { measure, by, status, range }) {
  const [total, before] = [loaded.now, loaded.before].map((groups) => sumOf(groups.map(({ footprint }) => footprint)));
  if (!total || !before || loaded.now.length === 0) return [card(periodText(days), emptyText(t('historyEmpty')))];
  const note = (/** @type {number} */ now, /** @type {number} */ then, /** @type {(v: number) => string} */ text) =>
    then > 0 ? t('against', { change: changeText(now, then), before: text(then) }) : t('noBefore');
  const facts = figures([
    [t('energy'), energyText(total.wh), note(total.wh, before.wh, energyText)],
    [t('co2e'), gramsOf(total), note(total.grams, before.grams, gramsText)],
    [t('watchedName'), percent(Math.min(1, total.coverage)), t('watchedNote')],
  ]);
  const amountOf = (/** @type {Groups[number] | undefined} */ group) =>
    group ? (measure === 'energy' ? group.footprint.wh : group.footprint.grams) : null;
  const text = measure === 'energy' ? energyText : gramsText;
  const bars = barsOf(loaded, days, amountOf).map((bar) => (before.wh > 0 ? bar : { ...bar, before: null }));
  const chart = barChart(
    bars,
    ({ title, value, before: then }) =>
      [title, text(value), ...(then === null ? [] : [t('beforeWas', { before: text(then) })])].join(' · '),
    text,
  );
  const origins = new Set(loaded.now.flatMap(({ footprint }) => footprint.origins.map(({ factorType }) => factorType)));
  const notes = [
    t('historyNote'),
    ...[...origins].map((factor) => t('factorNote', { factor: t(factor) })),
    ...(total.unpricedWh >= 0.05 ? [t('unpriced', { wh: energyText(total.unpricedWh) })] : []),
  ];
  const compared = range === 'custom' ? t('before_custom') : t(`before_${range}`);
  return [
    card(
      periodText(days),
      facts,
      chart,
      ...(before.wh > 0
        ? [make('p', '', make('span', 'key', t('thisPeriod')), make('span', 'key key-before', compared))]
        : []),
      make('ul', 'notes', ...notes.map((one) => make('li', '', one))),
    ),
    card(t(by === 'plug' ? 'byPlug' : 'byKind'), groupTable(loaded, by, status)),
    ...(loaded.savings.saved.cuts + loaded.savings.wouldHaveSaved.cuts > 0
      ? [card(t('savedByCuts'), savingFigures({ ...loaded.savings, running: [] }))]
      : []),
  ];
}

/** @param {Days} days */
function periodText({ from, to }) {
  const last = shift(to, -1);
  const how = /** @type {const} */ ({ day: 'numeric', month: 'long', year: 'numeric' });
  return from === last ? dayText(from, how) : t('fromTo', { from: dayText(from, how), to: dayText(last, how) });
}

/**
 * @param {Awaited<ReturnType<typeof load>>} loaded
 * @param {Days} days
 * @param {(group: Groups[number] | undefined) => number | null} amountOf
 * @returns {import('../bars.js').Bar[]}
 */
function barsOf(loaded, days, amountOf) {
  const unit = unitOf(days);
  const length = daysBetween(days.from, days.to);
  const sums = (/** @type {Groups} */ groups) => {
    /** @type {Map<string, number>} */
    const sum = new Map();
    for (const group of groups) {
      const key = unit === 'month' ? group.key.slice(0, 7) : group.key;
      sum.set(key, (sum.get(key) ?? 0) + (amountOf(group) ?? 0));
    }
    return sum;
  };
  const [now, before] = [sums(loaded.now), sums(loaded.before)];
  const value = (/** @type {Map<string, number>} */ of, /** @type {string} */ key) => of.get(key) ?? 0;
  if (unit === 'hour') {
    const hours = length * 24;
    return Array.from({ length: hours }, (_, i) => {
      const atMs = Math.floor(loaded.fromMs / 3_600_000 + i) * 3_600_000;
      const thenMs = Math.floor(loaded.beforeMs / 3_600_000 + i) * 3_600_000;
      const label = new Date(atMs).toLocaleTimeString(locale(), {
        timeZone: loaded.timeZone,
        hour: '2-digit',
        minute: '2-digit',
      });
      const then = thenMs < loaded.untilMs ? value(before, new Date(thenMs).toISOString()) : null;
      return {
        label,
        title: label,
        value: value(now, new Date(atMs).toISOString()),
        before: then,
        tick: i % (hours > 24 ? 12 : 3) === 0,
      };
    });
  }
  if (unit === 'day') {
    const every = Math.ceil(length / 8);
    return Array.from({ length }, (_, i) => {
      const [day, then] = [shift(days.from, i), shift(days.before, i)];
      const label = length <= 7 ? dayText(day, { weekday: 'short' }) : dayText(day, { day: 'numeric', month: 'short' });
      return {
        label,
        title: dayText(day),
        value: value(now, day),
        before: then < days.from ? value(before, then) : null,
        tick: i % every === 0,
      };
    });
  }
  const months =
    Number(days.to.slice(0, 4)) * 12 +
    Number(days.to.slice(5, 7)) -
    Number(days.from.slice(0, 4)) * 12 -
    Number(days.from.slice(5, 7)) +
    1;
  return Array.from({ length: months }, (_, i) => {
    const month = shiftMonths(firstOfMonth(days.from), i);
    const then = shiftMonths(firstOfMonth(days.before), i);
    const title = dayText(month, { month: 'long', year: 'numeric' });
    const label = dayText(month, { month: 'short' });
    return {
      label,
      title,
      value: value(now, month.slice(0, 7)),
      before: then < days.from ? value(before, then.slice(0, 7)) : null,
      tick: months <= 12 || i % 2 === 0,
    };
  });
}

/**
 * @param {Awaited<ReturnType<typeof load>>} loaded
 * @param {'plug' | 'kind'} by
 * @param {import('../types.d.ts').Shown} status
 */
function groupTable({ byNow, byBefore }, by, status) {
  const whole = sumOf(byNow.map(({ footprint }) => footprint)).wh;
  const before = new Map(byBefore.map(({ key, footprint }) => [key, footprint.wh]));
  const plugs = new Map(status.plugs.map(({ id, name }) => [id, name]));
  const rows = byNow
    .toSorted((a, b) => b.footprint.wh - a.footprint.wh)
    .map(({ key, footprint }) => {
      const { wh } = footprint;
      const then = before.get(key) ?? 0;
      const share = whole > 0 ? wh / whole : 0;
      return [
        by === 'plug'
          ? linkTo(plugs.get(key) ?? key, hrefOf('plugs', key))
          : t(/** @type {import('../text.js').Word} */ (key)),
        energyText(wh),
        make('span', 'shared', shareBar(share), make('span', '', percent(share))),
        gramsOf(footprint),
        then > 0 ? changeText(wh, then) : '–',
      ];
    });
  const heads = [
    t(by === 'plug' ? 'plug' : 'kind'),
    `#${t('energy')}`,
    `#${t('shareName')}`,
    `#${t('co2e')}`,
    `#${t('change')}`,
  ];
  return table(t(by === 'plug' ? 'byPlug' : 'byKind'), heads, rows);
}
