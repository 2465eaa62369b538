import type { StudioConfig } from '../../config/schema.ts';
import type { Pricing } from '../../model/emissions.ts';
import type { EnergySlice } from '../../model/energy.ts';
import { kitOfPlugs } from '../../model/hardware.ts';
import type { IntensityPoint, MarginalPoint } from '../../model/intensity.ts';
import type { PlugSpec } from '../../model/plug.ts';
import type { Journal, SessionRecord } from '../../model/ports.ts';
import type { Tariff } from '../../model/tariff.ts';
import type { FootprintSettings } from '../../model/whole-live.ts';
import type { Carbon } from '../carbon.ts';

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
  forecast(fromMs: number, toMs: number): Promise<IntensityPoint[] | null>;
  /** What a kWh more or less changes; null where nobody tells. */
  marginal(fromMs: number, toMs: number): Promise<MarginalPoint[] | null>;
}

/** @param flush puts on the disk what is measured already: the journal is read after it */
export function insightDeps({
  config,
  plugs,
  journal,
  carbon,
  nowMs,
  flush,
}: {
  config: StudioConfig;
  plugs: readonly PlugSpec[];
  journal: Journal;
  carbon: Carbon;
  nowMs(): number;
  flush(): Promise<unknown>;
}): InsightDeps {
  const { country, timeZone } = config.studio;
  const fresh =
    <Asked extends unknown[], T>(ask: (...asked: Asked) => Promise<T>) =>
    async (...asked: Asked) => {
      await flush();
      return ask(...asked);
    };
  return {
    ...{ country, timeZone, plugs, nowMs, tariff: config.tariff ?? null, cutting: !config.switching.dryRun },
    footprint: {
      ...config.footprint,
      hardware: config.footprint.hardware ?? kitOfPlugs(plugs.map(({ kind }) => kind)),
    },
    slices: fresh((fromMs: number, toMs: number) => journal.slices(fromMs, toMs)),
    sessions: fresh((limit: number) => journal.sessions(limit)),
    session: fresh((id: string) => journal.session(id)),
    sessionSlices: (sessionId) => journal.sessionSlices(sessionId),
    pricingOf: (fromMs, toMs) => carbon.pricingOf(fromMs, toMs),
    forecast: (fromMs, toMs) => carbon.forecast(fromMs, toMs),
    marginal: (fromMs, toMs) => carbon.marginal(fromMs, toMs),
  };
}
