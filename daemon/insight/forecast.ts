import type { Forecast } from '../../api/insight.ts';
import { TYPICAL_WEEKS, typicalPoints } from '../../model/typical.ts';
import type { InsightDeps } from './deps.ts';

const DAY_MS = 86_400_000;

/** What a provider forecasts; where none does, a typical week. */
export async function forecastOf(deps: InsightDeps, fromMs: number, toMs: number): Promise<Forecast> {
  const provided = await deps.forecast(fromMs, toMs);
  if (provided && provided.length > 0) return { kind: 'forecast', points: provided };
  const nowMs = deps.nowMs();
  // A day more: the clocks may have changed since.
  const price = await deps.pricingOf(fromMs - (TYPICAL_WEEKS * 7 + 1) * DAY_MS, nowMs);
  return { kind: 'typical', points: typicalPoints(price, fromMs, toMs, nowMs, deps.timeZone) };
}
