/**
 * What the cutting policy knows: of the session, of each plug, of what was done. Everything here is memory; the
 * decisions are in `policy.ts`. Moments are steady time, ms: it never steps within a run and goes on across restarts
 * (wall time of the start plus monotonic time since).
 */
import type { PlugId, PlugSpec } from './plug.ts';
import type { Reason } from './policy-reasons.ts';
import type { CommandOutcome, Phase } from './ports.ts';
import type { Doubt } from './source-words.ts';

export interface PolicySettings {
  /** Nothing is sent; the log says what would have been. */
  dryRun: boolean;
  /** From the end of a session to the first cut, ms. */
  graceMs: number;
  /** Between two restores, so that inrush currents don't add up, ms. */
  staggerMs: number;
  /**
   * Commands per plug and hour, both ways. It binds cuts, which need room for the restore that follows them, and
   * requests; never a restore in a session, which its retry times bound: a studio must not stay dark for a number.
   */
  maxSwitchesPerHour: number;
  /** A command not carried out by then never is, ms. */
  commandTtlMs: number;
  /** Failed commands in a row before an alarm; after it a cut is not tried again in this phase. A restore is. */
  maxAttempts: number;
  /** All restores for a planned live are to be finished so long before it, ms. */
  leadMs: number;
}

export interface Studio {
  plugs: readonly PlugSpec[];
  settings: PolicySettings;
}

export interface Command {
  id: string;
  plug: PlugId;
  to: 'on' | 'off';
  reasons: Reason[];
  /** `policy`, or the person or program that asked. */
  by: string;
  /** Of the policy's own: who or what changed the phase that it follows from. */
  source: string | null;
  /** What it drew when that was decided, W. */
  wattsBefore: number | null;
  issuedAtMs: number;
  expiresAtMs: number;
  dryRun: boolean;
}

/** A load that is to be told to shut down, so that it can be cut later. */
export interface ShutdownOrder extends Omit<Command, 'to'> {
  to: 'shut-down';
}

/** `tripped`: its flags say that it switched itself off, or is about to. */
interface ReadingEvent {
  type: 'reading';
  plug: PlugId;
  watts: number | null;
  relay: boolean | null;
  tripped?: boolean;
}

export interface NotedReading {
  reading: ReadingEvent;
  atMs: number;
}

export type PolicyEvent =
  | ReadingEvent
  | { type: 'offline'; plug: PlugId }
  /** `unknown`: nobody can tell whether a session runs; `doubt` says why. `by`: who or what changed it. */
  | { type: 'session'; status: 'running' | 'none' | 'unknown'; phase: Phase; doubt?: Doubt | null; by?: string | null }
  /** When the next live is set up for and begins, as planned; null: none is planned. */
  | { type: 'plan'; next: PlannedTimes | null }
  /** A person asks, by the API or the page. */
  | { type: 'request'; plug: PlugId; power: 'on' | 'off'; by: string }
  /** A person keeps everything on until then; null: no longer. */
  | { type: 'hold'; untilMs: number | null; by: string }
  /** A person does not want to wait for the end of the grace period. */
  | { type: 'cut-now'; plugs: readonly PlugId[]; by: string }
  /** A person lets the policy have a plug again that was switched by hand. */
  | { type: 'release'; plug: PlugId }
  /** What became of a command; `relay` is what the read-back said. */
  | { type: 'outcome'; commandId: string; plug: PlugId; outcome: CommandOutcome; relay: boolean | null; detail: string }
  /** What became of telling a load to shut down; `refused`: things had changed, and it may be decided again. */
  | { type: 'shutdown-outcome'; orderId: string; plug: PlugId; outcome: ShutdownOutcome; detail: string }
  | { type: 'tick' };

export type ShutdownOutcome = 'asked' | 'failed' | 'dry-run' | 'refused';

/** All but what must be answered. */
export type Observed = Exclude<PolicyEvent, { type: 'request' }>;

export interface PlannedTimes {
  setupAtMs: number;
  startsAtMs: number;
}

export interface PlugState {
  relay: boolean | null;
  watts: number | null;
  readingAtMs: number | null;
  /** The plug itself protects its load or itself: the policy does not switch it on against that. */
  tripped: boolean;
  /** Since when the draw has been at or under the idle threshold, without a break in the readings. */
  quietSinceMs: number | null;
  /** The same of the draw at which its load is off. */
  offSinceMs: number | null;
  switchedOnAtMs: number | null;
  switchedOffAtMs: number | null;
  /** The latest commands, oldest first. */
  commandTimesMs: number[];
  /** A person switched it: it stands until the next change of phase. */
  override: { power: boolean; by: string } | null;
  /** Who did not want to wait for the end of the grace period; until the next change of phase. */
  graceSkippedBy: string | null;
  /** offair cut it, so offair restores it. */
  cutByOffair: boolean;
  pending: { commandId: string; to: 'on' | 'off'; by: string } | null;
  /** Its load was told to shut down, once until the next change of phase. */
  shutdown: {
    orderId: string;
    atMs: number;
    outcome: 'under-way' | Exclude<ShutdownOutcome, 'refused'>;
    detail: string;
  } | null;
  /** Commands in a row that were not verified. */
  attempts: number;
  /** A restore that failed is tried again from then on. */
  retryAtMs: number | null;
  alarm: string | null;
  /** Dry run: already said of this phase. */
  rehearsed: boolean;
}

/** Plain JSON: it survives a restart. */
export interface PolicyState {
  session: 'running' | 'none' | 'unknown';
  /** Why it is unknown, or null. */
  doubt: Doubt | null;
  phase: Phase;
  /** Who or what began this phase. */
  phaseBy: string | null;
  /** A session was seen running since the last cut was due. */
  sawSession: boolean;
  /** When the last session ended: only a session's end makes cuts due, never a start of the daemon. */
  standbySinceMs: number | null;
  lastRestoreAtMs: number | null;
  /** How long the inrush of the plug restored last lasts, ms. */
  lastInrushMs: number;
  /** A person keeps everything on. */
  hold: { sinceMs: number; untilMs: number; by: string } | null;
  planned: PlannedTimes | null;
  nextCommand: number;
  plugs: Record<PlugId, PlugState>;
}

/** A restore that failed is tried again after this, doubling each time up to the last, as long as the session runs. */
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 60_000;
/** A command whose success was not seen may still be carried out for this long. */
const LATE_MS = 5 * 60_000;

/** Who switched a plug that nobody asked offair to switch. */
export const AT_THE_PLUG = 'the plug or its app';

export const NEW_PLUG: PlugState = {
  relay: null,
  watts: null,
  readingAtMs: null,
  tripped: false,
  quietSinceMs: null,
  offSinceMs: null,
  switchedOnAtMs: null,
  switchedOffAtMs: null,
  commandTimesMs: [],
  override: null,
  graceSkippedBy: null,
  cutByOffair: false,
  pending: null,
  shutdown: null,
  attempts: 0,
  retryAtMs: null,
  alarm: null,
  rehearsed: false,
};

export const NEW_POLICY: PolicyState = {
  session: 'unknown',
  doubt: null,
  phase: 'standby',
  phaseBy: null,
  sawSession: false,
  standbySinceMs: null,
  lastRestoreAtMs: null,
  lastInrushMs: 0,
  hold: null,
  planned: null,
  nextCommand: 1,
  plugs: {},
};

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

/** A reading young enough to be true. */
export function fresh(spec: PlugSpec, plug: PlugState, nowMs: number): boolean {
  return plug.readingAtMs !== null && nowMs - plug.readingAtMs <= spec.staleAfterMs;
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

export function plugOf(state: PolicyState, id: PlugId): PlugState {
  return state.plugs[id] ?? NEW_PLUG;
}
