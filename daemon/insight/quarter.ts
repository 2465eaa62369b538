import { type QuarterReport, quarterReport, quarterSpan } from '../../model/quarter.ts';
import { wholeLive } from '../../model/whole-live.ts';
import type { InsightDeps } from './deps.ts';
import { MANY_SESSIONS, readLive } from './lives.ts';

export async function quarterOf(deps: InsightDeps, quarter: string): Promise<QuarterReport> {
  const { country, timeZone, plugs } = deps;
  const { fromMs, toMs } = quarterSpan(quarter, timeZone);
  const slices = await deps.slices(fromMs, toMs);
  const ended = (await deps.sessions(MANY_SESSIONS)).filter(
    ({ startedAtMs, endedAtMs }) => endedAtMs !== null && startedAtMs >= fromMs && startedAtMs < toMs,
  );
  const lives = ended.map(async ({ id }) => {
    const session = await deps.session(id);
    if (!session) return [];
    const { live } = await readLive(deps, session);
    const { audience, modelled } = wholeLive(live, country, deps.footprint, null);
    const modelledAudience = audience && { grams: modelled.audience.central, viewerHours: audience.viewerHours };
    return [{ live, audience: modelledAudience }];
  });
  const kinds = new Map(plugs.map(({ id, kind }) => [id, kind]));
  return quarterReport({
    ...{ quarter, country, timeZone, slices, nowMs: deps.nowMs(), price: await deps.pricingOf(fromMs, toMs) },
    kindOf: (plug) => kinds.get(plug) ?? 'other',
    lives: (await Promise.all(lives)).flat(),
  });
}
