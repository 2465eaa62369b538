import { COMPONENTS, gramsOf, type NetworkModel } from './live-footprint.ts';
import {
  LADDER_MBPS,
  type LiveParameters,
  type ParameterName,
  type Resolution,
  SIXTY_FRAMES,
} from './live-parameters.ts';
import type { PlugKind } from './plug.ts';
import type { StandbyWatts } from './standby.ts';
import { type Estimate, estimate, estimateDifference } from './uncertainty.ts';

/** A live as it was or is planned: what scenarios are compared with. */
export interface LiveBase {
  onAirHours: number;
  /** Energy by kind of plug: on air, and in set-up, rehearsal and wrap. */
  loads: { kind: PlugKind; onAirWh: number; otherWh: number }[];
  /** How many cameras that energy is of. */
  cameras: number;
  /** null: not known, then nothing of the audience is. */
  meanViewers: number | null;
  sentGigabytes: number | null;
  replayYears: number;
  /** Making of the equipment, its share for this live; cameras apart, they may become more or fewer. */
  hardware: { isCamera: boolean; grams: Estimate }[];
  /** Between this live and the next. */
  standby: StandbyWatts & Prices & { hours: number; cut: boolean };
  network: NetworkModel;
}

/** Of the grid and the tariff at the time of a scenario; null where that is not known. */
export interface Prices {
  gramsPerKwh: number | null;
  /** Who says so, what they count and how they know: `rte-odre (lifecycle, measured)`. */
  gridFrom: readonly string[];
  euroPerKwh: number | null;
}

/** What is changed against the base; absent: as it is. */
export interface Changes {
  resolution?: Resolution | undefined;
  frameRate?: 30 | 60 | undefined;
  durationMinutes?: number | undefined;
  /** 20: lights at 80 % of their brightness. */
  dimLightsPercent?: number | undefined;
  /** The lights are halogen, and become LED of the same brightness. */
  halogenToLed?: boolean | undefined;
  cameras?: number | undefined;
  standbyCut?: boolean | undefined;
  /** Share of the viewers on a fixed line, 0..1. */
  wifiShare?: number | undefined;
}

/** What the scenarios rest on beside the parameters of the live. No sources were found: assumptions. */
const ASSUMED = {
  /** Share of the brightness taken off that comes off the draw: LED drivers are about linear, halogen saves less. */
  dimming: { low: 0.7, central: 1, high: 1 },
  /** Draw of an LED against a halogen lamp of the same brightness. */
  led: { low: 0.12, central: 0.2, high: 0.35 },
  /** Accuracy of the plugs' meters. */
  meter: { low: 0.99, central: 1, high: 1.01 },
};

export const MEASURES = [
  'studioWh',
  'studioGrams',
  'studioEuros',
  'standbyWh',
  'standbyGrams',
  'standbyEuros',
  'modelledGrams',
] as const;
export type Measure = (typeof MEASURES)[number];

/** Each measure with its band, and its difference to the base; null where it can't be known. */
export interface Outcome {
  values: Record<Measure, Estimate | null>;
  differences: Record<Measure, Estimate | null>;
  /** What the answer leaves out or rests on, one sentence each. */
  notes: string[];
}

type Values = Record<ParameterName | keyof typeof ASSUMED | `hardware${number}`, number>;

/** One scenario beside the base. Parameters that both share move together: the difference is surer than either. */
export function whatIf(
  base: LiveBase,
  parameters: LiveParameters,
  changes: Changes,
  prices: { base: Prices; scenario: Prices },
): Outcome {
  const pieces = Object.fromEntries(base.hardware.map(({ grams }, index) => [`hardware${index}`, grams]));
  const all: Record<keyof Values, Estimate> = { ...parameters, ...ASSUMED, ...pieces };
  const baseOf = measures(base, {}, prices.base);
  const scenarioOf = measures(base, changes, prices.scenario);
  const entries = MEASURES.map((measure) => {
    const [own, theirs] = [scenarioOf[measure], baseOf[measure]];
    const value = own && estimate(all, own);
    const difference = own && theirs && estimateDifference(all, (values) => own(values) - theirs(values));
    return { measure, value: value && { low: value.low, central: value.central, high: value.high }, difference };
  });
  const pick = (what: 'value' | 'difference') =>
    Object.fromEntries(entries.map((entry) => [entry.measure, entry[what]])) as Record<Measure, Estimate | null>;
  return { values: pick('value'), differences: pick('difference'), notes: notesOn(base, changes, prices) };
}

function measures(
  base: LiveBase,
  changes: Changes,
  { gramsPerKwh, euroPerKwh }: Prices,
): Record<Measure, ((values: Values) => number) | null> {
  const onAirHours = changes.durationMinutes === undefined ? base.onAirHours : changes.durationMinutes / 60;
  const longer = base.onAirHours > 0 ? onAirHours / base.onAirHours : 1;
  const { loads, standby } = base;
  const live = (values: Values) =>
    values.meter *
    loads.reduce(
      (sum, load) => sum + (load.onAirWh * longer + load.otherWh) * factorOf(load.kind, base, changes, values),
      0,
    );
  // Where nothing was measured yet nothing is known: that is no zero.
  const studioWh = loads.length > 0 ? live : null;
  const standbyWatts = (changes.standbyCut ?? standby.cut) ? standby.cutWatts : standby.uncutWatts;
  const standbyWh = standby.hours > 0 ? (values: Values) => values.meter * standby.hours * standbyWatts : null;
  const times = (of: ((values: Values) => number) | null, price: number | null) =>
    price === null || of === null ? null : (values: Values) => (of(values) / 1000) * price;
  return {
    studioWh,
    studioGrams: times(studioWh, gramsPerKwh),
    studioEuros: times(studioWh, euroPerKwh),
    standbyWh,
    standbyGrams: times(standbyWh, standby.gramsPerKwh),
    standbyEuros: times(standbyWh, standby.euroPerKwh),
    modelledGrams: modelled(base, changes, onAirHours, longer),
  };
}

function factorOf(kind: PlugKind, base: LiveBase, changes: Changes, values: Values): number {
  if (kind === 'light') {
    const dimmed = 1 - ((changes.dimLightsPercent ?? 0) / 100) * values.dimming;
    return dimmed * (changes.halogenToLed ? values.led : 1);
  }
  return kind === 'camera' ? cameraFactor(base, changes) : 1;
}

function cameraFactor({ cameras }: LiveBase, changes: Changes): number {
  return changes.cameras === undefined || cameras === 0 ? 1 : changes.cameras / cameras;
}

function modelled(
  base: LiveBase,
  changes: Changes,
  onAirHours: number,
  longer: number,
): ((values: Values) => number) | null {
  const { meanViewers, sentGigabytes } = base;
  if (meanViewers === null) return null;
  const facts = {
    ...{ onAirHours, viewerHours: meanViewers * onAirHours, replayYears: base.replayYears },
    sentGigabytes: sentGigabytes === null ? null : sentGigabytes * longer,
    hardwareGrams: base.hardware.map(({ grams }) => grams),
  };
  const cameras = cameraFactor(base, changes);
  const { resolution = '540p', frameRate = 30, wifiShare } = changes;
  const changedRate = changes.resolution !== undefined || changes.frameRate !== undefined;
  const rate = changedRate
    ? (LADDER_MBPS[resolution] * (frameRate === 60 ? SIXTY_FRAMES : 1)) / LADDER_MBPS['540p']
    : 1;
  return (values) => {
    const changed: Values = {
      ...values,
      viewerMbps: values.viewerMbps * rate,
      mobileShare: wifiShare === undefined ? values.mobileShare : 1 - wifiShare,
    };
    for (const [index, { isCamera }] of base.hardware.entries())
      changed[`hardware${index}`] = (values[`hardware${index}`] ?? 0) * longer * (isCamera ? cameras : 1);
    return COMPONENTS.reduce((sum, component) => sum + gramsOf(component, facts, changed, base.network), 0);
  };
}

function notesOn(base: LiveBase, changes: Changes, { scenario }: { scenario: Prices }): string[] {
  const lights = base.loads.some(({ kind }) => kind === 'light');
  const changesLights = changes.dimLightsPercent !== undefined || changes.halogenToLed !== undefined;
  const changesPicture = changes.resolution !== undefined || changes.frameRate !== undefined;
  return [
    ...(base.loads.length === 0 ? ['No live was measured yet: what this one takes is not known.'] : []),
    ...(base.meanViewers === null ? ['How many watch is not known: nothing is modelled for them.'] : []),
    ...(changesPicture
      ? ['What viewers receive is modelled; what the encoder draws for it is not: the next live measures that.']
      : []),
    ...(changesLights && !lights ? ['No light was measured: their change shows nothing.'] : []),
    ...(changesLights && lights ? ['How lights draw when dimmed or changed is an assumption, within the band.'] : []),
    ...(changes.cameras !== undefined && base.cameras === 0
      ? ['No camera was measured: their number shows nothing.']
      : []),
    ...(scenario.gridFrom.length > 0 ? [`The grid at that time is from ${scenario.gridFrom.join(', ')}.`] : []),
    ...(scenario.gramsPerKwh === null ? ["The grid's intensity is not known for that time: no grams."] : []),
    ...(scenario.euroPerKwh === null ? ['There is no tariff in the configuration: no euro.'] : []),
  ];
}
