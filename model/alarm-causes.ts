/** From how things stand to the causes of alarms. Pure. */
import { causeOf, type Finding } from './alarms.ts';
import type { PlugId, PlugSpec } from './plug.ts';
import type { Phase, SwitchRecord } from './ports.ts';

const HOUR_MS = 3_600_000;
/** A planned live is near this long before its start, ms. */
const NEAR_MS = HOUR_MS;
/** What a relay that is off may still show, W: the noise of meters. */
const OFF_WATTS = 2;
/** A load whose watts tell nothing counts as on above this, W. */
const ON_WATTS = 5;
/** An essential load that drew more than `ON_WATTS` and now draws less than this share of it went dark. */
const DARK_SHARE = 0.05;
/** An overload is over below this share of the limit. */
const OVER_SHARE = 0.9;

export interface PlugFacts extends Pick<PlugSpec, 'id' | 'name' | 'essential' | 'idleWatts' | 'maxWatts'> {
  /** null when not known or too old to be true. */
  watts: number | null;
  relay: boolean | null;
  online: boolean;
  flags: readonly string[];
  /** A person switched it on by offair. */
  switchedOnByHand: boolean;
}

/** A power strip or circuit, and what it can carry. */
export interface Strip {
  id: string;
  name: string;
  maxWatts: number;
  plugs: readonly PlugId[];
}

export interface AlarmFacts {
  session: 'running' | 'none' | 'unknown';
  phase: Phase;
  /** Until the next planned live, ms; null: none is planned. */
  plannedInMs: number | null;
  plugs: readonly PlugFacts[];
  strips: readonly Strip[];
  /** `lost`: it is trusted, has told before and does not know now; `detail` says why. */
  sources: readonly { name: string; lost: boolean; detail: string }[];
}

/** What must be remembered to see a cause. Plain JSON. */
export interface AlarmMemory {
  /** The last command, where it did not do what it should. */
  failed: Record<PlugId, { to: 'on' | 'off'; detail: string }>;
  /** Plugs whose load was seen at rest since the last live. */
  rested: Record<PlugId, true>;
  /** The most that a plug drew in this session, W. */
  usualWatts: Record<PlugId, number>;
}

export const NO_MEMORY: AlarmMemory = { failed: {}, rested: {}, usualWatts: {} };

/** A command was carried out, or was not. What was never sent is no failed cut; a restore that was not made is one. */
export function noteSwitch(
  memory: AlarmMemory,
  record: Pick<SwitchRecord, 'plug' | 'to' | 'outcome' | 'detail'>,
): AlarmMemory {
  const { plug, to, outcome, detail } = record;
  if (to === 'shut-down' || outcome === 'dry-run') return memory;
  const { [plug]: _, ...others } = memory.failed;
  const failed = to === 'on' ? outcome !== 'verified' : outcome === 'failed' || outcome === 'unknown';
  return { ...memory, failed: failed ? { ...others, [plug]: { to, detail } } : others };
}

/**
 * What is wrong now.
 * @param open causes whose alarm is open: they are over later than they began
 */
export function causesNow(
  before: AlarmMemory,
  facts: AlarmFacts,
  open: ReadonlySet<string>,
): { memory: AlarmMemory; findings: Finding[] } {
  const memory = remember(before, facts);
  const isOpen = (code: Finding['code'], of: string) => open.has(causeOf({ code, of }));
  return {
    memory,
    findings: [
      ...facts.plugs.flatMap((plug) => plugCauses(plug, facts, memory, isOpen)),
      ...facts.strips.flatMap((strip) => stripCauses(strip, facts.plugs, isOpen)),
      ...facts.sources.flatMap(({ name, lost, detail }): Finding[] =>
        lost ? [{ code: 'source-lost', of: name, plug: null, data: { name, detail } }] : [],
      ),
    ],
  };
}

function remember({ failed, rested, usualWatts }: AlarmMemory, facts: AlarmFacts): AlarmMemory {
  const { session, plugs } = facts;
  const memory: AlarmMemory = { failed: {}, rested: {}, usualWatts: {} };
  for (const plug of plugs) {
    const { id, watts } = plug;
    const command = failed[id];
    if (command && !obeyed(command.to, plug) && wantedStill(command.to, facts)) memory.failed[id] = command;
    if (session !== 'running' && (rested[id] || (watts !== null && watts <= restWatts(plug)))) memory.rested[id] = true;
    const most = Math.max(usualWatts[id] ?? 0, watts ?? 0);
    if (session === 'running' && most > 0) memory.usualWatts[id] = most;
  }
  return memory;
}

function obeyed(to: 'on' | 'off', { relay, watts }: PlugFacts): boolean {
  return to === 'on' ? relay === true : relay === false && watts !== null && watts <= OFF_WATTS;
}

/** While nobody knows whether a live runs, it is. */
function wantedStill(to: 'on' | 'off', facts: AlarmFacts): boolean {
  if (facts.session === 'unknown') return true;
  return to === 'off' ? facts.session === 'none' : facts.session === 'running' || isPlannedSoon(facts);
}

function isPlannedSoon({ plannedInMs }: AlarmFacts): boolean {
  return plannedInMs !== null && plannedInMs <= NEAR_MS;
}

/** At or under this a load is at rest, W. */
function restWatts({ idleWatts }: PlugFacts): number {
  return idleWatts ?? ON_WATTS;
}

type IsOpen = (code: Finding['code'], of: string) => boolean;

function plugCauses(plug: PlugFacts, facts: AlarmFacts, memory: AlarmMemory, isOpen: IsOpen): Finding[] {
  const { id, name, essential, idleWatts, maxWatts, watts, relay, online, flags } = plug;
  const { session, phase } = facts;
  const cause = (code: Finding['code'], data: Finding['data'] = {}): Finding => ({
    code,
    of: id,
    plug: id,
    data: { name, ...data },
  });
  const causes: Finding[] = [];

  const command = memory.failed[id];
  if (command)
    causes.push(cause(command.to === 'on' ? 'restore-failed' : 'cut-not-verified', { detail: command.detail }));

  const prepared = phase === 'setup' || phase === 'rehearsal' || isPlannedSoon(facts);
  if (!online && (prepared || (session === 'running' && isOpen('unreachable-before-live', id))))
    causes.push(cause('unreachable-before-live'));

  const flag = flags.find((one) => one === 'overpower' || one === 'overcurrent');
  const limitWatts = maxWatts * (isOpen('plug-overload', id) ? OVER_SHARE : 1);
  if (flag || (watts !== null && watts > limitWatts))
    causes.push(cause('plug-overload', { detail: flag ?? `${Math.round(watts ?? 0)} W > ${maxWatts} W` }));

  // A load that is essential and has no idle threshold may draw what it likes; before a planned live offair restores.
  const watched = (!essential || idleWatts !== null) && !plug.switchedOnByHand && !isPlannedSoon(facts);
  if (watched && session === 'none' && memory.rested[id] && watts !== null && watts > restWatts(plug))
    causes.push(cause('load-between-lives', { watts, idleWatts: restWatts(plug) }));

  if (essential && phase === 'live') {
    const usualWatts = memory.usualWatts[id] ?? 0;
    if (!online) causes.push(cause('essential-unreachable'));
    else if (relay === false) causes.push(cause('essential-off'));
    else if (watts !== null && usualWatts > Math.max(ON_WATTS, idleWatts ?? 0) && watts < usualWatts * DARK_SHARE)
      causes.push(cause('essential-no-load', { watts, usualWatts }));
  }
  return causes;
}

function stripCauses(
  { id, name, maxWatts, plugs: own }: Strip,
  plugs: readonly PlugFacts[],
  isOpen: IsOpen,
): Finding[] {
  const watts = plugs.reduce((sum, plug) => sum + (own.includes(plug.id) ? Math.max(0, plug.watts ?? 0) : 0), 0);
  if (watts <= maxWatts * (isOpen('strip-overload', id) ? OVER_SHARE : 1)) return [];
  return [{ code: 'strip-overload', of: id, plug: null, data: { name, watts, limitWatts: maxWatts } }];
}
