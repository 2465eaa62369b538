/** What of the cutting policy's knowledge outlives a restart, and what is known when the memory was lost. */
import type { PlugId } from './plug.ts';
import { NEW_PLUG, NEW_POLICY, type PlugState, type PolicyState, type Studio } from './policy-state.ts';

/**
 * What a restart keeps: times, counts, overrides, a hold. What it must see anew: readings, plans, whether a session runs.
 * A command under way at the stop is forgotten: its outcome is unknown, and the first reading tells the relay. So is the
 * outcome of a shutdown, which is not told twice.
 * A moment that now lies in the future (the clock is behind) becomes now: then it holds its full time and no longer.
 * A session that ended before gets its full grace period again: a start switches nothing.
 */
export function adopt(state: PolicyState, nowMs: number): PolicyState {
  const past = (atMs: number | null) => (atMs === null ? null : Math.min(atMs, nowMs));
  const plugs: PolicyState['plugs'] = {};
  for (const [id, plug] of Object.entries(state.plugs)) {
    plugs[id] = {
      ...NEW_PLUG,
      ...plug,
      relay: plug.pending ? null : plug.relay,
      watts: null,
      readingAtMs: null,
      quietSinceMs: null,
      offSinceMs: null,
      pending: null,
      graceSkippedBy: null,
      shutdown: adoptShutdown(plug.shutdown ?? null, nowMs),
      retryAtMs: null,
      switchedOnAtMs: past(plug.switchedOnAtMs),
      switchedOffAtMs: past(plug.switchedOffAtMs),
      commandTimesMs: plug.commandTimesMs.map((atMs) => Math.min(atMs, nowMs)),
    };
  }
  return {
    ...NEW_POLICY,
    ...state,
    session: 'unknown',
    doubt: null,
    standbySinceMs: state.standbySinceMs === null ? null : nowMs,
    lastRestoreAtMs: past(state.lastRestoreAtMs),
    hold: adoptHold(state.hold ?? null, nowMs),
    planned: null,
    plugs,
  };
}

function adoptShutdown(shutdown: PlugState['shutdown'], nowMs: number): PlugState['shutdown'] {
  if (!shutdown) return null;
  const atMs = Math.min(shutdown.atMs, nowMs);
  if (shutdown.outcome !== 'under-way') return { ...shutdown, atMs };
  return { ...shutdown, atMs, outcome: 'failed', detail: 'offair was restarted meanwhile and does not know' };
}

function adoptHold(hold: PolicyState['hold'], nowMs: number): PolicyState['hold'] {
  if (!hold) return null;
  const aheadMs = Math.max(0, hold.sinceMs - nowMs);
  return { ...hold, sinceMs: hold.sinceMs - aheadMs, untilMs: hold.untilMs - aheadMs };
}

/** What is worth writing down: without what changes with every reading, and what a restart must see anew. */
export function memorable(state: PolicyState): PolicyState {
  const plugs = Object.entries(state.plugs).map(([id, plug]): [PlugId, PlugState] => [
    id,
    { ...plug, watts: null, readingAtMs: null, quietSinceMs: null, offSinceMs: null },
  ]);
  return { ...state, planned: null, plugs: Object.fromEntries(plugs) };
}

/** When the journal was lost nobody knows what was cut: what is off then counts as cut, so that the next live has it. */
export function withoutMemory(studio: Studio): PolicyState {
  return {
    ...NEW_POLICY,
    plugs: Object.fromEntries(studio.plugs.map(({ id }) => [id, { ...NEW_PLUG, cutByOffair: true }])),
  };
}
