import type { LiveScore, MonthScore } from '../../api/insight.ts';
import type { Pricing } from '../../model/emissions.ts';
import { type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import { type MeasuredLive, measuredLive } from '../../model/lives.ts';
import { wallParts } from '../../model/local-day.ts';
import type { SessionRecord } from '../../model/ports.ts';
import { COMPARED_LIVES, rankOf, scoreOf, together } from '../../model/score.ts';
import { wholeLive } from '../../model/whole-live.ts';
import type { InsightDeps } from './deps.ts';

const DAY_MS = 86_400_000;
/** About a month of lives; more are read where they are not enough. */
const FIRST_SESSIONS = 100;
/** Lives that say what is usual here. */
const RECENT_LIVES = 20;

export async function scoreOfLive(deps: InsightDeps, sessionId: string): Promise<LiveScore | null> {
  const session = await deps.session(sessionId);
  if (!session) return null;
  const nowMs = deps.nowMs();
  const { live } = await readLive(deps, session);
  const { modelled, audience } = wholeLive(live, deps.country, deps.footprint, null);
  const viewerHours = audience?.viewerHours ?? 0;
  const audienceGramsPerViewerHour = viewerHours > 0 ? modelled.audience.central / viewerHours : null;
  const score = scoreOf({ ...together([live]), audienceGramsPerViewerHour }, nowMs);
  const others = await livesBefore(deps, session, COMPARED_LIVES);
  const scores = others.map((one) => scoreOf({ ...together([one]), audienceGramsPerViewerHour: null }, nowMs));
  return { startedAtMs: session.startedAtMs, score, rank: rankOf(score, scores) };
}

/** The last `count` sessions that began before this one, newest first. */
export async function livesBefore(deps: InsightDeps, session: SessionRecord, count: number): Promise<MeasuredLive[]> {
  const isEarlier = ({ startedAtMs }: SessionRecord) => startedAtMs < session.startedAtMs;
  const known = await sessionsUntil(deps, (sessions) => sessions.filter(isEarlier).length >= count);
  return livesOf(deps, known.filter(isEarlier).slice(0, count));
}

export async function scoreOfMonth(deps: InsightDeps, month: string): Promise<MonthScore> {
  const isOf = (atMs: number) => wallParts(atMs, deps.timeZone).day.startsWith(month);
  // The month before has begun everywhere.
  const beforeMs = Date.parse(`${month}-01`) - 2 * DAY_MS;
  const sessions = (await sessionsSince(deps, beforeMs)).filter(({ startedAtMs }) => isOf(startedAtMs));
  const lives = (await livesOf(deps, sessions)).filter(({ onAirMs }) => onAirMs > 0);
  const scored = { ...together(lives), audienceGramsPerViewerHour: null };
  // More lives may come.
  if (isOf(deps.nowMs())) scored.endedAtMs = null;
  return { lives: lives.length, score: scoreOf(scored, deps.nowMs()) };
}

/** Those that began at or after `fromMs`, and maybe some before them; newest first. */
export function sessionsSince(deps: InsightDeps, fromMs: number): Promise<SessionRecord[]> {
  return sessionsUntil(deps, (sessions) => sessions.some(({ startedAtMs }) => startedAtMs < fromMs));
}

/** The last sessions, newest first: so many that they are enough, or all of them. */
async function sessionsUntil(
  deps: InsightDeps,
  isEnough: (sessions: readonly SessionRecord[]) => boolean,
): Promise<SessionRecord[]> {
  for (let limit = FIRST_SESSIONS; ; limit *= 4) {
    const sessions = await deps.sessions(limit);
    if (sessions.length < limit || isEnough(sessions)) return sessions;
  }
}

/** One after the other: the slices of all of them may not fit into memory together. */
async function livesOf(deps: InsightDeps, sessions: readonly SessionRecord[]): Promise<MeasuredLive[]> {
  const lives: MeasuredLive[] = [];
  for (const session of sessions) lives.push((await readLive(deps, session)).live);
  return lives;
}

export interface ReadLive {
  live: MeasuredLive;
  slices: EnergySlice[];
  price: Pricing;
}

/** The last lives that have ended, newest first. */
export async function recentLives(deps: InsightDeps): Promise<ReadLive[]> {
  const sessions = (await deps.sessions(RECENT_LIVES)).filter(({ endedAtMs }) => endedAtMs !== null);
  return Promise.all(sessions.map((session) => readLive(deps, session)));
}

export async function readLive(deps: InsightDeps, session: SessionRecord): Promise<ReadLive> {
  const slices = await deps.sessionSlices(session.id);
  const price = await deps.pricingOf(...spanOf(session, slices));
  return { live: measuredLive(session, slices, price, deps.nowMs()), slices, price };
}

/** When a session's energy was taken: by its slices, not by its own times, for the clock may have been set since. */
export function spanOf({ startedAtMs }: SessionRecord, slices: readonly EnergySlice[]): [fromMs: number, toMs: number] {
  const fromMs = slices.reduce((least, { startMs }) => Math.min(least, startMs), startedAtMs);
  const lastMs = slices.reduce((most, { startMs }) => Math.max(most, startMs), startedAtMs);
  return [fromMs, lastMs + QUARTER_HOUR_MS];
}
