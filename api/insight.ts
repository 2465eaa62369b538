/** What the daemon works out of the journal for the API: forecasts, whole lives, scores, advice. */
import type { IntensityPoint } from '../model/intensity.ts';

export interface Forecast {
  /** Oldest first; of one provider and factor type. Empty when nothing is known of the future. */
  points: IntensityPoint[];
  /** typical: no provider forecasts; the mean of the same weekday and hour of the last four weeks. */
  kind: 'forecast' | 'typical';
}

export interface Insight {
  /** What the grid will emit in [fromMs, toMs), as far as that is known. */
  forecast(fromMs: number, toMs: number): Promise<Forecast>;
  /** Mean watts on air of the last lives; null before the first. */
  usualWatts(): Promise<number | null>;
}
