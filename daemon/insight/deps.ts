import type { Pricing } from '../../model/emissions.ts';
import type { EnergySlice } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { PlugSpec } from '../../model/plug.ts';
import type { SessionRecord } from '../../model/ports.ts';
import type { Tariff } from '../../model/tariff.ts';
import type { FootprintSettings } from '../../model/whole-live.ts';

/** What insight is worked out of: the journal, the grid and the configuration. */
export interface InsightDeps {
  country: string;
  timeZone: string;
  plugs: readonly PlugSpec[];
  footprint: FootprintSettings;
  tariff: Tariff | null;
  /** Plugs are really cut between lives. */
  cutting: boolean;
  nowMs(): number;
  /** Newest first; of the audience only the peak and the latest. */
  sessions(limit: number): Promise<SessionRecord[]>;
  /** With its whole audience. */
  session(id: string): Promise<SessionRecord | null>;
  sessionSlices(sessionId: string): Promise<EnergySlice[]>;
  slices(fromMs: number, toMs: number): Promise<EnergySlice[]>;
  pricingOf(fromMs: number, toMs: number): Promise<Pricing>;
  /** What a provider forecasts; null when none does. */
  forecast(fromMs: number, toMs: number): Promise<{ points: IntensityPoint[]; provider: string } | null>;
}
