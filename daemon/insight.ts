import type { Forecast, Insight, LiveScore } from '../api/insight.ts';
import type { Pricing } from '../model/emissions.ts';
import type { EnergySlice } from '../model/energy.ts';
import { QUARTER_HOUR_MS } from '../model/energy.ts';
import type { IntensityPoint } from '../model/intensity.ts';
import { type MeasuredLive, measuredLive } from '../model/lives.ts';
import { wallParts } from '../model/local-day.ts';
import type { SessionRecord } from '../model/ports.ts';
import { COMPARED_LIVES, rankOf, scoreOf, together } from '../model/score.ts';
import { TYPICAL_WEEKS, typicalPoints } from '../model/typical.ts';
import { type FootprintSettings, wholeLive } from '../model/whole-live.ts';

const DAY_MS = 86_400_000;
/** Lives that say what is usual here. */
const RECENT_LIVES = 20;

/** More than a month or a quarter of lives. */
const MANY_SESSIONS = 1000;

export interface InsightDeps {
  country: string;
  timeZone: string;
  footprint: FootprintSettings;
  nowMs(): number;
  /** Newest first. */
  sessions(limit: number): Promise<SessionRecord[]>;
  /** With its whole audience. */
  session(id: string): Promise<SessionRecord | null>;
  sessionSlices(sessionId: string): Promise<EnergySlice[]>;
  pricingOf(fromMs: number, toMs: number): Promise<Pricing>;
  /** What a provider forecasts; null when none does. */
  forecast(fromMs: number, toMs: number): Promise<{ points: IntensityPoint[]; provider: string } | null>;
}

/** Works out of the journal what the API tells beyond measured energy. Holds nothing itself. */
export function insightOf(deps: InsightDeps): Insight {
  return {
    async forecast(fromMs, toMs): Promise<Forecast> {
      const provided = await deps.forecast(fromMs, toMs);
      if (provided && provided.points.length > 0) return { kind: 'forecast', points: provided.points };
      const nowMs = deps.nowMs();
      // A day more: the clocks may have changed since.
      const price = await deps.pricingOf(fromMs - (TYPICAL_WEEKS * 7 + 1) * DAY_MS, nowMs);
      return { kind: 'typical', points: typicalPoints(price, fromMs, toMs, nowMs, deps.timeZone) };
    },
    async wholeLive(sessionId, { network, sentGigabytes }) {
      const session = await deps.session(sessionId);
      if (!session) return null;
      const settings = { ...deps.footprint, ...(network ? { network } : {}) };
      return wholeLive(await live(deps, session), deps.country, settings, sentGigabytes);
    },
    score: (sessionId) => liveScore(deps, sessionId),
    async monthScore(month) {
      const sessions = (await deps.sessions(MANY_SESSIONS)).filter(({ startedAtMs }) =>
        wallParts(startedAtMs, deps.timeZone).day.startsWith(month),
      );
      const measured = (await Promise.all(sessions.map((session) => live(deps, session)))).filter(wasOnAir);
      const scored = { ...together(measured), audienceGramsPerViewerHour: null };
      // More lives may come.
      if (wallParts(deps.nowMs(), deps.timeZone).day.startsWith(month)) scored.endedAtMs = null;
      return { lives: measured.length, score: scoreOf(scored, deps.nowMs()) };
    },
    async usualWatts() {
      const recent = await lives(deps, RECENT_LIVES);
      const hours = recent.reduce((sum, { onAirMs }) => sum + onAirMs, 0) / 3_600_000;
      return hours > 0 ? recent.reduce((sum, { onAir }) => sum + onAir.wh, 0) / hours : null;
    },
  };
}

async function liveScore(deps: InsightDeps, sessionId: string): Promise<LiveScore | null> {
  const session = await deps.session(sessionId);
  if (!session) return null;
  const nowMs = deps.nowMs();
  const measured = await live(deps, session);
  const { modelled, audience } = wholeLive(measured, deps.country, deps.footprint, null);
  const viewerHours = audience?.viewerHours ?? 0;
  const score = scoreOf(
    {
      ...{ onAirMs: measured.onAirMs, onAir: measured.onAir, endedAtMs: session.endedAtMs },
      audienceGramsPerViewerHour: viewerHours > 0 ? modelled.audience.central / viewerHours : null,
    },
    nowMs,
  );
  const earlier = (await deps.sessions(MANY_SESSIONS)).filter(({ startedAtMs }) => startedAtMs < session.startedAtMs);
  const others = (await Promise.all(earlier.slice(0, COMPARED_LIVES).map((one) => live(deps, one)))).map((one) =>
    scoreOf({ ...together([one]), audienceGramsPerViewerHour: null }, nowMs),
  );
  return { startedAtMs: session.startedAtMs, score, rank: rankOf(score, others) };
}

function wasOnAir({ onAirMs }: MeasuredLive): boolean {
  return onAirMs > 0;
}

/** The last lives that have ended, newest first. */
async function lives(deps: InsightDeps, limit: number): Promise<MeasuredLive[]> {
  const sessions = (await deps.sessions(limit)).filter(({ endedAtMs }) => endedAtMs !== null);
  return Promise.all(sessions.map((session) => live(deps, session)));
}

async function live(deps: InsightDeps, session: SessionRecord): Promise<MeasuredLive> {
  const slices = await deps.sessionSlices(session.id);
  // By its slices, not by its own times: the clock may have been set since.
  const starts = [session.startedAtMs, ...slices.map(({ startMs }) => startMs)];
  const price = await deps.pricingOf(Math.min(...starts), Math.max(...starts) + QUARTER_HOUR_MS);
  return measuredLive(session, slices, price, deps.nowMs());
}
