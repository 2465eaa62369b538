import { get } from '../api.js';
import { make } from '../dom.js';
import { gramsText, momentText, number, percent, timeText, UNKNOWN, wattsText } from '../format.js';
import { GridChart } from '../grid-chart.js';
import { providerName } from '../names.js';
import { t } from '../text.js';
import { card, emptyText, errorText, figures, labelled, pageHead, slider } from '../ui.js';

const DAY_MS = 86_400_000;
const EVERY_MS = 300_000;

/** @typedef {import('../types.d.ts').BestSlot} BestSlot */
/** @typedef {import('../types.d.ts').Intensity} Intensity */

/**
 * The grid's intensity, behind and ahead, and the time at which a live would emit least.
 * @param {import('../types.d.ts').Asked} asked
 * @returns {import('../types.d.ts').Page}
 */
export function open({ root, status }) {
  const { timeZone } = status.studio;
  let closed = false;
  let loadedAt = status.now;
  const now = make('div', 'stack');
  const chart = new GridChart(timeZone);
  const provenance = make('div', 'stack');
  const answer = make('div', 'stack');
  answer.setAttribute('aria-live', 'polite');

  const load = async () => {
    try {
      const [past, ahead] = await Promise.all([
        /** @type {Promise<import('../types.d.ts').Intensities>} */ (get('intensity')),
        /** @type {Promise<import('../types.d.ts').Forecast>} */ (get('intensity/forecast')),
      ]);
      if (closed) return;
      now.replaceChildren(...nowView(past.current ?? past.lastGood, past.current !== null, past.points, timeZone));
      chart.show(past.points, ahead.points, Date.parse(status.now));
      const from = [...new Set([...past.attributions, ...ahead.attributions])].join(' · ');
      const kind =
        ahead.points.length === 0 ? 'forecastNone' : ahead.kind === 'typical' ? 'forecastTypical' : 'forecastOf';
      const name = providerName(ahead.points[0]?.provider ?? '');
      provenance.replaceChildren(
        make(
          'p',
          'muted small',
          t(kind, { name, until: ahead.coveredUntil ? momentText(ahead.coveredUntil, timeZone) : '' }),
        ),
        ...(from ? [make('p', 'muted small', t('dataFrom', { from }))] : []),
      );
    } catch (error) {
      if (!closed) now.replaceChildren(emptyText(errorText(error)));
    }
  };

  root.append(
    pageHead(t('gridTitle')),
    make(
      'div',
      'columns',
      card(t('gridNow'), now),
      slotCard(status, answer, () => closed),
    ),
    card(t('gridOver'), chart.root, provenance),
    card(
      t('gridWords'),
      make(
        'ul',
        'notes',
        make('li', '', t('gridWord1')),
        make('li', '', t('gridWord2')),
        make('li', '', t('gridWord3')),
      ),
    ),
  );
  load();
  return {
    update(next) {
      status = next;
      if (Date.parse(next.now) - Date.parse(loadedAt) < EVERY_MS) return;
      loadedAt = next.now;
      load();
    },
    close() {
      closed = true;
      chart.close();
    },
  };
}

/**
 * @param {Intensity | null} point
 * @param {boolean} current
 * @param {Intensity[]} points
 * @param {string} timeZone
 */
function nowView(point, current, points, timeZone) {
  if (!point) return [emptyText(t('noIntensity'))];
  const values = points.map(({ gramsPerKwh }) => gramsPerKwh);
  const span = values.length > 0 ? `${number(Math.min(...values))} – ${number(Math.max(...values))}\u00a0g/kWh` : '';
  const held = point.heldFrom ? [t('heldFrom', { time: timeText(point.heldFrom, timeZone) })] : [];
  const facts = [
    t(point.factorType),
    t(point.basis),
    t(point.status),
    `${timeText(point.start, timeZone)} – ${timeText(point.end, timeZone)}`,
    ...held,
  ];
  return [
    figures([
      [current ? t('intensity') : t('lastKnown'), `${number(point.gramsPerKwh)}\u00a0g/kWh`, facts.join(', ')],
      [t('provider'), providerName(point.provider), point.zone],
      [t('lastDay'), span || UNKNOWN],
    ]),
  ];
}

/**
 * @param {import('../types.d.ts').Shown} status
 * @param {HTMLElement} answer
 * @param {() => boolean} isClosed
 */
function slotCard(status, answer, isClosed) {
  const { timeZone } = status.studio;
  const form = make('form', 'stack');
  const hours = { from: make('input'), to: make('input') };
  for (const input of [hours.from, hours.to]) input.type = 'time';
  let durationMinutes = 120;
  let days = 1;
  let asked = 0;
  const ask = async () => {
    asked += 1;
    const own = asked;
    const query = new URLSearchParams({ durationMinutes: String(durationMinutes) });
    if (days > 1) query.set('to', new Date(Date.parse(status.now) + days * DAY_MS).toISOString());
    if (hours.from.value && hours.to.value) query.set('hours', `${hours.from.value}-${hours.to.value}`);
    try {
      /** @type {BestSlot} */
      const found = await get(`intensity/best-slot?${query}`);
      if (own === asked && !isClosed()) answer.replaceChildren(...slotView(found, timeZone));
    } catch (error) {
      if (own === asked && !isClosed()) answer.replaceChildren(emptyText(errorText(error)));
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    ask();
  });
  for (const input of [hours.from, hours.to]) input.addEventListener('change', ask);
  form.append(
    slider(
      t('liveLength'),
      { min: 15, max: 480, step: 15, value: durationMinutes },
      (v) => minutesText(v),
      (v) => {
        durationMinutes = v;
        ask();
      },
    ),
    slider(
      t('lookAhead'),
      { min: 1, max: 7, step: 1, value: days },
      (v) => t('daysAhead', { days: v }),
      (v) => {
        days = v;
        ask();
      },
    ),
    make('div', 'fields', labelled(t('audienceFrom'), hours.from), labelled(t('audienceTo'), hours.to)),
  );
  ask();
  return card(t('bestTime'), form, answer);
}

/** @param {number} minutes */
const minutesText = (minutes) =>
  minutes < 60
    ? `${minutes}\u00a0min`
    : `${Math.floor(minutes / 60)}\u00a0h${minutes % 60 ? `\u00a0${String(minutes % 60).padStart(2, '0')}` : ''}`;

/**
 * @param {BestSlot} found
 * @param {string} timeZone
 */
function slotView({ best, now, recommended, watts, coveredUntil }, timeZone) {
  if (!best) return [make('p', 'muted', t(coveredUntil === null ? 'slotUnknown' : 'slotNowhere'))];
  const saved = now?.savedGrams ?? null;
  const verdict =
    watts === null
      ? t('slotNoWatts')
      : saved === null || !now
        ? t('slotNoNow')
        : t(recommended ? 'slotWorth' : 'slotNotWorth', {
            grams: gramsText(Math.max(0, saved)),
            share: percent(Math.max(0, now.savedShare)),
          });
  return [
    figures([
      [
        t('slotBest'),
        `${momentText(best.start, timeZone)} – ${timeText(best.end, timeZone)}`,
        `${number(best.gramsPerKwh)}\u00a0g/kWh`,
      ],
      [
        t('slotNow'),
        now ? `${number(now.slot.gramsPerKwh)}\u00a0g/kWh` : UNKNOWN,
        watts === null ? '' : t('slotWatts', { watts: wattsText(watts) }),
      ],
    ]),
    make('p', recommended ? 'better' : 'muted', verdict),
  ];
}
