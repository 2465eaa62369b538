import { attributionsOf } from './attributions.ts';
import { type Footprint, footprint, gramsOf, type Pricing } from './emissions.ts';
import { type EnergySlice, sliceWh } from './energy.ts';
import { type Equivalent, equivalentsOf } from './equivalents.ts';
import { iso } from './iso.ts';
import { AUDIENCE_COMPONENTS, COMPONENTS, type Component, type NetworkModel } from './live-footprint.ts';
import type { MeasuredLive } from './lives.ts';
import { meanWatts } from './lives.ts';
import type { PlugKind, PlugSpec } from './plug.ts';
import type { SessionPhase } from './ports.ts';
import { LEAST_COVERAGE, LEAST_ON_AIR_MS, type Letter, type Rank, type Score } from './score.ts';
import type { Timeline } from './timeline.ts';
import { type BoundedEstimate, type Estimate, roundedEstimate, twoFigures } from './uncertainty.ts';
import type { WholeLive } from './whole-live.ts';

/** Raised when a field changes its meaning or goes. */
export const REPORT_VERSION = 'offair-report/1';

/** Whose numbers the model may rest on, as the sources of its parameters begin. */
const REFERENCES = [
  'ADEME/NegaOctet',
  'ADEME impactco2',
  'Carbon Trust 2021',
  'Malmodin 2020',
  'Boavizta',
  'Ember 2024',
  'Electricity Maps 2025',
  'Cloud Carbon Footprint',
  'TikTok',
];

/** What a plug or a kind of plugs took in the session, measured. */
export interface ReportItem {
  key: string;
  name: string;
  kind: PlugKind;
  wh: number;
  /** null: for more than a tenth of the energy no intensity is known. */
  grams: number | null;
  /** Of the energy of the session, 0..1. */
  share: number;
  onAirWh: number;
}

/** One way to take less. What it saves is measured or modelled, in a live or in a year. */
export interface Way {
  code: 'off-air' | 'dim-lights' | 'fewer-cameras' | 'wifi' | 'standby';
  of: 'measured' | 'modelled';
  per: 'live' | 'year';
  /** Of the plug, where it is about one. */
  name: string | null;
  data: Record<string, number>;
  savedWh: Estimate | null;
  savedGrams: Estimate | null;
}

/** An earlier live of the studio, by the hour on air. */
export interface EarlierLive {
  id: string;
  title: string | null;
  startedAt: string;
  whPerLiveHour: number;
  gramsPerLiveHour: number | null;
  letter: Letter | null;
}

/** All that a report of one live says, in numbers and codes: page, image and document are made from this alone. */
export interface Report {
  version: typeof REPORT_VERSION;
  generatedAt: string;
  demo: boolean;
  studio: { name: string; country: string; timeZone: string };
  session: {
    id: string;
    title: string | null;
    startedAt: string;
    /** null while it runs. */
    endedAt: string | null;
    seconds: number;
    onAirSeconds: number;
    phases: { phase: SessionPhase; from: string; to: string; wh: number }[];
  };
  /** Providers have changed what they had said by its end: when last, and by how much, g. */
  revision: { at: string; byGrams: number } | null;
  /** The electricity of the studio, set-up and wrap included. Never added to what is modelled. */
  measured: {
    wh: BoundedEstimate;
    grams: BoundedEstimate | null;
    footprint: Footprint;
    /** Mean intensity of the energy that has one; null without. */
    gramsPerKwh: number | null;
    meanWattsOnAir: number | null;
    whPerMinuteOnAir: number | null;
    gramsPerMinuteOnAir: number | null;
    gramsPerViewer: number | null;
    /** Most first. */
    byPlug: ReportItem[];
    byKind: ReportItem[];
  };
  audience: WholeLive['audience'];
  /** gCO2e of two significant figures: nobody can measure it. null: depends on viewers that nobody counted. */
  modelled: {
    networkModel: NetworkModel;
    components: { component: Component; grams: BoundedEstimate | null }[];
    total: BoundedEstimate | null;
    perViewer: BoundedEstimate | null;
    perViewerHour: BoundedEstimate | null;
    perMinuteOnAir: BoundedEstimate | null;
    references: string[];
    /** How many of its parameters are only assumed, and of how many. */
    assumed: { parameters: number; of: number };
  };
  score: Score;
  /** Why a letter is missing: too short on air, not watched enough, the grid's own lifecycle intensity not known. */
  noLetter: ('short' | 'unwatched' | 'grid')[];
  rank: Rank;
  timeline: Timeline;
  /** The lives before it, the last one first. */
  earlier: EarlierLive[];
  equivalents: Equivalent[];
  ways: Way[];
  attributions: string[];
}

export interface ReportQuestion {
  nowMs: number;
  demo: boolean;
  studio: Report['studio'];
  plugs: readonly PlugSpec[];
  /** All of the session. */
  slices: readonly EnergySlice[];
  price: Pricing;
  whole: WholeLive;
  score: Score;
  rank: Rank;
  /** Newest first. */
  earlier: readonly { live: MeasuredLive; score: Score }[];
  /** What providers have changed since its end; null when nothing. */
  revision: { atMs: number; byGrams: number } | null;
  timeline: Timeline;
  ways: readonly Way[];
}

/** Puts together what is known of a session. It may run still: then it is of up to now. */
export function reportOf(question: ReportQuestion): Report {
  const { whole, slices, score, revision, nowMs } = question;
  const { live, audience, onAirHours } = whole;
  const { session, endMs } = live;
  const { gramsPerViewerHour } = score;
  const grams = pricedGrams(live.whole);
  const per = (value: number | null, count: number | undefined) => (value !== null && count ? value / count : null);
  return {
    version: REPORT_VERSION,
    generatedAt: iso(nowMs),
    ...{ demo: question.demo, studio: question.studio },
    session: {
      ...{ id: session.id, title: session.title, startedAt: iso(session.startedAtMs) },
      endedAt: session.endedAtMs === null ? null : iso(session.endedAtMs),
      ...{ seconds: (endMs - session.startedAtMs) / 1000, onAirSeconds: live.onAirMs / 1000 },
      phases: phasesOf(live, slices).map(({ fromMs, toMs, ...phase }) => ({
        ...phase,
        from: iso(fromMs),
        to: iso(toMs),
      })),
    },
    revision: revision && { at: iso(revision.atMs), byGrams: revision.byGrams },
    measured: {
      wh: whole.measured.wh,
      grams: grams === null ? null : whole.measured.grams,
      footprint: live.whole,
      gramsPerKwh: per(grams, (live.whole.wh - live.whole.unpricedWh) / 1000),
      // With a part unseen the mean would be too small.
      meanWattsOnAir: score.coverage < LEAST_COVERAGE ? null : meanWatts(live),
      whPerMinuteOnAir: per(live.whole.wh, onAirHours * 60),
      gramsPerMinuteOnAir: per(grams, onAirHours * 60),
      gramsPerViewer: per(grams, audience?.meanViewers),
      ...itemsOf(question),
    },
    audience,
    modelled: modelledOf(whole),
    score: { ...score, gramsPerViewerHour: gramsPerViewerHour === null ? null : twoFigures(gramsPerViewerHour) },
    noLetter: noLetterOf(score, live.onAirMs),
    rank: question.rank,
    timeline: question.timeline,
    earlier: question.earlier.flatMap(earlierLive),
    equivalents: [
      ...(grams ? equivalentsOf(grams, 'measured') : []),
      ...(audience ? equivalentsOf(whole.modelled.total.central, 'modelled') : []).map((equivalent) => ({
        ...equivalent,
        kilometres: twoFigures(equivalent.kilometres),
      })),
    ],
    ways: [...question.ways],
    attributions: attributionsOf(live.whole.origins.map(({ provider }) => provider)),
  };
}

function noLetterOf({ energy, climate, coverage }: Score, onAirMs: number): Report['noLetter'] {
  return [
    ...(onAirMs < LEAST_ON_AIR_MS ? (['short'] as const) : []),
    ...(coverage < LEAST_COVERAGE ? (['unwatched'] as const) : []),
    ...(energy && !climate ? (['grid'] as const) : []),
  ];
}

/** With more than a tenth unpriced the grams would be too few: null. */
function pricedGrams({ wh, grams, unpricedWh }: Pick<Footprint, 'wh' | 'grams' | 'unpricedWh'>): number | null {
  return unpricedWh > wh / 10 ? null : grams;
}

/** Each stretch of a phase. What a phase took is with its first stretch when it came more than once. */
function phasesOf({ session, endMs }: MeasuredLive, slices: readonly EnergySlice[]) {
  const seen = new Set<SessionPhase>();
  return session.phases.flatMap(({ phase, atMs }, index) => {
    const toMs = Math.min(session.phases[index + 1]?.atMs ?? endMs, endMs);
    if (toMs <= atMs) return [];
    const own = seen.has(phase) ? [] : slices.filter((slice) => slice.phase === phase);
    seen.add(phase);
    return [{ phase, fromMs: atMs, toMs, wh: own.reduce((sum, slice) => sum + sliceWh(slice), 0) }];
  });
}

function itemsOf({ plugs, slices, price }: ReportQuestion): { byPlug: ReportItem[]; byKind: ReportItem[] } {
  const total = slices.reduce((sum, slice) => sum + sliceWh(slice), 0);
  const spec = new Map(plugs.map((plug) => [plug.id, plug]));
  const kindOf = (plug: string): PlugKind => spec.get(plug)?.kind ?? 'other';
  const items = (groups: Map<string, EnergySlice[]>, named: (key: string) => { name: string; kind: PlugKind }) =>
    [...groups]
      .map(([key, own]) => {
        const sum = footprint(own, price);
        const onAir = own.filter(({ phase }) => phase === 'live').reduce((wh, slice) => wh + sliceWh(slice), 0);
        const share = total > 0 ? sum.wh / total : 0;
        return { key, ...named(key), wh: sum.wh, grams: pricedGrams(sum), share, onAirWh: onAir };
      })
      .sort((a, b) => b.wh - a.wh);
  return {
    byPlug: items(
      Map.groupBy(slices, ({ plug }) => plug),
      (key) => ({ name: spec.get(key)?.name ?? key, kind: kindOf(key) }),
    ),
    byKind: items(
      Map.groupBy(slices, ({ plug }) => kindOf(plug)),
      (key) => ({ name: key, kind: key as PlugKind }),
    ),
  };
}

function modelledOf({ modelled, audience, onAirHours, parameters }: WholeLive): Report['modelled'] {
  // Without a word on the viewers, nothing that depends on them is known: not zero.
  const known = (value: BoundedEstimate, per?: number) => (audience ? roundedEstimate(value, per) : null);
  const all = Object.values(parameters);
  return {
    networkModel: modelled.networkModel,
    components: COMPONENTS.map((component) => {
      const grams = modelled.components[component];
      return { component, grams: AUDIENCE_COMPONENTS.includes(component) ? known(grams) : roundedEstimate(grams) };
    }),
    total: known(modelled.total),
    perViewer: known(modelled.total, audience?.meanViewers),
    perViewerHour: known(modelled.total, audience?.viewerHours),
    perMinuteOnAir: known(modelled.total, onAirHours * 60),
    references: REFERENCES.filter((name) => all.some(({ source }) => source.includes(name))),
    assumed: { parameters: all.filter(({ assumed }) => assumed).length, of: all.length },
  };
}

function earlierLive({ live, score }: { live: MeasuredLive; score: Score }): EarlierLive[] {
  const { whPerLiveHour, gramsPerLiveHour, overall } = score;
  if (whPerLiveHour === null) return [];
  const { id, title, startedAtMs } = live.session;
  const startedAt = iso(startedAtMs);
  return [{ id, title, startedAt, whPerLiveHour, gramsPerLiveHour, letter: overall }];
}

/**
 * What providers have changed since a session ended, of the same energy; null when nothing. What was not priced at all
 * then is new, not revised.
 * @param then as the grid was known at its end
 */
export function revisionOf(slices: readonly EnergySlice[], now: Pricing, then: Pricing): ReportQuestion['revision'] {
  return slices.reduce<ReportQuestion['revision']>((changed, slice) => {
    const [price, before] = [now(slice.startMs), then(slice.startMs)];
    if (!price || !before || price.gramsPerKwh === before.gramsPerKwh) return changed;
    const byGrams = gramsOf(sliceWh(slice), price) - gramsOf(sliceWh(slice), before);
    return {
      atMs: Math.max(changed?.atMs ?? 0, price.fetchedAtMs),
      byGrams: (changed?.byGrams ?? 0) + byGrams,
    };
  }, null);
}
