/**
 * Who may be cut, and when. Pure: `decide(studio, state, event, nowMs) → {state, commands, refused}`.
 *
 * The invariants (DESIGN.md "Switching invariants") in one sentence each: an essential plug gets no command; nothing is
 * cut on air or while nobody knows; nothing in use or unheard of is cut; commands are few, dated, counted and verified;
 * a person's hand stands until the phase changes; starting and stopping switch nothing.
 *
 * `nowMs` is steady time: it never steps within a run and goes on across restarts (wall time of the start plus
 * monotonic time since).
 */
import type { PlugId, PlugSpec } from './plug.ts';
import type { CommandOutcome, Phase } from './ports.ts';

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
}

export interface Studio {
  plugs: readonly PlugSpec[];
  settings: PolicySettings;
}

export interface Command {
  id: string;
  plug: PlugId;
  to: 'on' | 'off';
  reason: string;
  by: string;
  issuedAtMs: number;
  expiresAtMs: number;
  dryRun: boolean;
}

export type PolicyEvent =
  | { type: 'reading'; plug: PlugId; watts: number | null; relay: boolean | null }
  | { type: 'offline'; plug: PlugId }
  /** `unknown`: nobody can tell whether a session runs. */
  | { type: 'session'; status: 'running' | 'none' | 'unknown'; phase: Phase }
  /** A person asks, by the API or the page. */
  | { type: 'request'; plug: PlugId; power: 'on' | 'off'; by: string }
  /** What became of a command; `relay` is what the read-back said. */
  | { type: 'outcome'; commandId: string; plug: PlugId; outcome: CommandOutcome; relay: boolean | null; detail: string }
  | { type: 'tick' };

export interface PlugState {
  relay: boolean | null;
  watts: number | null;
  readingAtMs: number | null;
  /** Since when the draw has been at or under the idle threshold, without a break in the readings. */
  quietSinceMs: number | null;
  switchedOnAtMs: number | null;
  switchedOffAtMs: number | null;
  /** The latest commands, oldest first. */
  commandTimesMs: number[];
  /** A person switched it: it stands until the next change of phase. */
  override: { power: boolean; by: string } | null;
  /** offair cut it, so offair restores it. */
  cutByOffair: boolean;
  pending: { commandId: string; to: 'on' | 'off'; by: string } | null;
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
  phase: Phase;
  /** A session was seen running since the last cut was due. */
  sawSession: boolean;
  /** When the last session ended: only a session's end makes cuts due, never a start of the daemon. */
  standbySinceMs: number | null;
  lastRestoreAtMs: number | null;
  nextCommand: number;
  plugs: Record<PlugId, PlugState>;
}

export interface Decision {
  state: PolicyState;
  commands: Command[];
  /** Why a request was not followed; empty when it was. */
  refused: string[];
}

export type Action = 'cut' | 'restore' | 'hold' | 'never' | 'none';
export interface Intent {
  plug: PlugId;
  action: Action;
  reasons: string[];
  /** When it may come if nothing changes; null when that can't be told. */
  dueAtMs: number | null;
}

const HOUR_MS = 3_600_000;
/** A restore that failed is tried again after this, doubling each time up to the last, as long as the session runs. */
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 60_000;

export const NEW_PLUG: PlugState = {
  relay: null,
  watts: null,
  readingAtMs: null,
  quietSinceMs: null,
  switchedOnAtMs: null,
  switchedOffAtMs: null,
  commandTimesMs: [],
  override: null,
  cutByOffair: false,
  pending: null,
  attempts: 0,
  retryAtMs: null,
  alarm: null,
  rehearsed: false,
};

export const NEW_POLICY: PolicyState = {
  session: 'unknown',
  phase: 'standby',
  sawSession: false,
  standbySinceMs: null,
  lastRestoreAtMs: null,
  nextCommand: 1,
  plugs: {},
};

/**
 * What a restart keeps: times, counts, overrides. What it must see anew: readings, and whether a session runs.
 * A command under way at the stop is forgotten: its outcome is unknown, and the first reading tells the relay.
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
      pending: null,
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
    standbySinceMs: state.standbySinceMs === null ? null : nowMs,
    lastRestoreAtMs: past(state.lastRestoreAtMs),
    plugs,
  };
}

/** When the journal was lost nobody knows what was cut: what is off then counts as cut, so that the next live has it. */
export function withoutMemory(studio: Studio): PolicyState {
  return {
    ...NEW_POLICY,
    plugs: Object.fromEntries(studio.plugs.map(({ id }) => [id, { ...NEW_PLUG, cutByOffair: true }])),
  };
}

/** Takes note of what happened and decides nothing. */
export function observe(
  studio: Studio,
  before: PolicyState,
  event: Exclude<PolicyEvent, { type: 'request' }>,
  nowMs: number,
): PolicyState {
  const state: PolicyState = { ...before, plugs: { ...before.plugs } };
  apply(studio, state, event, nowMs);
  return state;
}

export function decide(studio: Studio, before: PolicyState, event: PolicyEvent, nowMs: number): Decision {
  const state: PolicyState = { ...before, plugs: { ...before.plugs } };
  const commands: Command[] = [];
  const refused: string[] = [];
  if (event.type === 'request') {
    const answer = request(studio, state, event, nowMs);
    refused.push(...answer.refused);
    commands.push(...answer.commands);
  } else {
    apply(studio, state, event, nowMs);
  }
  for (const intent of preview(studio, state, nowMs)) {
    if (intent.action !== 'cut' && intent.action !== 'restore') continue;
    const to = intent.action === 'cut' ? 'off' : 'on';
    // Several restores may be possible at once; each one sent puts off the next.
    if (to === 'on' && !staggered(studio, state, nowMs)) continue;
    commands.push(issue(studio, state, intent.plug, to, intent.reasons.join('; '), 'policy', nowMs));
  }
  return { state, commands, refused };
}

/** What would be done now, plug by plug in the configuration's order, and why not. */
export function preview(studio: Studio, state: PolicyState, nowMs: number): Intent[] {
  return studio.plugs.map((spec) => intend(studio, state, spec, nowMs));
}

function intend(studio: Studio, state: PolicyState, spec: PlugSpec, nowMs: number): Intent {
  const plug = plugOf(state, spec.id);
  const hold = (reasons: string[], dueAtMs: number | null = null): Intent => ({
    plug: spec.id,
    action: 'hold',
    reasons,
    dueAtMs,
  });
  const nothing = (reason: string): Intent => ({ plug: spec.id, action: 'none', reasons: [reason], dueAtMs: null });

  if (spec.essential) return { plug: spec.id, action: 'never', reasons: ['essential: never switched'], dueAtMs: null };
  if (plug.pending) return nothing(`being switched ${plug.pending.to}`);
  if (state.session === 'unknown') return hold(['not known whether a session runs']);
  if (plug.override) {
    return hold([
      `switched ${plug.override.power ? 'on' : 'off'} by ${plug.override.by}: stands until the phase changes`,
    ]);
  }
  const wanted = state.session === 'running' ? 'on' : 'off';
  if (wanted === 'on' && !(plug.cutByOffair && plug.relay !== true)) return nothing('nothing to restore');
  if (wanted === 'off' && state.standbySinceMs === null) return nothing('no session has ended since offair watches');
  if (wanted === 'off' && plug.relay === false) return nothing('off already');
  if (wanted === 'off' && plug.alarm) return hold([plug.alarm]);

  const blocks = wanted === 'on' ? onBlocks(spec, plug, nowMs) : cutBlocks(studio, spec, plug, nowMs);
  if (wanted === 'on' && plug.retryAtMs !== null && plug.retryAtMs > nowMs)
    blocks.push({ why: `${plug.alarm ?? 'it did not obey'}: tried again soon`, untilMs: plug.retryAtMs });
  if (wanted === 'off') {
    const dueAtMs = (state.standbySinceMs ?? nowMs) + studio.settings.graceMs;
    if (dueAtMs > nowMs) blocks.push({ why: 'grace period after the session', untilMs: dueAtMs });
  }
  if (blocks.length > 0) {
    const known = blocks.every((block) => block.untilMs !== null);
    const dueAtMs = known ? Math.max(...blocks.map((block) => block.untilMs ?? 0)) : null;
    return hold(
      blocks.map((block) => block.why),
      dueAtMs,
    );
  }
  if (studio.settings.dryRun && plug.rehearsed) return hold([`dry run: would have been switched ${wanted}`]);
  return wanted === 'on'
    ? { plug: spec.id, action: 'restore', reasons: [`session in phase ${state.phase}`], dueAtMs: nowMs }
    : { plug: spec.id, action: 'cut', reasons: ['no session, and not in use'], dueAtMs: nowMs };
}

interface Block {
  why: string;
  untilMs: number | null;
}

/** What forbids switching this plug off now, whoever asks. */
function cutBlocks(studio: Studio, spec: PlugSpec, plug: PlugState, nowMs: number): Block[] {
  const blocks: Block[] = [];
  const { settings } = studio;
  if (!fresh(spec, plug, nowMs) || plug.relay === null) {
    return [{ why: 'no fresh reading', untilMs: null }];
  }
  if (spec.idleWatts !== null) {
    if (plug.watts === null) blocks.push({ why: 'its draw is not known', untilMs: null });
    else if (plug.watts > spec.idleWatts)
      blocks.push({ why: `in use: ${plug.watts.toFixed(1)} W, idle is ${spec.idleWatts} W or less`, untilMs: null });
    else block(blocks, 'quiet time', plug.quietSinceMs, spec.quietSeconds * 1000, nowMs);
  }
  if (plug.switchedOnAtMs !== null)
    block(blocks, 'minimum time on', plug.switchedOnAtMs, spec.minOnSeconds * 1000, nowMs);
  capBlock(blocks, plug, settings.maxSwitchesPerHour - 2, nowMs);
  return blocks;
}

/** What forbids switching this plug on now, whoever asks. */
function onBlocks(spec: PlugSpec, plug: PlugState, nowMs: number): Block[] {
  const blocks: Block[] = [];
  if (!fresh(spec, plug, nowMs)) blocks.push({ why: 'no fresh reading', untilMs: null });
  if (plug.switchedOffAtMs !== null)
    block(blocks, 'minimum time off', plug.switchedOffAtMs, spec.minOffSeconds * 1000, nowMs);
  return blocks;
}

function block(blocks: Block[], why: string, sinceMs: number | null, lengthMs: number, nowMs: number): void {
  const untilMs = (sinceMs ?? nowMs) + lengthMs;
  if (untilMs > nowMs) blocks.push({ why, untilMs });
}

function capBlock(blocks: Block[], plug: PlugState, atMost: number, nowMs: number): void {
  const recent = plug.commandTimesMs.filter((atMs) => atMs > nowMs - HOUR_MS);
  if (recent.length <= atMost) return;
  const freeing = recent[recent.length - atMost - 1] ?? nowMs;
  blocks.push({ why: 'switched too often in the last hour', untilMs: atMost < 0 ? null : freeing + HOUR_MS });
}

function fresh(spec: PlugSpec, plug: PlugState, nowMs: number): boolean {
  return plug.readingAtMs !== null && nowMs - plug.readingAtMs <= spec.staleAfterMs;
}

function staggered(studio: Studio, state: PolicyState, nowMs: number): boolean {
  return state.lastRestoreAtMs === null || nowMs - state.lastRestoreAtMs >= studio.settings.staggerMs;
}

function apply(studio: Studio, state: PolicyState, event: Exclude<PolicyEvent, { type: 'request' }>, nowMs: number) {
  if (event.type === 'tick') return;
  if (event.type === 'session') {
    applySession(state, event, nowMs);
    return;
  }
  const spec = studio.plugs.find((plug) => plug.id === event.plug);
  if (!spec) return;
  const plug = plugOf(state, spec.id);
  if (event.type === 'reading')
    state.plugs[spec.id] = applyReading(spec, plug, event, state.session === 'running', nowMs);
  else if (event.type === 'offline') state.plugs[spec.id] = { ...plug, readingAtMs: null, quietSinceMs: null };
  else state.plugs[spec.id] = applyOutcome(studio, plug, event, nowMs);
}

function applySession(state: PolicyState, event: Extract<PolicyEvent, { type: 'session' }>, nowMs: number): void {
  const changed = event.phase !== state.phase;
  state.session = event.status;
  state.phase = event.phase;
  if (event.status === 'running') {
    state.sawSession = true;
    state.standbySinceMs = null;
  } else if (event.status === 'none' && state.sawSession) {
    state.sawSession = false;
    state.standbySinceMs = nowMs;
  }
  if (!changed) return;
  for (const [id, plug] of Object.entries(state.plugs)) {
    state.plugs[id] = { ...plug, override: null, attempts: 0, retryAtMs: null, alarm: null, rehearsed: false };
  }
}

function applyReading(
  spec: PlugSpec,
  before: PlugState,
  event: { watts: number | null; relay: boolean | null },
  wantedOn: boolean,
  nowMs: number,
): PlugState {
  const plug = { ...before, readingAtMs: nowMs, watts: event.watts, relay: event.relay ?? before.relay };
  const unbroken = fresh(spec, before, nowMs);
  const idle = spec.idleWatts === null || (event.watts !== null && event.watts <= spec.idleWatts);
  plug.quietSinceMs = idle ? ((unbroken ? before.quietSinceMs : null) ?? nowMs) : null;
  // A plug that comes back may be tried again, and one that is on after all gives no alarm.
  if (!unbroken || (wantedOn && event.relay && before.cutByOffair)) {
    plug.attempts = 0;
    plug.retryAtMs = null;
    plug.alarm = null;
  }
  if (event.relay === null || before.pending) return plug;
  if (event.relay) plug.cutByOffair = false;
  if (before.relay === null || event.relay === before.relay) return plug;
  // Nobody here switched it: a person did, at the plug or in its app.
  plug.override = { power: event.relay, by: 'the plug or its app' };
  if (event.relay) plug.switchedOnAtMs = nowMs;
  else plug.switchedOffAtMs = nowMs;
  return plug;
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

function request(
  studio: Studio,
  state: PolicyState,
  event: Extract<PolicyEvent, { type: 'request' }>,
  nowMs: number,
): { commands: Command[]; refused: string[] } {
  const refuse = (...refused: string[]) => ({ commands: [], refused });
  const spec = studio.plugs.find((plug) => plug.id === event.plug);
  if (!spec) return refuse('no such plug');
  if (spec.essential) return refuse('this plug is essential: it is never switched. Change the configuration first');
  const plug = plugOf(state, spec.id);
  if (plug.pending) return refuse(`it is being switched ${plug.pending.to} right now`);
  const on = event.power === 'on';
  if (!on && state.session === 'running') return refuse('a session runs: nothing is cut');
  if (!on && state.session === 'unknown') return refuse('not known whether a session runs: nothing is cut');
  const blocks = on ? onBlocks(spec, plug, nowMs) : cutBlocks(studio, spec, plug, nowMs);
  if (on) capBlock(blocks, plug, studio.settings.maxSwitchesPerHour - 1, nowMs);
  if (blocks.length > 0) return refuse(...blocks.map((b) => b.why));
  const command = issue(studio, state, spec.id, event.power, 'asked for', event.by, nowMs);
  if (!command.dryRun) {
    state.plugs[spec.id] = { ...plugOf(state, spec.id), override: { power: on, by: event.by } };
  }
  return { commands: [command], refused: [] };
}

function issue(
  studio: Studio,
  state: PolicyState,
  id: PlugId,
  to: 'on' | 'off',
  reason: string,
  by: string,
  nowMs: number,
): Command {
  const { dryRun, commandTtlMs, maxSwitchesPerHour } = studio.settings;
  const commandId = `${nowMs.toString(36)}-${state.nextCommand}`;
  state.nextCommand += 1;
  const plug = plugOf(state, id);
  state.plugs[id] = {
    ...plug,
    pending: { commandId, to, by },
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
  if (to === 'on') state.lastRestoreAtMs = nowMs;
  return { id: commandId, plug: id, to, reason, by, issuedAtMs: nowMs, expiresAtMs: nowMs + commandTtlMs, dryRun };
}

function plugOf(state: PolicyState, id: PlugId): PlugState {
  return state.plugs[id] ?? NEW_PLUG;
}
