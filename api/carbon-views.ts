/** From the model's words to the API's, for what is modelled: two significant figures, nothing surer than it is. */
import type { z } from 'zod';
import { AUDIENCE_COMPONENTS, COMPONENTS } from '../model/live-footprint.ts';
import type { Score } from '../model/score.ts';
import { type BoundedEstimate, twoFigures } from '../model/uncertainty.ts';
import type { WholeLive } from '../model/whole-live.ts';
import type * as schemas from './carbon-schemas.ts';
import { footprintView } from './views.ts';

/** Divided by what it is for; null when there is none of that. */
export function estimateView(value: BoundedEstimate, per = 1): BoundedEstimate | null {
  if (!(per > 0)) return null;
  const { lowest, low, central, high, highest } = value;
  const shown = (part: number) => twoFigures(part / per);
  return {
    ...{ lowest: shown(lowest), low: shown(low), central: shown(central) },
    ...{ high: shown(high), highest: shown(highest) },
  };
}

export function scoreView(score: Score): z.output<typeof schemas.Score> {
  const { gramsPerViewerHour } = score;
  return { ...score, gramsPerViewerHour: gramsPerViewerHour === null ? null : twoFigures(gramsPerViewerHour) };
}

export function wholeLiveView(whole: WholeLive): z.output<typeof schemas.WholeLive> {
  const { live, audience, modelled, measured, onAirHours } = whole;
  // Without a word on the viewers, nothing that depends on them is known: not zero.
  const known = (value: BoundedEstimate, per = 1) => (audience ? estimateView(value, per) : null);
  const { total, otherTotal, networkModel } = modelled;
  return {
    session: live.session.id,
    onAirHours,
    measured: { ...measured, footprint: footprintView(live.whole) },
    audience,
    modelled: {
      networkModel,
      components: COMPONENTS.map((component) => {
        const grams = modelled.components[component];
        return { component, grams: AUDIENCE_COMPONENTS.includes(component) ? known(grams) : estimateView(grams) };
      }),
      total: known(total),
      perViewer: known(total, audience?.meanViewers),
      perViewerHour: known(total, audience?.viewerHours),
      perMinuteOnAir: known(total, onAirHours * 60),
      audiencePerViewerHour: known(modelled.audience, audience?.viewerHours),
      otherNetworkModel: audience && {
        networkModel: networkModel === 'per-gb' ? 'power' : 'per-gb',
        total: estimateView(otherTotal) ?? otherTotal,
        difference: twoFigures(otherTotal.central - total.central),
      },
      deviceMaking: known(modelled.deviceMaking),
    },
    hardware: whole.hardware.map(({ grams, ...piece }) => ({ ...piece, grams: twoFigures(grams.central) })),
    sci: whole.sci,
    parameters: Object.entries(whole.parameters).map(([name, parameter]) => ({ name, ...parameter })),
  };
}
