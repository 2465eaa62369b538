import { get } from '../api.js';
import { make } from '../dom.js';
import { energyText, gramsText, lengthText, momentText, number, percent, UNKNOWN, whole } from '../format.js';
import { showLetter } from '../last-session.js';
import { providerName, whoText } from '../names.js';
import { PowerPanel } from '../power-panel.js';
import { reportLinks } from '../report-links.js';
import { hrefOf } from '../router.js';
import { colon, locale, sentence, t } from '../text.js';
import { card, emptyText, errorText, figures, linkTo, pageHead, shareBar, table } from '../ui.js';

/** @typedef {import('../types.d.ts').Session} Session */
/** @typedef {import('../types.d.ts').WholeLive} WholeLive */
/** @typedef {NonNullable<WholeLive['modelled']['total']>} Estimate */

const LEAST_MS = 1000;

/**
 * One session: what it took, where it went, what is modelled beside it.
 * @param {import('../types.d.ts').Asked} asked
 * @param {string} id
 * @returns {import('../types.d.ts').Page}
 */
export function openSession({ root, status }, id) {
  let closed = false;
  /** @type {PowerPanel | null} */
  let panel = null;
  root.append(emptyText(t('loading')));
  const load = async () => {
    const path = `sessions/${encodeURIComponent(id)}`;
    /** @type {Session} */
    const session = await get(path);
    const fromMs = Date.parse(session.startedAt);
    // One that was ended at once has no length to ask for.
    const period = { fromMs, toMs: Math.max(fromMs + LEAST_MS, Date.parse(session.endedAt ?? status.now)) };
    const [{ score, rank }, footprint, { measured }] = await Promise.all([
      /** @type {Promise<import('../types.d.ts').LiveScore>} */ (get(`${path}/score`)),
      /** @type {Promise<WholeLive>} */ (get(`${path}/footprint`)),
      // Its own energy: what plugs took in the same quarter hours before and after it is not in there.
      /** @type {Promise<import('../types.d.ts').Report>} */ (get(`${path}/report?format=json`)),
    ]);
    if (closed) return;
    panel = new PowerPanel(status, { period });
    root.replaceChildren(
      head(session, status.studio.timeZone),
      card(t('result'), resultOf(session, score, rank), becauseOf(score)),
      ...(session.endedAt === null ? [] : [card(t('report'), reportLinks(session.id))]),
      card(t('powerOver'), panel.root),
      make('div', 'columns', card(t('byPlug'), plugTable(measured.byPlug)), modelledCard(footprint)),
      card(t('facts'), factsOf(session, status.studio.timeZone)),
    );
  };
  load().catch((error) => {
    if (!closed) root.replaceChildren(pageHead(t('session')), emptyText(errorText(error)));
  });
  return {
    close() {
      closed = true;
      panel?.close();
    },
  };
}

/**
 * @param {Session} session
 * @param {string} timeZone
 */
function head({ title, startedAt, endedAt }, timeZone) {
  const when = endedAt === null ? t('runs') : lengthText(Date.parse(endedAt) - Date.parse(startedAt));
  const back = linkTo(t('pageSessions'), hrefOf('sessions'));
  return pageHead(
    title ?? t('untitled'),
    make('p', 'muted', `${momentText(startedAt, timeZone)} · ${when}`),
    make('p', 'back', back),
  );
}

/**
 * @param {Session} session
 * @param {import('../types.d.ts').LiveScore['score']} score
 * @param {import('../types.d.ts').LiveScore['rank']} rank
 */
function resultOf({ footprint, revisedByGrams }, score, rank) {
  const letter = make('span', 'letter letter-large');
  showLetter(letter, score);
  const letters = t('lettersNote', { energy: score.energy ?? UNKNOWN, climate: score.climate ?? UNKNOWN });
  const better = rank.energy === null ? undefined : t('rankNote', { share: percent(rank.energy), lives: rank.lives });
  const revised =
    revisedByGrams && Math.abs(revisedByGrams) >= 0.05 ? t('revised', { grams: gramsText(revisedByGrams) }) : undefined;
  const perHour =
    score.whPerLiveHour === null ? undefined : t('perLiveHour', { amount: energyText(score.whPerLiveHour) });
  return figures([
    [t('letter'), letter, [letters, ...(score.provisional ? [t('provisional')] : [])].join(' · ')],
    [t('energy'), energyText(footprint.wh), perHour],
    [t('co2e'), footprint.origins.length > 0 ? gramsText(footprint.grams) : UNKNOWN, revised],
    ...(better ? [/** @type {[string, string, string]} */ ([t('rank'), percent(rank.energy ?? 0), better])] : []),
    [t('watchedName'), percent(footprint.coverage), t('watchedNote')],
  ]);
}

/** @param {import('../types.d.ts').LiveScore['score']} score */
function becauseOf({ because }) {
  return make('ul', 'notes', ...because.map((reason) => make('li', '', sentence(reason))));
}

/** @param {import('../types.d.ts').Report['measured']['byPlug']} plugs */
function plugTable(plugs) {
  if (plugs.length === 0) return emptyText(t('historyEmpty'));
  const rows = plugs.map(({ key, name, wh, share, grams }) => [
    linkTo(name, hrefOf('plugs', key)),
    energyText(wh),
    make('span', 'shared', shareBar(share), make('span', '', percent(share))),
    grams === null ? UNKNOWN : gramsText(grams),
  ]);
  return table(t('byPlug'), [t('plug'), `#${t('energy')}`, `#${t('shareName')}`, `#${t('co2e')}`], rows);
}

/** What is modelled has two figures. @param {number} grams */
const rough = (grams) => {
  const [value, unit] = grams >= 1000 ? [grams / 1000, 'kg'] : [grams, 'g'];
  return `${value.toLocaleString(locale(), { maximumSignificantDigits: 2 })}\u00a0${unit}`;
};

/** @param {WholeLive} footprint */
function modelledCard({ modelled, audience, measured }) {
  const { total, components, perViewer, perMinuteOnAir } = modelled;
  const wide = Math.max(1, ...components.map(({ grams }) => grams?.high ?? 0));
  const rows = components.map(({ component, grams }) => [
    t(/** @type {import('../text.js').Word} */ (`component_${component}`)),
    grams ? rough(grams.central) : UNKNOWN,
    grams ? make('span', 'nowrap', `${rough(grams.low)} – ${rough(grams.high)}`) : '',
    grams ? band(grams, wide) : '',
  ]);
  const said = audience
    ? t('audienceNote', {
        mean: whole(audience.meanViewers),
        peak: whole(audience.peakViewers),
        hours: number(audience.viewerHours),
      })
    : t('audienceMissing');
  return card(
    t('modelled'),
    make('p', 'muted small', t('modelledNote')),
    figures([
      [
        t('modelledTotal'),
        total ? rough(total.central) : UNKNOWN,
        total ? t('between', { low: rough(total.low), high: rough(total.high) }) : '',
      ],
      [
        t('measuredTotal'),
        gramsText(measured.grams.central),
        t('between', { low: gramsText(measured.grams.low), high: gramsText(measured.grams.high) }),
      ],
      ...(perViewer ? [/** @type {[string, string]} */ ([t('perViewer'), rough(perViewer.central)])] : []),
      ...(perMinuteOnAir ? [/** @type {[string, string]} */ ([t('perMinute'), rough(perMinuteOnAir.central)])] : []),
    ]),
    table(t('modelled'), [t('part'), `#${t('co2e')}`, t('bandName'), ''], rows),
    make('p', 'muted small', said),
  );
}

/**
 * @param {Estimate} estimate
 * @param {number} wide what fills the width
 */
function band({ low, central, high }, wide) {
  const range = make('span', 'band-range');
  range.style.left = `${(100 * low) / wide}%`;
  range.style.width = `${(100 * (high - low)) / wide}%`;
  const middle = make('span', 'band-central');
  middle.style.left = `${(100 * central) / wide}%`;
  const bar = make('span', 'band', range, middle);
  bar.setAttribute('aria-hidden', 'true');
  return bar;
}

/**
 * @param {Session} session
 * @param {string} timeZone
 */
function factsOf(session, timeZone) {
  const { phases, startedBy, endedAt, endedBy, footprint, stream } = session;
  const by = (/** @type {string} */ who) => ` · ${whoText(who)}`;
  const origins = footprint.origins.map(
    ({ provider, factorType, status, wh }) =>
      `${providerName(provider)}${colon()}${energyText(wh)} (${t(factorType)}, ${t(status)})`,
  );
  const parts = t('obtained', {
    counter: energyText(footprint.counterWh),
    integrated: energyText(footprint.integratedWh),
    gap: energyText(footprint.gapWh),
  });
  const rows = [
    ...phases.map(({ phase, at }, i) => [t(phase), `${momentText(at, timeZone)}${i === 0 ? by(startedBy) : ''}`]),
    ...(endedAt ? [[t('endName'), `${momentText(endedAt, timeZone)}${endedBy ? by(endedBy) : ''}`]] : []),
    [t('energyFrom'), parts],
    ...(origins.length > 0 ? [[t('gramsFrom'), origins.join(' + ')]] : []),
    ...(stream
      ? [
          [
            t('streamName'),
            t('streamNote', { frames: whole(stream.totalFrames), dropped: whole(stream.droppedFrames) }),
          ],
        ]
      : []),
  ];
  return table(t('facts'), [t('what'), t('value')], rows);
}
