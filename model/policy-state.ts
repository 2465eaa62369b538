/**
 * What the cutting policy knows: of the session, of each plug, of what was done. Events change it in
 * `policy-events.ts`, a restart in `policy-memory.ts`; the decisions are in `policy.ts`. Moments are steady time, ms: it never steps within a run and goes on across restarts
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

/** A reading young enough to be true. */
export function fresh(spec: PlugSpec, plug: PlugState, nowMs: number): boolean {
  return plug.readingAtMs !== null && nowMs - plug.readingAtMs <= spec.staleAfterMs;
}

export function plugOf(state: PolicyState, id: PlugId): PlugState {
  return state.plugs[id] ?? NEW_PLUG;
}
