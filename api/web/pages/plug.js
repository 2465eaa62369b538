import { get } from '../api.js';
import { dayOf, firstOfMonth, mondayOf, shift, startOf } from '../days.js';
import { make, say } from '../dom.js';
import { energyText, gramsOf, momentText, number, sumOf, UNKNOWN, wattsText, whole } from '../format.js';
import { whoText } from '../names.js';
import { PlugCard } from '../plugs.js';
import { PowerPanel } from '../power-panel.js';
import { hrefOf } from '../router.js';
import { colon, saidText, t } from '../text.js';
import { card, emptyText, errorText, figures, linkTo, pageHead, table } from '../ui.js';

const LOG_LENGTH = 500;
const SHOWN = 30;

/** @typedef {import('../types.d.ts').Plug} Plug */

/**
 * One plug: what it does now, what it took, how it is set, and when it was switched.
 * @param {import('../types.d.ts').Asked} asked
 * @returns {import('../types.d.ts').Page}
 */
export function open({ root, id, status }) {
  const plug = status.plugs.find((one) => one.id === id);
  if (!plug) {
    root.append(
      pageHead(t('plug')),
      emptyText(t('plugUnknown')),
      make('p', '', linkTo(t('pageStudio'), hrefOf('studio'))),
    );
    return {};
  }
  let closed = false;
  let relay = plug.relay;
  const now = new PlugCard(plug.id);
  const facts = make('div');
  const log = make('div');
  const amounts = make('div', '', emptyText(t('loading')));
  const panel = new PowerPanel(status, { plug: plug.id });
  const live = (/** @type {import('../types.d.ts').Shown} */ next) => {
    const own = next.plugs.find((one) => one.id === id);
    if (!own) return;
    now.show(own, Math.max(1, ...next.plugs.map(({ watts }) => watts ?? 0)), Date.parse(next.now), next);
    panel.update(next);
    if (own.relay !== relay) showLog(log, plug.id, next.studio.timeZone, () => closed);
    relay = own.relay;
  };
  root.append(
    pageHead(plug.name, make('p', 'muted', t(plug.kind))),
    make('div', 'columns', make('ul', 'plugs plug-alone', now.root), card(t('amounts'), amounts)),
    card(t('powerOver'), panel.root),
    make('div', 'columns', card(t('switchLog'), log), card(t('settingsOf'), facts)),
  );
  live(status);
  facts.append(settingsTable(plug));
  suggestionOf(plug).then(
    (made) => !closed && made && facts.append(made),
    () => {},
  );
  showLog(log, plug.id, status.studio.timeZone, () => closed);
  amountsOf(plug.id, status).then(
    (made) => !closed && amounts.replaceChildren(made),
    (error) => !closed && amounts.replaceChildren(emptyText(errorText(error))),
  );
  return {
    update: live,
    close() {
      closed = true;
      panel.close();
    },
  };
}

/**
 * @param {string} id
 * @param {import('../types.d.ts').Shown} status
 */
async function amountsOf(id, { now, studio: { timeZone } }) {
  const today = dayOf(Date.parse(now), timeZone);
  const starts = /** @type {const} */ ([
    ['today', today],
    ['week', mondayOf(today)],
    ['month', firstOfMonth(today)],
    ['days30', shift(today, -30)],
  ]);
  /** @type {[string, string, string][]} */
  const entries = [];
  for (const [word, day] of starts) {
    const query = new URLSearchParams({
      from: new Date(startOf(day, timeZone)).toISOString(),
      to: now,
      groupBy: 'plug',
    });
    /** @type {import('../types.d.ts').Emissions} */
    const { groups } = await get(`emissions?${query}`);
    const sum = sumOf(groups.filter(({ key }) => key === id).map(({ footprint }) => footprint));
    entries.push([t(word), energyText(sum.wh), t('ofCo2e', { grams: gramsOf(sum) })]);
  }
  return figures(entries);
}

/** @param {Plug} plug */
function settingsTable(plug) {
  const { id, adapter, essential, idleWatts, quietSeconds, minOnSeconds, minOffSeconds } = plug;
  const seconds = (/** @type {number} */ value) => `${whole(value)}\u00a0s`;
  const cut = essential
    ? []
    : [
        [t('idleWatts'), idleWatts === null ? t('idleAny') : `${number(idleWatts)}\u00a0W`],
        [t('quietSeconds'), seconds(quietSeconds)],
        [t('minOnSeconds'), seconds(minOnSeconds)],
        [t('minOffSeconds'), seconds(minOffSeconds)],
        ...(plug.coolDownSeconds > 0 ? [[t('coolDown'), seconds(plug.coolDownSeconds)]] : []),
        [t('poweredIn'), plug.poweredIn.map((phase) => t(phase)).join(', ')],
        ...(plug.canShutDown ? [[t('shutDown'), t('shutDownFirst')]] : []),
        ...(plug.cutOrder === null ? [] : [[t('cutOrder'), whole(plug.cutOrder)]]),
      ];
  const rows = [
    [t('plugId'), id],
    [t('adapter'), adapter],
    ...(plug.about
      ? [
          [t('model'), plug.about.model],
          [t('firmware'), plug.about.firmware],
        ]
      : []),
    [t('role'), essential ? `${t('essential')}${colon()}${t('essentialHint')}` : t('mayBeCut')],
    ...cut,
  ];
  return table(t('settingsOf'), [t('what'), t('value')], rows);
}

/**
 * What `idleWatts` of a plug might be, for who writes the configuration; nothing for a plug that is never cut.
 * @param {Plug} plug
 */
async function suggestionOf({ id, essential }) {
  if (essential) return null;
  /** @type {import('../types.d.ts').IdleSuggestion} */
  const { idleWatts, why, quiet, active } = await get(`plugs/${encodeURIComponent(id)}/idle-suggestion`);
  if (idleWatts === null) return why && make('p', 'muted small', t('noSuggestion', { why: saidText(why) }));
  const words = {
    watts: wattsText(idleWatts),
    quiet: wattsText(quiet?.meanWatts ?? null),
    active: wattsText(active?.meanWatts ?? null),
  };
  return make('p', '', t('suggestion', words));
}

/**
 * @param {HTMLElement} target
 * @param {string} id
 * @param {string} timeZone
 * @param {() => boolean} isClosed
 */
async function showLog(target, id, timeZone, isClosed) {
  try {
    /** @type {import('../types.d.ts').SwitchLog} */
    const { entries } = await get(`switching/log?limit=${LOG_LENGTH}`);
    if (isClosed()) return;
    const own = entries.filter(({ plug }) => plug === id).slice(0, SHOWN);
    const rows = own.map(({ at, to, by, reasons, reason, outcome, wattsBefore }) => {
      const result = make('span', 'chip', t(/** @type {import('../text.js').Word} */ (`outcome_${outcome}`)));
      result.dataset.outcome = outcome;
      const why = reasons.length > 0 ? reasons : [{ code: '', text: reason }];
      return [momentText(at, timeZone), t(DEEDS[to]), wattsText(wattsBefore), whyText(by, why), result];
    });
    const heads = [t('when'), t('what'), `#${t('drawn')}`, t('why'), t('outcome')];
    target.replaceChildren(own.length === 0 ? emptyText(t('logEmpty')) : table(t('switchLog'), heads, rows));
  } catch (error) {
    if (!isClosed()) say(target, errorText(error));
  }
}

/** @type {Record<import('../types.d.ts').SwitchLog['entries'][number]['to'], import('../text.js').Word>} */
const DEEDS = { on: 'switchedOn', off: 'switchedOff', 'shut-down': 'toldToShutDown' };

/**
 * @param {string} by
 * @param {Parameters<typeof saidText>[0][]} reasons
 */
const whyText = (by, reasons) =>
  [whoText(by), ...reasons.filter(({ code }) => code !== 'asked-for').map(saidText)].join(' · ') || UNKNOWN;
