import type { Report, Way } from '../../model/report.ts';
import type { BoundedEstimate, Estimate } from '../../model/uncertainty.ts';
import type { Language } from '../badge.ts';
import { providerName } from '../web/overlay-words.js';
import { type Format, formatOf, type Parts, printable } from './format.ts';
import { type Word, type Words, wordsOf } from './words.ts';

/** A report in one language: what page, image and document say in the same words. */
export interface Said {
  report: Report;
  language: Language;
  t: Words;
  format: Format;
  title: string;
  /** `24 November 2026, 18:00 – 20:05`. */
  when: string;
  /** `1 h 45 min on air`, or that it never was. */
  onAir: string;
  /** Of the energy and climate; of the energy alone without a climate letter. */
  letter: Report['score']['overall'];
  letterOf: string;
  /** Provisional, revised, DEMO: what stands first. */
  tags: string[];
  notes: string[];
  band(estimate: Estimate | BoundedEstimate | null, write: (value: number) => string): string;
  ways: { what: string; saves: string | null; of: Way['of'] }[];
  /** Measured and modelled side by side, per minute and viewer. */
  ratios: Record<'name' | 'wh' | 'grams' | 'modelled' | 'band', string>[];
  /** This live and those before it, by the hour on air. Empty when it was never on air. */
  lives: {
    startedAt: string;
    name: string;
    whPerLiveHour: number;
    wh: string;
    grams: string;
    letter: string;
    own: boolean;
  }[];
  /** Where the numbers are from, one sentence each. */
  provenance: string[];
  origins: { provider: string; factor: string; status: string; share: string }[];
}

export function say(report: Report, language: Language): Said {
  const t = wordsOf(language);
  const { session, score, studio } = report;
  const format = formatOf(language, studio.timeZone);
  const band: Said['band'] = (estimate, write) =>
    estimate ? t('band', { low: write(estimate.low), high: write(estimate.high) }) : '–';
  const ended = session.endedAt;
  return {
    ...{ report, language, t, format, band },
    title: (session.title && printable(session.title)) || t('untitled'),
    when: ended ? format.span(session.startedAt, ended) : `${format.moment(session.startedAt)}, ${t('running')}`,
    onAir:
      session.onAirSeconds > 0 ? t('onAirFor', { duration: format.duration(session.onAirSeconds) }) : t('neverOnAir'),
    letter: score.overall ?? score.energy,
    letterOf: score.overall ? t('scoreHint') : score.energy ? t('scoreEnergyOnly') : t('noGrade'),
    tags: tagsOf(report, t, format),
    notes: notesOf(report, t, format),
    ratios: ratiosOf(report, t, format, band),
    lives: livesOf(report, t, format),
    ways: report.ways.map((way) => sayWay(way, t, format)),
    provenance: provenanceOf(report, t, format),
    origins: originsOf(report, language, t, format),
  };
}

function tagsOf({ demo, revision, score, session }: Report, t: Words, format: Format): string[] {
  return [
    ...(demo ? [t('demo')] : []),
    ...(session.endedAt === null ? [t('running')] : []),
    ...(score.provisional && session.endedAt !== null ? [t('provisional')] : []),
    ...(revision ? [t('revised', { date: format.day(revision.at) })] : []),
  ];
}

function notesOf({ demo, revision, score, noLetter, measured, rank }: Report, t: Words, format: Format): string[] {
  const better = rank.energy === null ? null : format.percent(rank.energy);
  return [
    ...(demo ? [`${t('demoHint')}.`] : []),
    ...(revision
      ? [t('revisedHint', { date: format.moment(revision.at), grams: format.signedGrams(revision.byGrams) })]
      : []),
    ...(score.provisional ? [`${t('provisional')}${format.colon}${t('provisionalHint')}.`] : []),
    ...(measured.grams ? [] : [t('noGramsHint')]),
    ...(partly(measured) ? [t('partly', { percent: format.percent(partly(measured) ?? 1) })] : []),
    ...noLetter.map((why) => t(why, { percent: format.percent(Math.floor(score.coverage * 100) / 100) })),
    ...(better && rank.lives >= 3 ? [`${t('rank', { percent: better, lives: rank.lives })}.`] : []),
  ];
}

function ratiosOf(
  { measured, modelled, audience }: Report,
  t: Words,
  format: Format,
  band: Said['band'],
): Said['ratios'] {
  const [wh, grams] = [measured.wh.central, measured.grams?.central ?? null];
  const per = (value: number | null, count: number | undefined) => (value !== null && count ? value / count : null);
  const row = (word: Word, ownWh: number | null, own: number | null, estimate: BoundedEstimate | null) => ({
    name: t(word),
    wh: ownWh === null ? '–' : format.wh(ownWh),
    grams: own === null ? '–' : format.grams(own),
    modelled: estimate ? format.modelledGrams(estimate.central) : '–',
    band: band(estimate, format.modelledGrams),
  });
  const { meanViewers, viewerHours } = audience ?? {};
  return [
    row('perMinute', measured.whPerMinuteOnAir, measured.gramsPerMinuteOnAir, modelled.perMinuteOnAir),
    row('perViewer', per(wh, meanViewers), measured.gramsPerViewer, modelled.perViewer),
    row('perViewerHour', per(wh, viewerHours), per(grams, viewerHours), modelled.perViewerHour),
  ];
}

function livesOf({ session, score, earlier }: Report, t: Words, format: Format): Said['lives'] {
  const { whPerLiveHour, gramsPerLiveHour } = score;
  if (whPerLiveHour === null) return [];
  const own = { title: null, startedAt: session.startedAt, letter: score.overall, whPerLiveHour, gramsPerLiveHour };
  return [own, ...earlier].map((live, index) => ({
    ...{ startedAt: live.startedAt, whPerLiveHour: live.whPerLiveHour, own: index === 0 },
    name: index === 0 ? t('thisLive') : (live.title && printable(live.title)) || t('untitled'),
    wh: format.wh(live.whPerLiveHour),
    grams: live.gramsPerLiveHour === null ? '–' : format.grams(live.gramsPerLiveHour),
    letter: live.letter ?? '–',
  }));
}

const WAYS: Record<Way['code'], Word> = {
  'off-air': 'way_offAir',
  'dim-lights': 'way_dimLights',
  'fewer-cameras': 'way_fewerCameras',
  wifi: 'way_wifi',
  standby: 'way_standby',
};

function sayWay(way: Way, t: Words, format: Format): Said['ways'][number] {
  const { code, name, data, savedWh, savedGrams, per, of } = way;
  const what = t(code === 'standby' && data.essential ? 'way_standbyEssential' : WAYS[code], {
    name: printable(name ?? ''),
    percent: format.percent((data.percent ?? 0) / 100),
    watts: format.watts(data.watts ?? 0),
    wh: format.wh(data.wh ?? 0),
    share: format.percent(data.share ?? 0),
  });
  const withBand = ({ low, central, high }: Estimate, write: (value: number) => string, unit = '') => {
    const band = low === high ? '' : ` (${t('band', { low: write(low), high: write(high) })})`;
    return `${write(central)}${unit}${band}`;
  };
  const amounts = [
    ...(savedWh ? [withBand(savedWh, format.modelledWh)] : []),
    ...(savedGrams ? [withBand(savedGrams, format.modelledGrams, '\u00a0CO₂e')] : []),
  ];
  const saves =
    amounts.length > 0 ? t(per === 'live' ? 'savesLive' : 'savesYear', { amount: amounts.join(', ') }) : null;
  return { what, saves, of };
}

function provenanceOf(
  { measured, modelled, equivalents, attributions, score, generatedAt }: Report,
  t: Words,
  format: Format,
): string[] {
  const { coverage, counterWh, integratedWh, gapWh, unpricedWh } = measured.footprint;
  const { references, networkModel, assumed } = modelled;
  const sources = [...new Set(equivalents.map(({ source, year }) => `${source} (${year})`))];
  return [
    t('coverage', {
      percent: format.percent(Math.floor(coverage * 100) / 100),
      counter: format.wh(counterWh),
      integrated: format.wh(integratedWh),
      gap: format.wh(gapWh),
    }),
    ...(unpricedWh > 0 ? [`${format.wh(unpricedWh)}${format.colon}${t('unpriced')}.`] : []),
    t('meterBand'),
    ...(attributions.length > 0 ? [t('dataFrom', { attributions: attributions.join(', ') })] : []),
    t('modelFrom', {
      references: references.join(', '),
      network: t(networkModel === 'per-gb' ? 'per-gb' : 'modelPower'),
      assumed: assumed.parameters,
      of: assumed.of,
    }),
    ...(sources.length > 0 ? [t('equivalentFrom', { sources: sources.join(', ') })] : []),
    `${t('scoreFrom', { version: score.version })} ${t('madeBy', { date: format.moment(generatedAt) })}`,
  ];
}

function originsOf({ measured: { footprint } }: Report, language: Language, t: Words, format: Format): Said['origins'] {
  const { wh, unpricedWh } = footprint;
  const share = (part: number) => format.percent(wh > 0 ? part / wh : 0);
  return [
    ...footprint.origins
      .toSorted((a, b) => b.wh - a.wh)
      .map(({ provider, factorType, status, wh: own }) => ({
        provider: providerName(provider, language),
        factor: t(factorType),
        status: t(`status_${status}`),
        share: share(own),
      })),
    ...(unpricedWh > 0 ? [{ provider: '–', factor: '–', status: t('unpriced'), share: share(unpricedWh) }] : []),
  ];
}

/** Share of the time that was measured, where that is not nearly all; never rounded up to all. */
function partly({ footprint }: Report['measured']): number | null {
  const share = Math.floor(footprint.coverage * 100) / 100;
  return share < 0.98 ? share : null;
}

/** The number and its unit, and what it is of: the one large figure of a poster. */
export function headline({ report: { measured }, format, t }: Said): { figure: Parts; of: string } {
  const [value, unit] = measured.grams
    ? format.parts.grams(measured.grams.central)
    : format.parts.wh(measured.wh.central);
  const share = partly(measured);
  return {
    figure: [value, measured.grams ? `${unit}\u00a0CO₂e` : unit],
    of: share ? t('posterPartly', { percent: format.percent(share) }) : t('posterMeasured'),
  };
}
