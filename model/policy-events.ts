/** How what happens changes what the cutting policy knows. Nothing is decided here. */
import type { PlugSpec } from './plug.ts';
import {
  AT_THE_PLUG,
  fresh,
  type NotedReading,
  type Observed,
  type PlugState,
  type PolicyEvent,
  type PolicyState,
  plugOf,
  type Studio,
} from './policy-state.ts';
import type { CommandOutcome } from './ports.ts';

/** A restore that failed is tried again after this, doubling each time up to the last, as long as the session runs. */
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 60_000;
/** A command whose success was not seen may still be carried out for this long. */
const LATE_MS = 5 * 60_000;

/** Takes note of what happened and decides nothing. */
export function observe(studio: Studio, before: PolicyState, event: Observed, nowMs: number): PolicyState {
  const state: PolicyState = { ...before, plugs: { ...before.plugs } };
  apply(studio, state, event, nowMs);
  return state;
}

/** Takes note of readings, oldest first, and decides nothing: of many at once the state is copied once. */
export function observeReadings(studio: Studio, before: PolicyState, readings: readonly NotedReading[]): PolicyState {
  const state: PolicyState = { ...before, plugs: { ...before.plugs } };
  for (const { reading, atMs } of readings) apply(studio, state, reading, atMs);
  return state;
}

/** Puts what happened into `state`, which the caller owns. */
export function apply(studio: Studio, state: PolicyState, event: Observed, nowMs: number) {
  switch (event.type) {
    case 'tick':
      return;
    case 'session':
      applySession(state, event, nowMs);
      return;
    case 'plan':
      state.planned = event.next;
      return;
    case 'hold':
      state.hold = event.untilMs === null ? null : { sinceMs: nowMs, untilMs: event.untilMs, by: event.by };
      return;
    case 'cut-now':
      for (const { id, essential } of studio.plugs) {
        if (!essential && event.plugs.includes(id))
          state.plugs[id] = { ...plugOf(state, id), graceSkippedBy: event.by };
      }
      return;
  }
  const spec = studio.plugs.find((plug) => plug.id === event.plug);
  if (!spec) return;
  const plug = plugOf(state, spec.id);
  if (event.type === 'reading')
    state.plugs[spec.id] = applyReading(spec, plug, event, state.session === 'running', nowMs);
  else if (event.type === 'offline')
    state.plugs[spec.id] = { ...plug, readingAtMs: null, quietSinceMs: null, offSinceMs: null };
  else if (event.type === 'release') state.plugs[spec.id] = { ...plug, override: null };
  else if (event.type === 'shutdown-outcome') state.plugs[spec.id] = applyShutdown(plug, event);
  else state.plugs[spec.id] = applyOutcome(studio, plug, event, nowMs);
}

function applySession(state: PolicyState, event: Extract<PolicyEvent, { type: 'session' }>, nowMs: number): void {
  const changed = event.phase !== state.phase;
  state.session = event.status;
  state.doubt = event.doubt ?? null;
  state.phase = event.phase;
  if (event.status === 'running') {
    state.sawSession = true;
    state.standbySinceMs = null;
  } else if (event.status === 'none' && state.sawSession) {
    state.sawSession = false;
    state.standbySinceMs = nowMs;
  }
  if (!changed) return;
  state.phaseBy = event.by ?? null;
  for (const [id, plug] of Object.entries(state.plugs)) {
    state.plugs[id] = {
      ...plug,
      override: null,
      graceSkippedBy: null,
      // What was shut down for a cut that did not come stays known: its load must be started again.
      shutdown: event.status === 'running' && plug.shutdown?.outcome === 'asked' ? plug.shutdown : null,
      attempts: 0,
      retryAtMs: null,
      alarm: null,
      rehearsed: false,
    };
  }
}

function applyReading(
  spec: PlugSpec,
  before: PlugState,
  event: Extract<PolicyEvent, { type: 'reading' }>,
  wantedOn: boolean,
  nowMs: number,
): PlugState {
  const { watts, tripped = false } = event;
  const plug = { ...before, readingAtMs: nowMs, watts, tripped, relay: event.relay ?? before.relay };
  const unbroken = fresh(spec, before, nowMs);
  const since = (atMost: number | null, beforeMs: number | null) =>
    atMost === null || (watts !== null && watts <= atMost) ? ((unbroken ? beforeMs : null) ?? nowMs) : null;
  plug.quietSinceMs = since(spec.idleWatts, before.quietSinceMs);
  plug.offSinceMs = since(spec.offWatts ?? null, before.offSinceMs);
  // A plug that comes back may be tried again, and one that is on after all gives no alarm.
  if (!unbroken || (wantedOn && event.relay && before.cutByOffair)) {
    plug.attempts = 0;
    plug.retryAtMs = null;
    plug.alarm = null;
  }
  if (event.relay === null || before.pending) return plug;
  // A plug may obey late: until then a cut that was sent is still to be restored.
  const mayComeLate = before.attempts > 0 && nowMs - (before.switchedOffAtMs ?? 0) < LATE_MS;
  if (event.relay && !mayComeLate) plug.cutByOffair = false;
  if (before.relay === null || event.relay === before.relay) return plug;
  // Nobody here switched it: a person did, at the plug or in its app.
  plug.override = { power: event.relay, by: AT_THE_PLUG };
  if (event.relay) plug.switchedOnAtMs = nowMs;
  else plug.switchedOffAtMs = nowMs;
  return plug;
}

function applyShutdown(before: PlugState, event: Extract<PolicyEvent, { type: 'shutdown-outcome' }>): PlugState {
  if (before.shutdown?.orderId !== event.orderId) return before;
  const { outcome, detail } = event;
  return { ...before, shutdown: outcome === 'refused' ? null : { ...before.shutdown, outcome, detail } };
}

function applyOutcome(
  studio: Studio,
  before: PlugState,
  event: { commandId: string; outcome: CommandOutcome; relay: boolean | null; detail: string },
  nowMs: number,
): PlugState {
  if (before.pending?.commandId !== event.commandId) return before;
  const { to } = before.pending;
  const plug: PlugState = { ...before, pending: null };
  if (event.outcome === 'dry-run') return { ...plug, rehearsed: true };
  // Unknown stays unknown: the next reading tells.
  plug.relay = event.relay;
  if (event.outcome === 'verified')
    return { ...plug, attempts: 0, retryAtMs: null, alarm: null, cutByOffair: to === 'off' };
  if (before.pending.by !== 'policy') plug.override = null;
  plug.attempts += 1;
  plug.retryAtMs = nowMs + Math.min(FIRST_RETRY_MS * 2 ** (plug.attempts - 1), LAST_RETRY_MS);
  if (plug.attempts >= studio.settings.maxAttempts) {
    plug.alarm = `could not be switched ${to} in ${plug.attempts} attempts (${event.detail}): look at the plug`;
  }
  return plug;
}
