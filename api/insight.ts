/** What the daemon works out of the journal for the API: forecasts, whole lives, scores, advice. */
import type { IntensityPoint } from '../model/intensity.ts';
import type { NetworkModel } from '../model/live-footprint.ts';
import type { Rank, Score } from '../model/score.ts';
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

export interface Insight {
  /** What the grid will emit in [fromMs, toMs), as far as that is known. */
  forecast(fromMs: number, toMs: number): Promise<Forecast>;
  /** Mean watts on air of the last lives; null before the first. */
  usualWatts(): Promise<number | null>;
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
