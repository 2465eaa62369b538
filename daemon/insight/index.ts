import type { Insight } from '../../api/insight.ts';
import { audit } from '../../model/audit.ts';
import { wholeLive } from '../../model/whole-live.ts';
import type { InsightDeps } from './deps.ts';
import { forecastOf } from './forecast.ts';
import { readLive, recentLives, scoreOfLive, scoreOfMonth } from './lives.ts';
import { quarterOf } from './quarter.ts';
import { whatIfOf } from './whatif.ts';

/** Works out of the journal what the API tells beyond measured energy. Holds nothing itself. */
export function insightOf(deps: InsightDeps): Insight {
  return {
    forecast: (fromMs, toMs) => forecastOf(deps, fromMs, toMs),
    async usualWatts() {
      const recent = await recentLives(deps);
      const hours = recent.reduce((sum, { live }) => sum + live.onAirMs, 0) / 3_600_000;
      return hours > 0 ? recent.reduce((sum, { live }) => sum + live.onAir.wh, 0) / hours : null;
    },
    async wholeLive(sessionId, { network, sentGigabytes }) {
      const session = await deps.session(sessionId);
      if (!session) return null;
      const settings = { ...deps.footprint, ...(network ? { network } : {}) };
      const { live } = await readLive(deps, session);
      const sent = session.stream ? session.stream.sentBytes / 1e9 : null;
      return wholeLive(live, deps.country, settings, sentGigabytes ?? sent);
    },
    score: (sessionId) => scoreOfLive(deps, sessionId),
    monthScore: (month) => scoreOfMonth(deps, month),
    async audit(fromMs, toMs) {
      const { plugs, tariff, timeZone } = deps;
      const slices = await deps.slices(fromMs, toMs);
      return audit({ plugs, slices, tariff, timeZone, price: await deps.pricingOf(fromMs, toMs) });
    },
    quarter: (quarter) => quarterOf(deps, quarter),
    whatIf: (of, scenarios) => whatIfOf(deps, of, scenarios),
  };
}
