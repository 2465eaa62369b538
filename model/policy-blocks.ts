/** What stands in the way of switching a plug now, whoever asks, and how long. */
import type { PlugSpec } from './plug.ts';
import { type Reason, reason } from './policy-reasons.ts';
import { fresh, type PlugState, type PolicyState, type Studio } from './policy-state.ts';

export interface Block {
  why: Reason;
  /** null: nobody can tell. */
  untilMs: number | null;
}

const HOUR_MS = 3_600_000;

/** What forbids cutting it. Without the bound of a load that can be shut down: see `offBlocks`. */
export function cutBlocks(studio: Studio, state: PolicyState, spec: PlugSpec, plug: PlugState, nowMs: number): Block[] {
  const blocks: Block[] = [];
  const hold = activeHold(state, nowMs);
  if (hold) blocks.push({ why: reason('held', { by: hold.by }), untilMs: hold.untilMs });
  if (!fresh(spec, plug, nowMs) || plug.relay === null)
    return [...blocks, { why: reason('no-fresh-reading'), untilMs: null }];
  const coolDownMs = (spec.coolDownSeconds ?? 0) * 1000;
  if (spec.idleWatts === null) {
    if (coolDownMs > 0) waits(blocks, 'cool-down', state.standbySinceMs, coolDownMs, nowMs);
  } else if (plug.watts === null) blocks.push({ why: reason('draw-unknown'), untilMs: null });
  else if (plug.watts > spec.idleWatts)
    blocks.push({ why: reason('in-use', { watts: tenth(plug.watts), idleWatts: spec.idleWatts }), untilMs: null });
  else {
    waits(blocks, 'quiet-time', plug.quietSinceMs, spec.quietSeconds * 1000, nowMs);
    waits(blocks, 'cool-down', plug.quietSinceMs, coolDownMs, nowMs);
  }
  if (plug.switchedOnAtMs !== null) waits(blocks, 'min-on', plug.switchedOnAtMs, spec.minOnSeconds * 1000, nowMs);
  capBlock(blocks, plug, studio.settings.maxSwitchesPerHour - 2, nowMs);
  return blocks;
}

/** What says that its load is not off yet, of a plug that has off watts. */
export function offBlocks(spec: PlugSpec, plug: PlugState, nowMs: number): Block[] {
  const { offWatts = null } = spec;
  if (offWatts === null) return [];
  if (plug.watts === null) return [{ why: reason('draw-unknown'), untilMs: null }];
  if (plug.watts > offWatts)
    return [{ why: reason('not-shut-down', { watts: tenth(plug.watts), offWatts }), untilMs: null }];
  const blocks: Block[] = [];
  waits(blocks, 'quiet-time', plug.offSinceMs, spec.quietSeconds * 1000, nowMs);
  return blocks;
}

/** What forbids switching it on. */
export function onBlocks(spec: PlugSpec, plug: PlugState, nowMs: number): Block[] {
  const blocks: Block[] = [];
  if (!fresh(spec, plug, nowMs)) blocks.push({ why: reason('no-fresh-reading'), untilMs: null });
  if (plug.switchedOffAtMs !== null) waits(blocks, 'min-off', plug.switchedOffAtMs, spec.minOffSeconds * 1000, nowMs);
  return blocks;
}

/** @param atMost so many commands in the last hour are no obstacle */
export function capBlock(blocks: Block[], plug: PlugState, atMost: number, nowMs: number): void {
  const recent = plug.commandTimesMs.filter((atMs) => atMs > nowMs - HOUR_MS);
  if (recent.length <= atMost) return;
  const freeing = recent[recent.length - atMost - 1] ?? nowMs;
  blocks.push({ why: reason('switched-often'), untilMs: atMost < 0 ? null : freeing + HOUR_MS });
}

/** The hold that is in force, or null. */
export function activeHold(state: PolicyState, nowMs: number): PolicyState['hold'] {
  return state.hold && state.hold.untilMs > nowMs ? state.hold : null;
}

export function tenth(watts: number): number {
  return Math.round(watts * 10) / 10;
}

function waits(
  blocks: Block[],
  code: 'quiet-time' | 'cool-down' | 'min-on' | 'min-off',
  sinceMs: number | null,
  lengthMs: number,
  nowMs: number,
): void {
  const untilMs = (sinceMs ?? nowMs) + lengthMs;
  if (untilMs > nowMs) blocks.push({ why: reason(code), untilMs });
}
