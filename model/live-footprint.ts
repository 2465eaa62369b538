import { GB_PER_MBPS_HOUR, type LiveParameters, type ParameterName } from './live-parameters.ts';
import { type BoundedEstimate, type Estimate, estimate } from './uncertainty.ts';

/**
 * per-gb: every gigabyte has its grams, as in life-cycle inventories: half the bit rate, half the grams.
 * power: a line draws what it draws, and hardly more when something runs over it.
 */
export const NETWORK_MODELS = ['per-gb', 'power'] as const;
export type NetworkModel = (typeof NETWORK_MODELS)[number];

/** What is known of a live. */
export interface LiveFacts {
  onAirHours: number;
  viewerHours: number;
  /** What the studio really sent, GB (1e9 bytes); null: the usual bit rate stands in. */
  sentGigabytes: number | null;
  /** How long the recording is kept, years; 0: not at all. */
  replayYears: number;
  /** Making the studio's equipment, g, its share for this live; one per kind of equipment. */
  hardwareGrams: readonly Estimate[];
}

export const COMPONENTS = ['dataCentre', 'network', 'devices', 'upload', 'replay', 'hardware'] as const;
export type Component = (typeof COMPONENTS)[number];
/** What the audience causes, without the studio's own side. */
export const AUDIENCE_COMPONENTS: readonly Component[] = ['dataCentre', 'network', 'devices'];

/** gCO2e of a live beyond the studio's electricity. Modelled, all of it. */
export interface LiveFootprint {
  networkModel: NetworkModel;
  components: Record<Component, BoundedEstimate>;
  total: BoundedEstimate;
  /** Data centre, network and viewers' devices. */
  audience: BoundedEstimate;
  /** The total, had the other network model been taken. */
  otherTotal: BoundedEstimate;
  /** Making the viewers' devices, by their hours of use: a matter of choice, and not in the total. */
  deviceMaking: BoundedEstimate;
}

type Values = Record<ParameterName | `hardware${number}`, number>;

/** A live of this much, in grams. Each parameter from low to high; how they combine is in `estimate`. */
export function liveFootprint(facts: LiveFacts, parameters: LiveParameters, networkModel: NetworkModel): LiveFootprint {
  const pieces = Object.fromEntries(facts.hardwareGrams.map((grams, index) => [`hardware${index}`, grams]));
  const all: Record<keyof Values, Estimate> = { ...parameters, ...pieces };
  const of = (names: readonly Component[], model: NetworkModel) =>
    estimate(all, (values) => names.reduce((sum, name) => sum + gramsOf(name, facts, values, model), 0));
  return {
    networkModel,
    components: Object.fromEntries(COMPONENTS.map((name) => [name, of([name], networkModel)])) as Record<
      Component,
      BoundedEstimate
    >,
    total: of(COMPONENTS, networkModel),
    audience: of(AUDIENCE_COMPONENTS, networkModel),
    otherTotal: of(COMPONENTS, networkModel === 'per-gb' ? 'power' : 'per-gb'),
    deviceMaking: estimate(all, (values) => facts.viewerHours * makingGrams(values)),
  };
}

/** One component with these values of the parameters, g. */
export function gramsOf(component: Component, facts: LiveFacts, values: Values, model: NetworkModel): number {
  const { onAirHours, viewerHours } = facts;
  const kwhGrams = values.gridGramsPerKwh / 1000;
  switch (component) {
    case 'dataCentre': {
      const serving = viewerHours * values.cdnWhPerViewerHour;
      const transcoding = onAirHours * values.transcodeWatts * values.pue;
      return (serving + transcoding) * kwhGrams + viewerHours * values.dataCentreMakingGrams;
    }
    case 'network': {
      const { mobileShare } = values;
      if (model === 'per-gb') {
        const perGb = (1 - mobileShare) * values.fixedGramsPerGb + mobileShare * values.mobileGramsPerGb;
        return viewerHours * values.viewerMbps * GB_PER_MBPS_HOUR * perGb;
      }
      const watts = (1 - mobileShare) * lineWatts(values) + mobileShare * mobileWatts(values);
      return viewerHours * watts * kwhGrams;
    }
    case 'devices':
      return viewerHours * deviceMean(values, 'Watts') * kwhGrams;
    case 'upload': {
      if (model === 'per-gb') return sentGigabytes(facts, values) * values.fixedGramsPerGb;
      const mbps = onAirHours > 0 ? sentGigabytes(facts, values) / GB_PER_MBPS_HOUR / onAirHours : 0;
      return onAirHours * (values.lineWatts + values.lineWattsPerMbps * mbps) * kwhGrams;
    }
    case 'replay':
      return sentGigabytes(facts, values) * facts.replayYears * values.storageGramsPerGbYear;
    case 'hardware':
      return facts.hardwareGrams.reduce((sum, _, index) => sum + (values[`hardware${index}`] ?? 0), 0);
  }
}

function sentGigabytes({ sentGigabytes: sent, onAirHours }: LiveFacts, { ingestMbps }: Values): number {
  return sent ?? onAirHours * ingestMbps * GB_PER_MBPS_HOUR;
}

/** Of one viewer on a fixed line. */
function lineWatts(values: Values): number {
  return values.lineWatts / values.viewersPerLine + values.lineWattsPerMbps * values.viewerMbps;
}

function mobileWatts(values: Values): number {
  return values.mobileWatts + values.mobileWattsPerMbps * values.viewerMbps;
}

function makingGrams(values: Values): number {
  return deviceMean(values, 'MakingGrams');
}

function deviceMean(values: Values, what: 'Watts' | 'MakingGrams'): number {
  const { tabletShare, computerShare } = values;
  const phoneShare = 1 - tabletShare - computerShare;
  return (
    phoneShare * values[`phone${what}`] +
    tabletShare * values[`tablet${what}`] +
    computerShare * values[`computer${what}`]
  );
}
