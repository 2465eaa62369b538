/** When restores must begin so that all are finished before a planned live. */
import type { PlugId, PlugSpec } from './plug.ts';
import type { PolicyState, Studio } from './policy-state.ts';
import { type Phase, SESSION_PHASES } from './ports.ts';

/** From the sending of a restore until it is verified, with one that must be repeated, ms. */
const VERIFYING_MS = 20_000;

/** Whether it has power in this phase of a session. */
export function inPhase({ poweredIn = SESSION_PHASES }: PlugSpec, phase: Phase): boolean {
  return phase !== 'standby' && poweredIn.includes(phase);
}

/**
 * From when on each plug that may be cut is needed for the planned live, ms: those powered in the set-up are on before
 * the set-up, those powered only later are on `leadMs` before the live. Restores take their time, one after the other,
 * so the more plugs there are, the earlier. Reckoned as if all were cut: else a plug that is on again would move it.
 */
export function neededFrom(studio: Studio, { planned, phase }: PolicyState): Map<PlugId, number> {
  const from = new Map<PlugId, number>();
  if (!planned || phase === 'live' || phase === 'wrap') return from;
  const { leadMs, staggerMs } = studio.settings;
  const mayBeCut = studio.plugs.filter(({ essential }) => !essential);
  const lengthMs = (specs: readonly PlugSpec[]) =>
    specs.reduce((sum, { inrushSeconds = 0 }) => sum + Math.max(staggerMs, inrushSeconds * 1000), VERIFYING_MS);
  const forSetup = mayBeCut.filter((spec) => inPhase(spec, 'setup'));
  for (const { id } of forSetup) from.set(id, planned.setupAtMs - lengthMs(forSetup));
  const later = mayBeCut.filter(
    (spec) => !inPhase(spec, 'setup') && (inPhase(spec, 'rehearsal') || inPhase(spec, 'live')),
  );
  for (const { id } of later) from.set(id, planned.startsAtMs - leadMs - lengthMs(mayBeCut));
  return from;
}
