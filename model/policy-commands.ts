/** Commands as they are made: numbered, dated, noted in the state before anybody sends them. */
import type { PlugId, PlugSpec } from './plug.ts';
import type { Reason } from './policy-reasons.ts';
import { type Command, type PolicyState, plugOf, type ShutdownOrder, type Studio } from './policy-state.ts';

/**
 * A command to this plug, noted in `state`, which the caller owns.
 * @param by who asked for it; the policy itself when left out, or who did without the grace period
 */
export function issue(
  studio: Studio,
  state: PolicyState,
  id: PlugId,
  to: 'on' | 'off',
  reasons: Reason[],
  nowMs: number,
  by?: string,
): Command {
  const { dryRun, maxSwitchesPerHour } = studio.settings;
  const plug = plugOf(state, id);
  const whose = by ?? (to === 'off' ? (plug.graceSkippedBy ?? 'policy') : 'policy');
  const command: Command = { ...dated(studio, state, id, reasons, whose, nowMs), to };
  state.plugs[id] = {
    ...plug,
    pending: { commandId: command.id, to, by: whose },
    ...(dryRun
      ? {}
      : {
          // Kept by number, not by age: a clock that goes back must not bring room for more.
          commandTimesMs: [...plug.commandTimesMs, nowMs].slice(-2 * maxSwitchesPerHour),
          // Meant before it is known: a cut whose outcome stays unknown must still be restored.
          cutByOffair: to === 'off' ? true : plug.cutByOffair,
          ...(to === 'on' ? { switchedOnAtMs: nowMs } : { switchedOffAtMs: nowMs }),
        }),
  };
  if (to === 'on') {
    state.lastRestoreAtMs = nowMs;
    state.lastInrushMs = (studio.plugs.find((spec) => spec.id === id)?.inrushSeconds ?? 0) * 1000;
  }
  return command;
}

/** A load told to shut down, once until the phase changes. */
export function order(studio: Studio, state: PolicyState, id: PlugId, reasons: Reason[], nowMs: number): ShutdownOrder {
  const plug = plugOf(state, id);
  const made = dated(studio, state, id, reasons, plug.graceSkippedBy ?? 'policy', nowMs);
  state.plugs[id] = {
    ...plug,
    shutdown: { orderId: made.id, atMs: nowMs, outcome: 'under-way', detail: '' },
  };
  return { ...made, to: 'shut-down' };
}

function dated(
  studio: Studio,
  state: PolicyState,
  plug: PlugId,
  reasons: Reason[],
  by: string,
  nowMs: number,
): Omit<Command, 'to'> {
  const { dryRun, commandTtlMs } = studio.settings;
  const id = `${nowMs.toString(36)}-${state.nextCommand}`;
  state.nextCommand += 1;
  const source = by === 'policy' ? state.phaseBy : null;
  const wattsBefore = plugOf(state, plug).watts;
  return {
    ...{ id, plug, reasons, by, source, wattsBefore },
    ...{ issuedAtMs: nowMs, expiresAtMs: nowMs + commandTtlMs, dryRun },
  };
}

export function inRestoreOrder(studio: Studio): PlugSpec[] {
  return studio.plugs.toSorted((one, other) => (one.restoreOrder ?? 0) - (other.restoreOrder ?? 0));
}

/** The next restore is sent from then on. */
export function staggerEndMs({ settings }: Studio, { lastRestoreAtMs, lastInrushMs }: PolicyState): number {
  return lastRestoreAtMs === null
    ? Number.NEGATIVE_INFINITY
    : lastRestoreAtMs + Math.max(settings.staggerMs, lastInrushMs);
}
