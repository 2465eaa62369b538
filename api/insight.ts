/** What the daemon works out of the journal for the API: forecasts, whole lives, scores, advice. */
import type { Audit } from '../model/audit.ts';
import type { IntensityPoint } from '../model/intensity.ts';
import type { NetworkModel } from '../model/live-footprint.ts';
import type { PlugKind } from '../model/plug.ts';
import type { QuarterReport } from '../model/quarter.ts';
import type { Rank, Score } from '../model/score.ts';
import type { Changes, Outcome } from '../model/whatif.ts';
import type { WholeLive } from '../model/whole-live.ts';

export interface Forecast {
  /** Oldest first; of one provider and factor type. Empty when nothing is known of the future. */
  points: IntensityPoint[];
  /** typical: no provider forecasts; the mean of the same weekday and hour of the last four weeks. */
  kind: 'forecast' | 'typical';
}

export interface LiveScore {
  startedAtMs: number;
  score: Score;
  /** Among the twenty lives before it. */
  rank: Rank;
}

export interface MonthScore {
  lives: number;
  score: Score;
}

/** A live that has not been. */
export interface LivePlan {
  startMs: number;
  durationMinutes: number;
  /** null: not known. */
  viewers: number | null;
  /** Mean watts on air by kind of plug; null: as in the last lives. */
  watts: Partial<Record<PlugKind, number>> | null;
}

export interface Scenario extends Changes {
  name: string;
  startMs?: number | undefined;
}

export interface WhatIf {
  base: Outcome;
  scenarios: (Outcome & { name: string })[];
}

export interface Insight {
  /** What the grid will emit in [fromMs, toMs), as far as that is known. */
  forecast(fromMs: number, toMs: number): Promise<Forecast>;
  /** Mean watts on air of the last lives; null before the first. */
  usualWatts(): Promise<number | null>;
  /** @param quarter such as 2026Q4 */
  quarter(quarter: string): Promise<QuarterReport>;
  audit(fromMs: number, toMs: number): Promise<Audit>;
  /** Scenarios beside a past session or a plan; null when there is no such session. */
  whatIf(of: { session: string } | { plan: LivePlan }, scenarios: readonly Scenario[]): Promise<WhatIf | null>;
  /** null when there is no such session. */
  score(sessionId: string): Promise<LiveScore | null>;
  /** The lives that began in a month of the studio's time zone, as one. @param month YYYY-MM */
  monthScore(month: string): Promise<MonthScore>;
  /**
   * A live from end to end; null when there is no such session.
   * @param asked instead of the configured network model, and what was really sent, GB
   */
  wholeLive(
    sessionId: string,
    asked: { network: NetworkModel | null; sentGigabytes: number | null },
  ): Promise<WholeLive | null>;
}
