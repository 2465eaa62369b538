/**
 * Who may be cut, and when. Pure: `decide(studio, state, event, nowMs) → {state, commands, shutdowns, refused}`.
 *
 * The invariants (DESIGN.md "Switching invariants") in one sentence each: an essential plug gets no command; nothing is
 * cut on air or while nobody knows; nothing in use or unheard of is cut; commands are few, dated, counted and verified;
 * a person's hand stands until the phase changes; starting and stopping switch nothing.
 *
 * `nowMs` is steady time: it never steps within a run and goes on across restarts (wall time of the start plus
 * monotonic time since).
 */
import type { PlugId, PlugSpec } from './plug.ts';
import { activeHold, type Block, capBlock, cutBlocks, offBlocks, onBlocks, tenth } from './policy-blocks.ts';
import { inRestoreOrder, issue, order, staggerEndMs } from './policy-commands.ts';
import { apply, observe } from './policy-events.ts';
import { inPhase, neededFrom } from './policy-plan.ts';
import { type Reason, reason } from './policy-reasons.ts';
import {
  type Command,
  fresh,
  type PlugState,
  type PolicyEvent,
  type PolicyState,
  plugOf,
  type ShutdownOrder,
  type Studio,
} from './policy-state.ts';

export interface Decision {
  state: PolicyState;
  commands: Command[];
  /** Loads that are to be told to shut down. */
  shutdowns: ShutdownOrder[];
  /** Why a request was not followed; empty when it was. */
  refused: Reason[];
  /** When something is due if nothing happens before; null: not known. */
  againAtMs: number | null;
}

export type Action = 'cut' | 'shut-down' | 'restore' | 'hold' | 'never' | 'none';
export interface Intent {
  plug: PlugId;
  action: Action;
  reasons: Reason[];
  /** When it may come if nothing changes; null when that can't be told. */
  dueAtMs: number | null;
}

const MINUTE_MS = 60_000;
/** A computer that still runs after that did not obey. */
const SHUTDOWN_LATE_MS = 10 * MINUTE_MS;

export function decide(studio: Studio, before: PolicyState, event: PolicyEvent, nowMs: number): Decision {
  const state: PolicyState = { ...before, plugs: { ...before.plugs } };
  if (!activeHold(state, nowMs)) state.hold = null;
  const commands: Command[] = [];
  const shutdowns: ShutdownOrder[] = [];
  const refused: Reason[] = [];
  if (event.type === 'request') {
    const answer = request(studio, state, event, nowMs);
    refused.push(...answer.refused);
    commands.push(...answer.commands);
  } else {
    if (event.type === 'cut-now') refused.push(...againstCutNow(state, nowMs));
    if (refused.length === 0) apply(studio, state, event, nowMs);
  }
  const intents = preview(studio, state, nowMs);
  for (const intent of intents) {
    if (intent.action === 'cut') commands.push(issue(studio, state, intent.plug, 'off', intent.reasons, nowMs));
    else if (intent.action === 'shut-down') shutdowns.push(order(studio, state, intent.plug, intent.reasons, nowMs));
  }
  for (const spec of inRestoreOrder(studio)) {
    const intent = intents.find(({ plug, action }) => plug === spec.id && action === 'restore');
    // Several restores may be possible at once; each one sent puts off the next.
    if (!intent || staggerEndMs(studio, state) > nowMs) continue;
    commands.push(issue(studio, state, spec.id, 'on', intent.reasons, nowMs));
  }
  return { state, commands, shutdowns, refused, againAtMs: againAtMs(studio, state, intents, nowMs) };
}

/** What would be done now, plug by plug in the configuration's order, and why not. */
export function preview(studio: Studio, state: PolicyState, nowMs: number): Intent[] {
  const needed = neededFrom(studio, state);
  return studio.plugs.map((spec) => intend(studio, state, spec, needed.get(spec.id) ?? null, nowMs));
}

/** The same if the session ended now. */
export function previewIfEnded(studio: Studio, state: PolicyState, nowMs: number): Intent[] {
  const ended = observe(studio, state, { type: 'session', status: 'none', phase: 'standby' }, nowMs);
  return preview(studio, ended, nowMs);
}

/** The same if nobody waited for the end of the grace period, of the plugs that may be cut at all. */
export function previewCutNow(studio: Studio, state: PolicyState, nowMs: number): Intent[] {
  const plugs = studio.plugs.flatMap(({ id, essential }) => (essential ? [] : [id]));
  const hurried = observe(studio, state, { type: 'cut-now', plugs, by: '' }, nowMs);
  return preview(studio, hurried, nowMs).filter(({ plug }) => plugs.includes(plug));
}

function intent({ id }: PlugSpec, action: Action, reasons: Reason[], dueAtMs: number | null = null): Intent {
  return { plug: id, action, reasons, dueAtMs };
}

/** @param plannedAtMs from when on a planned live needs it; null: none does */
function intend(studio: Studio, state: PolicyState, spec: PlugSpec, plannedAtMs: number | null, nowMs: number): Intent {
  const plug = plugOf(state, spec.id);
  if (spec.essential) return intent(spec, 'never', [reason('essential')]);
  if (plug.pending) return intent(spec, 'none', [reason('being-switched', { to: plug.pending.to })]);
  const planned = plannedAtMs !== null && plannedAtMs <= nowMs;
  if (state.session === 'unknown' && !planned) return intent(spec, 'hold', [doubtOf(state)]);
  if (plug.override) return intent(spec, 'hold', [overrideOf(plug.override)]);
  if (state.session === 'running' && inPhase(spec, state.phase))
    return restore(studio, spec, plug, reason('session-phase', { phase: state.phase }), nowMs);
  if (planned) return restore(studio, spec, plug, reason('planned-live'), nowMs);
  if (state.session === 'running') {
    if (plug.relay !== false) return intent(spec, 'hold', [reason('session-runs')]);
    return plug.cutByOffair
      ? intent(spec, 'none', [reason('not-in-phase', { phase: state.phase })], plannedAtMs)
      : intent(spec, 'none', [reason('nothing-to-restore')]);
  }
  return cut(studio, state, spec, plug, plannedAtMs, nowMs);
}

function restore(studio: Studio, spec: PlugSpec, plug: PlugState, why: Reason, nowMs: number): Intent {
  if (!(plug.cutByOffair && plug.relay !== true)) {
    const stays = plug.shutdown?.outcome === 'asked' && plug.watts !== null && plug.watts <= (spec.offWatts ?? 0);
    if (stays) return intent(spec, 'none', [reason('shut-down-stays')]);
    return intent(spec, 'none', [why.code === 'planned-live' ? why : reason('nothing-to-restore')]);
  }
  // A person may: they can look at it first.
  if (plug.tripped) return intent(spec, 'hold', [reason('protects-itself')]);
  const blocks = onBlocks(spec, plug, nowMs);
  if (plug.retryAtMs !== null && plug.retryAtMs > nowMs)
    blocks.push({
      why: reason('retry-soon', { detail: plug.alarm ?? 'it did not obey', attempts: plug.attempts }),
      untilMs: plug.retryAtMs,
    });
  if (blocks.length > 0) return intent(spec, 'hold', ...heldBy(blocks));
  if (studio.settings.dryRun && plug.rehearsed) return intent(spec, 'hold', [reason('dry-run', { to: 'on' })]);
  return intent(spec, 'restore', [why], nowMs);
}

function cut(
  studio: Studio,
  state: PolicyState,
  spec: PlugSpec,
  plug: PlugState,
  plannedAtMs: number | null,
  nowMs: number,
): Intent {
  const skippedBy = plug.graceSkippedBy;
  if (state.standbySinceMs === null && skippedBy === null) return intent(spec, 'none', [reason('no-session-ended')]);
  if (plug.relay === false)
    return plannedAtMs !== null && plug.cutByOffair
      ? intent(spec, 'none', [reason('planned-later')], plannedAtMs)
      : intent(spec, 'none', [reason('off-already')]);
  if (plug.alarm) return intent(spec, 'hold', [reason('not-obeyed', { detail: plug.alarm, attempts: plug.attempts })]);
  const blocks = cutBlocks(studio, state, spec, plug, nowMs);
  const graceEndMs = (state.standbySinceMs ?? nowMs) + studio.settings.graceMs;
  if (graceEndMs > nowMs && skippedBy === null) blocks.push({ why: reason('grace'), untilMs: graceEndMs });
  const earlier = cutBefore(studio, state, spec);
  if (earlier) blocks.push({ why: reason('cut-order', { plug: earlier.id, name: earlier.name }), untilMs: null });
  const notOff = offBlocks(spec, plug, nowMs);
  const toShutDown = spec.canShutDown && isOn(notOff);
  if (toShutDown && blocks.length === 0) {
    if (!plug.shutdown) return intent(spec, 'shut-down', [reason('shut-down-first')], nowMs);
    return intent(spec, 'hold', [shutdownReason(spec, plug, plug.shutdown, nowMs)]);
  }
  if (!toShutDown) blocks.push(...notOff);
  if (blocks.length > 0) return intent(spec, 'hold', ...heldBy(blocks));
  if (studio.settings.dryRun && plug.rehearsed) return intent(spec, 'hold', [reason('dry-run', { to: 'off' })]);
  return intent(spec, 'cut', [skippedBy === null ? reason('idle') : reason('cut-now', { by: skippedBy })], nowMs);
}

/** The load itself is on, and not only off for too short a time. */
function isOn(notOff: readonly Block[]): boolean {
  return notOff.some(({ why }) => why.code === 'not-shut-down');
}

function shutdownReason(
  { offWatts }: PlugSpec,
  { watts }: PlugState,
  { outcome, atMs, detail }: NonNullable<PlugState['shutdown']>,
  nowMs: number,
): Reason {
  if (outcome === 'dry-run') return reason('dry-run-shut-down');
  if (outcome === 'failed') return reason('shutdown-failed', { detail });
  const data = { watts: tenth(watts ?? 0), offWatts: offWatts ?? 0 };
  return nowMs - atMs >= SHUTDOWN_LATE_MS
    ? reason('shutdown-late', { ...data, minutes: Math.floor((nowMs - atMs) / MINUTE_MS) })
    : reason('shutting-down', data);
}

/** The first plug that is to be off before this one and is not known to be; null: there is none. */
function cutBefore(studio: Studio, state: PolicyState, { cutOrder = null }: PlugSpec): PlugSpec | null {
  if (cutOrder === null) return null;
  const waitsFor = studio.plugs.find((other) => {
    if (other.essential || (other.cutOrder ?? null) === null || (other.cutOrder ?? 0) >= cutOrder) return false;
    const { relay, pending, rehearsed } = plugOf(state, other.id);
    return relay !== false || pending !== null ? !(studio.settings.dryRun && rehearsed) : false;
  });
  return waitsFor ?? null;
}

/**
 * Whether a cut that was decided may still be sent: no live has begun meanwhile, nobody holds it, and the plug is heard
 * of and idle, its load off.
 */
export function mayStillBeCut(studio: Studio, state: PolicyState, id: PlugId, nowMs: number): boolean {
  const { offWatts = null } = studio.plugs.find((plug) => plug.id === id) ?? {};
  const { watts } = plugOf(state, id);
  return mayStillBeShutDown(studio, state, id, nowMs) && (offWatts === null || (watts !== null && watts <= offWatts));
}

/** The same of telling its load to shut down. */
export function mayStillBeShutDown(studio: Studio, state: PolicyState, id: PlugId, nowMs: number): boolean {
  const spec = studio.plugs.find((plug) => plug.id === id);
  const plug = plugOf(state, id);
  if (!spec || spec.essential || state.session !== 'none' || !fresh(spec, plug, nowMs)) return false;
  if (activeHold(state, nowMs)) return false;
  return spec.idleWatts === null || (plug.watts !== null && plug.watts <= spec.idleWatts);
}

/** Why nobody may do without the grace period now. */
function againstCutNow(state: PolicyState, nowMs: number): Reason[] {
  const against = againstAnyCut(state);
  const hold = activeHold(state, nowMs);
  if (hold) against.push(reason('held', { by: hold.by }));
  return against;
}

function againstAnyCut(state: PolicyState): Reason[] {
  if (state.session === 'running') return [reason('session-runs')];
  return state.session === 'unknown' ? [doubtOf(state)] : [];
}

function request(
  studio: Studio,
  state: PolicyState,
  event: Extract<PolicyEvent, { type: 'request' }>,
  nowMs: number,
): { commands: Command[]; refused: Reason[] } {
  const refuse = (...refused: Reason[]) => ({ commands: [], refused });
  const spec = studio.plugs.find((plug) => plug.id === event.plug);
  if (!spec) return refuse(reason('no-such-plug'));
  if (spec.essential) return refuse(reason('essential-refused'));
  const plug = plugOf(state, spec.id);
  if (plug.pending) return refuse(reason('being-switched', { to: plug.pending.to }));
  const on = event.power === 'on';
  const never = on ? [] : againstAnyCut(state);
  if (never.length > 0) return refuse(...never);
  const blocks = on
    ? onBlocks(spec, plug, nowMs)
    : [...cutBlocks(studio, state, spec, plug, nowMs), ...offBlocks(spec, plug, nowMs)];
  if (on) capBlock(blocks, plug, studio.settings.maxSwitchesPerHour - 1, nowMs);
  if (blocks.length > 0) return refuse(...reasonsOf(blocks));
  const command = issue(studio, state, spec.id, event.power, [reason('asked-for', { by: event.by })], nowMs, event.by);
  if (!command.dryRun) {
    state.plugs[spec.id] = { ...plugOf(state, spec.id), override: { power: on, by: event.by } };
  }
  return { commands: [command], refused: [] };
}

function againAtMs(studio: Studio, state: PolicyState, intents: readonly Intent[], nowMs: number): number | null {
  const times = intents.flatMap(({ dueAtMs }) => (dueAtMs !== null && dueAtMs > nowMs ? [dueAtMs] : []));
  if (intents.some(({ plug, action }) => action === 'restore' && !plugOf(state, plug).pending))
    times.push(staggerEndMs(studio, state));
  return times.length > 0 ? times.reduce((first, atMs) => Math.min(first, atMs)) : null;
}

function heldBy(blocks: readonly Block[]): [reasons: Reason[], dueAtMs: number | null] {
  const known = blocks.every(({ untilMs }) => untilMs !== null);
  return [reasonsOf(blocks), known ? Math.max(...blocks.map(({ untilMs }) => untilMs ?? 0)) : null];
}

function reasonsOf(blocks: readonly Block[]): Reason[] {
  // Quiet and off for long enough are two questions with one name.
  return [...new Map(blocks.map(({ why }) => [why.code, why])).values()];
}

function doubtOf({ doubt }: PolicyState): Reason {
  return doubt ?? reason('session-unknown');
}

function overrideOf({ power, by }: NonNullable<PlugState['override']>): Reason {
  return reason('override', { to: power ? 'on' : 'off', by });
}
