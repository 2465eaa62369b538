/**
 * What the sources of the session signal say, put together, and what follows for the session. Pure.
 *
 * A witness (OBS, an RTMP server) sees whether the studio is on air. On air if any says so; unknown if a trusted one is
 * lost; off air only when every trusted one says off. A plan (schedule, calendar) prepares a session and keeps what is on
 * from being cut; it never ends a live. A hint (what the encoder draws) suspects: it keeps what is on from being cut, and
 * begins and ends lives only where it may and no witness has anything to say.
 */
import type { CodedText } from './coded-text.ts';
import type { SessionRecord, StreamTotals } from './ports.ts';
import { type LiveTime, type PlannedLive, planAt } from './schedule.ts';
import { phaseOf } from './session.ts';
import { type Doubt, doubtAbout, sourceWords } from './source-words.ts';

export interface SourceReport {
  says: 'on' | 'off' | 'unknown';
  /** What it saw, or why it sees nothing and what to do. */
  detail: CodedText;
  /** What else one should know of it. */
  remarks?: readonly CodedText[];
  /** Of a plan: the lives under way, from their set-up to their end. It says on as long as there are any. */
  underWay?: readonly PlannedLive[];
  /** Of a plan: its lives that have not begun, the first ones, in their order; they may be set up for already. */
  coming?: readonly PlannedLive[];
  /** What its output has counted since it began; falls when it begins again. */
  stream?: StreamTotals;
}

/** One thing that knows of lives. Constructors do nothing; `start` may talk to the network. */
export interface SessionSource {
  /** Unique in a studio: `obs`, `schedule`, … It is who starts and ends a session. */
  readonly name: string;
  readonly role: 'witness' | 'plan' | 'hint';
  /** When it can't tell, nobody can: as long as it is lost nothing is cut. May change with what it reports. */
  readonly trusted: boolean;
  /** Of a hint: true when it may begin and end lives that no witness can tell of. */
  readonly decides?: boolean;
  /** Begins to watch; calls `report` at once and at every change. */
  start(report: (report: SourceReport) => void): void;
  stop(): Promise<void>;
  /** A person said that no live runs any more: what it only remembers no longer counts. */
  over?(): Promise<void>;
}

export type Said = Pick<SessionSource, 'name' | 'role' | 'trusted' | 'decides'> & SourceReport;

/** `silent`: no witness has anything to say, nor a hint that may decide. */
export interface Verdict {
  onAir: 'on' | 'off' | 'unknown' | 'silent';
  /** Who decided it; null when nobody did. */
  by: string | null;
  /** Events of plans that prepare or are under way. */
  planned: { by: string; event: string; title: string | null }[];
}

/** Plain JSON: it survives a restart. */
export interface SignalMemory {
  /** The session during which a witness said on air. */
  witnessed: string | null;
  /** What the witnesses said last, when they knew. */
  lastKnown: 'on' | 'off' | null;
  /** Since when they have said off without a break, steady ms. */
  offSinceMs: number | null;
  /** Lost witnesses for whom a person said that it is over: they do not count until they are heard again. */
  dismissed: string[];
  /** The events under way that have had a session. */
  taken: string[];
  /** The events under way that a person ended: they keep nothing on any more. */
  over: string[];
}

export const NEW_SIGNALS: SignalMemory = {
  witnessed: null,
  lastKnown: null,
  offSinceMs: null,
  dismissed: [],
  taken: [],
  over: [],
};

export interface SignalSettings {
  /** How long the witnesses must have said off before the session ends, ms. */
  endAfterMs: number;
  /** true: they also end a session that a person started. */
  endStartedByHand: boolean;
}

export type SessionAction =
  | { do: 'start'; phase: 'setup' | 'live'; by: string; title: string | null }
  | { do: 'live'; by: string }
  | { do: 'end'; by: string };

/** What a plan with these lives says now. @param setupMs how long before its beginning a live is set up for */
export function planReport(lives: readonly LiveTime[], setupMs: number, nowMs: number): SourceReport {
  const { underWay, coming } = planAt(lives, setupMs, nowMs);
  const names = underWay.map(({ title, event }) => title ?? event);
  const detail = names.length > 0 ? sourceWords('plan-live', { titles: names.join(', ') }) : sourceWords('plan-idle');
  return { says: names.length > 0 ? 'on' : 'off', detail, underWay, coming };
}

/** The witnesses and the plans put together. Witnesses in `dismissed` count only when they know. */
export function merge(said: readonly Said[], dismissed: readonly string[] = []): Verdict {
  const witnesses = said.filter(({ role }) => role === 'witness');
  const planned = said.flatMap(({ role, says, underWay, name }) =>
    role === 'plan' && says === 'on' ? (underWay ?? []).map(({ event, title }) => ({ by: name, event, title })) : [],
  );
  const verdict = (onAir: Verdict['onAir'], by?: Said): Verdict => ({ onAir, by: by?.name ?? null, planned });
  const on = witnesses.find(({ says }) => says === 'on');
  if (on) return verdict('on', on);
  const lost = witnesses.find(({ trusted, says, name }) => trusted && says === 'unknown' && !dismissed.includes(name));
  if (lost) return verdict('unknown', lost);
  const off = witnesses.find(({ says }) => says === 'off');
  if (off) return verdict('off', off);
  const hint = said.find(({ role, decides, says }) => role === 'hint' && decides && says !== 'unknown');
  return hint ? verdict(hint.says, hint) : verdict('silent');
}

export interface Step {
  memory: SignalMemory;
  action: SessionAction | null;
  /** Why nothing may be cut even when no session runs, or null. */
  doubt: Doubt | null;
  /** When to ask again if nothing changes, steady ms; null: not before. */
  againAtMs: number | null;
}

/**
 * What follows from what the sources say now. The action changes the session, and the next step sees it changed.
 * What a person does stands: a session that they end or whose phase they choose is not changed back, only a new "on air"
 * after an "off air" is news.
 */
export function follow(
  said: readonly Said[],
  session: SessionRecord | null,
  before: SignalMemory,
  settings: SignalSettings,
  nowMs: number,
): Step {
  const knows = (name: string) => said.some((one) => one.name === name && one.says !== 'unknown');
  const dismissed = before.dismissed.filter((name) => !knows(name));
  const verdict = merge(said, dismissed);
  const { onAir, by, planned } = verdict;
  const events = planned.map(({ event }) => event);
  const memory: SignalMemory = {
    ...before,
    dismissed,
    offSinceMs: onAir === 'off' ? Math.min(before.offSinceMs ?? nowMs, nowMs) : null,
    lastKnown: onAir === 'on' || onAir === 'off' ? onAir : before.lastKnown,
    witnessed: session && (onAir === 'on' || seenBegin(session, said)) ? session.id : before.witnessed,
    taken: session ? events : events.filter((event) => before.taken.includes(event)),
    over: events.filter((event) => before.over.includes(event)),
  };
  const doubt = doubtOf(verdict, said, memory);
  const step = (action: SessionAction | null, againAtMs: number | null = null): Step => ({
    ...{ memory, action, doubt, againAtMs },
  });

  if (onAir === 'unknown') return step(null);
  if (onAir === 'on' && by !== null) {
    if (before.lastKnown === 'on') return step(null);
    // A stream within the time of a planned live is that live.
    const title = planned.find(({ event }) => !memory.over.includes(event))?.title ?? null;
    if (!session) return step({ do: 'start', phase: 'live', by, title });
    return step(phaseOf(session) === 'live' ? null : { do: 'live', by });
  }
  if (onAir === 'off' && by !== null && session && memory.witnessed === session.id) {
    if (!mayEnd(session, said, settings)) return step(null);
    const dueAtMs = (memory.offSinceMs ?? nowMs) + settings.endAfterMs;
    return dueAtMs > nowMs ? step(null, dueAtMs) : step({ do: 'end', by });
  }
  if (session) return step(unused(session, said) ? { do: 'end', by: session.startedBy } : null);
  const next = planned.find(({ event }) => !memory.taken.includes(event) && !memory.over.includes(event));
  return step(next ? { do: 'start', phase: 'setup', by: next.by, title: next.title } : null);
}

export interface NextPlanned extends PlannedLive {
  source: string;
}

/** The planned live that begins next, of all plans; none that a person has ended in its set-up. null: none is planned. */
export function nextPlanned(said: readonly Said[], { over }: SignalMemory, nowWallMs: number): NextPlanned | null {
  const lives = said.flatMap(({ name, coming = [] }) => coming.map((live) => ({ ...live, source: name })));
  const next = lives.filter(({ startsAtMs, event }) => startsAtMs > nowWallMs && !over.includes(event));
  return next.toSorted((one, other) => one.startsAtMs - other.startsAtMs)[0] ?? null;
}

/** A person said that it is over: for the plans under way, and for witnesses that are lost. What these see then is news. */
export function saidOver(said: readonly Said[], before: SignalMemory): SignalMemory {
  const lost = said.filter(({ role, says }) => role === 'witness' && says === 'unknown');
  return {
    ...before,
    lastKnown: lost.length > 0 ? 'off' : before.lastKnown,
    dismissed: lost.map(({ name }) => name),
    over: merge(said).planned.map(({ event }) => event),
  };
}

/** What was sent in all, when a counter went from `before` to `now`; a counter that fell began again at 0. */
export function addStream(total: StreamTotals, before: StreamTotals | null, now: StreamTotals): StreamTotals {
  const again = before === null || now.sentBytes < before.sentBytes || now.totalFrames < before.totalFrames;
  const from = again ? { sentBytes: 0, totalFrames: 0, droppedFrames: 0 } : before;
  return {
    sentBytes: total.sentBytes + now.sentBytes - from.sentBytes,
    totalFrames: total.totalFrames + now.totalFrames - from.totalFrames,
    droppedFrames: total.droppedFrames + Math.max(0, now.droppedFrames - from.droppedFrames),
  };
}

function mayEnd({ startedBy }: SessionRecord, said: readonly Said[], settings: SignalSettings): boolean {
  return settings.endStartedByHand || said.some(({ name }) => name === startedBy);
}

/** A session that began because it was seen on air: it may be off again before anybody looks, or be over after a crash. */
function seenBegin({ startedBy }: SessionRecord, said: readonly Said[]): boolean {
  return said.some(({ name, role }) => name === startedBy && role !== 'plan');
}

/** A session that a plan prepared and nobody used, when the plan's event is over. */
function unused({ startedBy, phases }: SessionRecord, said: readonly Said[]): boolean {
  const plan = said.find(({ name, role }) => role === 'plan' && name === startedBy);
  return plan?.says === 'off' && phases.length === 1 && phases[0]?.phase === 'setup';
}

function doubtOf({ onAir, by, planned }: Verdict, said: readonly Said[], memory: SignalMemory): Doubt | null {
  const decider = said.find(({ name }) => name === by);
  if (decider && onAir === 'on') return doubtAbout('doubt-on-air', decider.name, decider.detail);
  if (decider && onAir === 'unknown') return doubtAbout('doubt-lost', decider.name, decider.detail);
  const hint = said.find(({ role, says }) => role === 'hint' && says === 'on');
  if (hint) return doubtAbout('doubt-suspected', hint.name, hint.detail);
  const plan = planned.find(({ event }) => !memory.over.includes(event));
  const titles = plan && (plan.title ?? plan.event);
  return plan && titles !== undefined
    ? doubtAbout('doubt-planned', plan.by, sourceWords('plan-live', { titles }))
    : null;
}
