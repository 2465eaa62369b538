import { get, post } from '../api.js';
import { after } from '../clock.js';
import { make } from '../dom.js';
import { energyText, eurosText, gramsText, momentText, percent, UNKNOWN, whole } from '../format.js';
import { originsNamed } from '../names.js';
import { sentence, t } from '../text.js';
import { card, checkbox, emptyText, errorText, labelled, pageHead, select, slider, table } from '../ui.js';

const MOST = 4;
const WAIT_MS = 250;
const HOUR_MS = 3_600_000;
const RESOLUTIONS = ['', '360p', '540p', '720p', '1080p'];

/** @typedef {import('../types.d.ts').WhatIf} Answer */
/** @typedef {Answer['base']} Outcome */
/** @typedef {{ dimLightsPercent: number, durationMinutes: number, cameras: number, resolution: string, laterHours: number, halogenToLed: boolean, standbyCut: boolean, wifiShare: number }} Scenario */

const MEASURES = /** @type {const} */ ([
  'studioWh',
  'studioGrams',
  'studioEuros',
  'standbyWh',
  'standbyGrams',
  'standbyEuros',
  'modelledGrams',
]);

/** @returns {Scenario} nothing changed */
const unchanged = () => ({
  ...{ dimLightsPercent: 0, durationMinutes: 0, cameras: -1, resolution: '', laterHours: 0 },
  ...{ halogenToLed: false, standbyCut: false, wifiShare: -1 },
});

/**
 * What changes would bring to a live that was or one that is planned, several side by side.
 * @param {import('../types.d.ts').Asked} asked
 * @returns {import('../types.d.ts').Page}
 */
export function open({ root, status, params }) {
  const { timeZone } = status.studio;
  let closed = false;
  let asked = 0;
  let cancel = () => {};
  /** A session's id, or a plan when it is empty. */
  let base = params.get('session') ?? '';
  let startedMs = Date.parse(status.now);
  const plan = { durationMinutes: 120, viewers: 0 };
  /** @type {Scenario[]} */
  let scenarios = [
    { ...unchanged(), dimLightsPercent: 30 },
    { ...unchanged(), resolution: '720p' },
  ];
  const chooser = make('div', 'stack');
  const columns = make('div', 'columns');
  const result = make('div', 'stack');
  result.setAttribute('aria-live', 'polite');

  const ask = () => {
    cancel();
    cancel = after(WAIT_MS, async () => {
      asked += 1;
      const own = asked;
      const start = new Date(startedMs).toISOString();
      const of = base
        ? { session: base }
        : { plan: { start, durationMinutes: plan.durationMinutes, viewers: plan.viewers || null } };
      const body = {
        ...of,
        scenarios: scenarios.map((one, i) => changesOf(one, t('scenario', { number: i + 1 }), startedMs)),
      };
      try {
        const answer = /** @type {Answer} */ (await post('whatif', body));
        if (own === asked && !closed) result.replaceChildren(...resultView(answer));
      } catch (error) {
        if (own === asked && !closed) result.replaceChildren(emptyText(errorText(error)));
      }
    });
  };

  const showScenarios = () => {
    columns.replaceChildren(
      ...scenarios.map((one, i) => {
        const remove = make('button', 'quiet', t('remove'));
        remove.type = 'button';
        remove.hidden = scenarios.length === 1;
        remove.addEventListener('click', () => {
          scenarios = scenarios.filter((other) => other !== one);
          showScenarios();
          ask();
        });
        return scenarioCard(one, i, ask, remove);
      }),
    );
    add.hidden = scenarios.length >= MOST;
  };
  const add = make('button', '', t('addScenario'));
  add.type = 'button';
  add.addEventListener('click', () => {
    scenarios.push(unchanged());
    showScenarios();
    ask();
  });

  const showChooser = (/** @type {import('../types.d.ts').Session[]} */ sessions) => {
    const ended = sessions.filter(({ endedAt }) => endedAt !== null);
    if (base && !ended.some(({ id }) => id === base)) base = '';
    const startOf = () => {
      const found = ended.find(({ id }) => id === base);
      startedMs = Date.parse(found?.startedAt ?? status.now);
    };
    if (!base && !params.has('session')) base = ended[0]?.id ?? '';
    startOf();
    const planFields = make(
      'div',
      'columns',
      slider(
        t('liveLength'),
        { min: 15, max: 480, step: 15, value: plan.durationMinutes },
        (v) => t('minutes', { minutes: v }),
        (v) => {
          plan.durationMinutes = v;
          ask();
        },
      ),
      slider(
        t('meanViewers'),
        { min: 0, max: 10_000, step: 50, value: plan.viewers },
        (v) => (v ? whole(v) : t('notKnown')),
        (v) => {
          plan.viewers = v;
          ask();
        },
      ),
    );
    planFields.hidden = base !== '';
    const choices = /** @type {[string, string][]} */ ([
      ...ended
        .slice(0, 20)
        .map(({ id, title, startedAt }) => [id, `${title ?? t('untitled')} · ${momentText(startedAt, timeZone)}`]),
      ['', t('aPlan')],
    ]);
    const field = select(choices, base, (value) => {
      base = value;
      planFields.hidden = base !== '';
      startOf();
      ask();
    });
    chooser.replaceChildren(labelled(t('startFrom'), field), planFields);
    ask();
  };

  root.append(
    pageHead(t('whatifTitle')),
    card(t('whatifBase'), chooser),
    columns,
    make('p', '', add),
    card(t('whatifResult'), result),
  );
  showScenarios();
  get('sessions').then(
    (answer) => !closed && showChooser(/** @type {import('../types.d.ts').Session[]} */ (answer)),
    (error) => !closed && chooser.replaceChildren(emptyText(errorText(error))),
  );
  return {
    close() {
      closed = true;
      cancel();
    },
  };
}

/**
 * @param {Scenario} scenario
 * @param {number} i
 * @param {() => void} changed
 * @param {Node} remove
 */
function scenarioCard(scenario, i, changed, remove) {
  const set = (/** @type {Partial<Scenario>} */ change) => {
    Object.assign(scenario, change);
    changed();
  };
  const same = t('asItIs');
  const head = make('div', 'page-head', make('h2', '', t('scenario', { number: i + 1 })), remove);
  return make(
    'section',
    'card stack',
    head,
    slider(
      t('dimLights'),
      { min: 0, max: 100, step: 5, value: scenario.dimLightsPercent },
      (v) => (v ? percent(v / 100) : same),
      (v) => set({ dimLightsPercent: v }),
    ),
    slider(
      t('liveLength'),
      { min: 0, max: 480, step: 15, value: scenario.durationMinutes },
      (v) => (v ? t('minutes', { minutes: v }) : same),
      (v) => set({ durationMinutes: v }),
    ),
    slider(
      t('cameras'),
      { min: -1, max: 12, step: 1, value: scenario.cameras },
      (v) => (v < 0 ? same : whole(v)),
      (v) => set({ cameras: v }),
    ),
    slider(
      t('laterBy'),
      { min: -24, max: 24, step: 1, value: scenario.laterHours },
      (v) => (v ? `${v > 0 ? '+' : '−'}${Math.abs(v)}\u00a0h` : same),
      (v) => set({ laterHours: v }),
    ),
    slider(
      t('wifiShare'),
      { min: -0.1, max: 1, step: 0.1, value: scenario.wifiShare },
      (v) => (v < 0 ? same : percent(v)),
      (v) => set({ wifiShare: Math.round(v * 10) / 10 }),
    ),
    labelled(
      t('resolution'),
      select(
        RESOLUTIONS.map((one) => [one, one || same]),
        scenario.resolution,
        (v) => set({ resolution: v }),
      ),
    ),
    checkbox(t('halogenToLed'), scenario.halogenToLed, (v) => set({ halogenToLed: v })),
    checkbox(t('standbyCut'), scenario.standbyCut, (v) => set({ standbyCut: v })),
  );
}

/**
 * What the API takes of a scenario: only what is changed.
 * @param {Scenario} scenario
 * @param {string} name
 * @param {number} startedMs
 */
function changesOf(scenario, name, startedMs) {
  const { dimLightsPercent, durationMinutes, cameras, resolution, laterHours, halogenToLed, standbyCut, wifiShare } =
    scenario;
  return {
    name,
    ...(dimLightsPercent ? { dimLightsPercent } : {}),
    ...(durationMinutes ? { durationMinutes } : {}),
    ...(cameras >= 0 ? { cameras } : {}),
    ...(resolution ? { resolution } : {}),
    ...(laterHours ? { start: new Date(startedMs + laterHours * HOUR_MS).toISOString() } : {}),
    ...(halogenToLed ? { halogenToLed } : {}),
    ...(standbyCut ? { standbyCut } : {}),
    ...(wifiShare >= 0 ? { wifiShare } : {}),
  };
}

/** @param {Answer} answer */
function resultView({ base, scenarios }) {
  // That of the live itself is always shown, also as not known.
  const known = MEASURES.filter(
    (measure) => measure === 'studioWh' || [base, ...scenarios].some(({ values }) => values[measure] !== null),
  );
  const rows = known.map((measure) => [
    t(`measure_${measure}`),
    valueText(measure, base.values[measure] ?? null),
    ...scenarios.map((one) => cell(measure, one)),
  ]);
  const heads = [t('what'), `#${t('asItIs')}`, ...scenarios.map(({ name }) => `#${name}`)];
  const notes = [...new Set([...base.notes, ...scenarios.flatMap((one) => one.notes)])];
  return [
    table(t('whatifResult'), heads, rows),
    make('p', 'muted small', t('whatifNote')),
    make('ul', 'notes', ...notes.map((note) => make('li', '', originsNamed(sentence(note))))),
  ];
}

/**
 * @param {typeof MEASURES[number]} measure
 * @param {Outcome['values']['studioWh']} band
 */
function valueText(measure, band) {
  return band ? amount(measure, band.central) : UNKNOWN;
}

/**
 * @param {typeof MEASURES[number]} measure
 * @param {number} value
 */
const amount = (measure, value) =>
  measure.endsWith('Wh') ? energyText(value) : measure.endsWith('Euros') ? eurosText(value) : gramsText(value);

/**
 * @param {typeof MEASURES[number]} measure
 * @param {Outcome} outcome
 */
function cell(measure, { values, differences }) {
  const [value, difference] = [values[measure] ?? null, differences[measure] ?? null];
  if (!difference || Math.max(Math.abs(difference.low), Math.abs(difference.high)) < 0.005)
    return valueText(measure, value);
  const text = (/** @type {number} */ of) => `${of > 0 ? '+' : ''}${amount(measure, of)}`;
  const change = make('span', difference.central < 0 ? 'better small' : 'worse small', text(difference.central));
  const band = make('span', 'muted small', t('between', { low: text(difference.low), high: text(difference.high) }));
  return make('span', 'whatif-cell', make('span', '', valueText(measure, value)), change, band);
}
