/** From the model's words to the API's, for what is modelled: two significant figures, nothing surer than it is. */
import type { z } from 'zod';
import type { StandbyFinding } from '../model/audit.ts';
import { AUDIENCE_COMPONENTS, COMPONENTS } from '../model/live-footprint.ts';
import type { Score } from '../model/score.ts';
import { type BoundedEstimate, type Estimate, roundedEstimate, twoFigures } from '../model/uncertainty.ts';
import { MEASURES, type Outcome } from '../model/whatif.ts';
import type { WholeLive } from '../model/whole-live.ts';
import type * as schemas from './carbon-schemas.ts';
import { footprintView } from './views.ts';

export function scoreView(score: Score): z.output<typeof schemas.Score> {
  const { gramsPerViewerHour } = score;
  return { ...score, gramsPerViewerHour: gramsPerViewerHour === null ? null : twoFigures(gramsPerViewerHour) };
}

export function wholeLiveView(whole: WholeLive): z.output<typeof schemas.WholeLive> {
  const { live, audience, modelled, measured, onAirHours } = whole;
  // Without a word on the viewers, nothing that depends on them is known: not zero.
  const known = (value: BoundedEstimate, per = 1) => (audience ? roundedEstimate(value, per) : null);
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
        return { component, grams: AUDIENCE_COMPONENTS.includes(component) ? known(grams) : roundedEstimate(grams) };
      }),
      total: known(total),
      perViewer: known(total, audience?.meanViewers),
      perViewerHour: known(total, audience?.viewerHours),
      perMinuteOnAir: known(total, onAirHours * 60),
      audiencePerViewerHour: known(modelled.audience, audience?.viewerHours),
      otherNetworkModel: audience && {
        networkModel: networkModel === 'per-gb' ? 'power' : 'per-gb',
        total: roundedEstimate(otherTotal) ?? otherTotal,
        difference: twoFigures(otherTotal.central - total.central),
      },
      deviceMaking: known(modelled.deviceMaking),
    },
    hardware: whole.hardware.map(({ grams, ...piece }) => ({ ...piece, grams: twoFigures(grams.central) })),
    sci: whole.sci,
    parameters: Object.entries(whole.parameters).map(([name, parameter]) => ({ name, ...parameter })),
  };
}

export function outcomeView(
  name: string,
  { values, differences, notes }: Outcome,
): z.output<typeof schemas.WhatIf>['base'] {
  const shown = (all: Outcome['values']) =>
    Object.fromEntries(
      MEASURES.map((measure) => {
        const value = all[measure];
        return [measure, value && measure === 'modelledGrams' ? bandView(value) : value];
      }),
    ) as Outcome['values'];
  return { name, values: shown(values), differences: shown(differences), notes };
}

function bandView({ low, central, high }: Estimate): Estimate {
  return { low: twoFigures(low), central: twoFigures(central), high: twoFigures(high) };
}

/** @param dryRun nothing is switched, whatever may be cut */
export function findingView(
  finding: StandbyFinding,
  dryRun: boolean,
): z.output<typeof schemas.Audit>['standby'][number] {
  const { kwh, grams, euros } = finding.savedPerYear;
  return {
    ...finding,
    savedPerYear: { kwh: bandView(kwh), grams: grams && bandView(grams), euros: euros && bandView(euros) },
    advice: adviceOn(finding, dryRun),
  };
}

function adviceOn({ betweenLives, neverZero, essential, days, thin }: StandbyFinding, dryRun: boolean): string {
  const drawn = `It draws ${betweenLives.meanWatts.toFixed(1)} W between lives${neverZero ? ' and was never off for two hours' : ''}`;
  const seen = `seen on ${days} ${days === 1 ? 'day' : 'days'}${thin ? ', which is little' : ''}`;
  const what = essential
    ? 'if it may be off then, configure it as essential: false'
    : dryRun
      ? 'set switching.dryRun to false, and offair cuts it'
      : 'offair may cut it: GET /api/v1/policy/preview says what holds it';
  return `${drawn} (${seen}): ${what}.`;
}
