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
import {
  apply,
  type Command,
  fresh,
  type PlugState,
  type PolicyEvent,
  type PolicyState,
  plugOf,
  type Studio,
} from './policy-state.ts';

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
  if (state.session === 'unknown') return hold([state.doubt ?? 'not known whether a session runs']);
  if (plug.override) {
    return hold([
      `switched ${plug.override.power ? 'on' : 'off'} by ${plug.override.by}: stands until the phase changes`,
    ]);
  }
  const wanted = state.session === 'running' ? 'on' : 'off';
  if (wanted === 'on' && !(plug.cutByOffair && plug.relay !== true)) return nothing('nothing to restore');
  // A person may: they can look at it first.
  if (wanted === 'on' && plug.tripped) return hold(['its plug protects itself or its load: look at it first']);
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

/**
 * Whether a cut that was decided may still be sent: no live has begun meanwhile, and the plug is heard of and idle.
 */
export function mayStillBeCut(studio: Studio, state: PolicyState, id: PlugId, nowMs: number): boolean {
  const spec = studio.plugs.find((plug) => plug.id === id);
  const plug = plugOf(state, id);
  if (!spec || spec.essential || state.session !== 'none' || !fresh(spec, plug, nowMs)) return false;
  return spec.idleWatts === null || (plug.watts !== null && plug.watts <= spec.idleWatts);
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

function staggered(studio: Studio, state: PolicyState, nowMs: number): boolean {
  return state.lastRestoreAtMs === null || nowMs - state.lastRestoreAtMs >= studio.settings.staggerMs;
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
  if (!on && state.session === 'unknown')
    return refuse(`${state.doubt ?? 'not known whether a session runs'}: nothing is cut`);
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
