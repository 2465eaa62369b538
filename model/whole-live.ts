import { type Audience, audienceOf } from './audience.ts';
import { type Allocation, embodiedGrams, type Kit } from './hardware.ts';
import { type LiveFootprint, liveFootprint, type NetworkModel } from './live-footprint.ts';
import { type LiveParameters, liveParameters } from './live-parameters.ts';
import { type MeasuredLive, onAirSpans } from './lives.ts';
import { type Sci, sciOf } from './sci.ts';
import type { BoundedEstimate } from './uncertainty.ts';

/** How the part that nobody can measure is modelled. */
export interface FootprintSettings {
  network: NetworkModel;
  replayDays: number;
  hoursPerWeek: number;
  allocation: Allocation;
  hardware: readonly Kit[];
}

/** Plug meters: 1 % is usual, 2 % the worst. Not verified by a source. */
const METER_ERROR = { usual: 0.01, worst: 0.02 };

/** A whole live: what was measured, and, apart from it, what is modelled. */
export interface WholeLive {
  live: MeasuredLive;
  onAirHours: number;
  /** null: nobody said how many were watching. Then what depends on them is not known either. */
  audience: Audience | null;
  measured: { wh: BoundedEstimate; grams: BoundedEstimate };
  /** With nobody watching where the audience is not known. */
  modelled: LiveFootprint;
  hardware: ReturnType<typeof embodiedGrams>;
  parameters: LiveParameters;
  sci: { liveHour: Sci | null; viewerHour: Sci | null };
}

/** @param sentGigabytes what the studio really sent (1e9 bytes); null when nobody counted */
export function wholeLive(
  live: MeasuredLive,
  country: string,
  settings: FootprintSettings,
  sentGigabytes: number | null,
): WholeLive {
  const onAirHours = live.onAirMs / 3_600_000;
  const audience = audienceOf(live.session.audience, onAirSpans(live.session, live.endMs));
  const useHours = Math.max(0, live.endMs - live.session.startedAtMs) / 3_600_000;
  const hardware = embodiedGrams(settings.hardware, useHours, settings.hoursPerWeek, settings.allocation);
  const parameters = liveParameters(country);
  const facts = {
    ...{ onAirHours, viewerHours: audience?.viewerHours ?? 0, sentGigabytes },
    replayYears: settings.replayDays / 365,
    hardwareGrams: hardware.map(({ grams }) => grams),
  };
  const modelled = liveFootprint(facts, parameters, settings.network);
  const making = modelled.components.hardware.central;
  return {
    ...{ live, onAirHours, audience, modelled, hardware, parameters },
    measured: { wh: metered(live.whole.wh), grams: metered(live.whole.grams) },
    sci: {
      liveHour: sciOf(live.whole, making, 0, { unit: 'live-hour', count: onAirHours }),
      viewerHour: sciOf(live.whole, making, modelled.total.central - making, {
        unit: 'viewer-hour',
        count: audience?.viewerHours ?? 0,
      }),
    },
  };
}

/** What a meter of usual accuracy showed. The choice of intensity weighs more: its provider and factor type are told. */
function metered(value: number): BoundedEstimate {
  const { usual, worst } = METER_ERROR;
  return {
    ...{ lowest: value * (1 - worst), low: value * (1 - usual), central: value },
    ...{ high: value * (1 + usual), highest: value * (1 + worst) },
  };
}
