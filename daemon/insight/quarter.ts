import { kindsOf } from '../../model/plug.ts';
import {
  QuarterEnergy,
  type QuarterLive,
  type QuarterReport,
  quarterReport,
  quarterSpan,
} from '../../model/quarter.ts';
import { wholeLive } from '../../model/whole-live.ts';
import { daysOf } from '../days-of.ts';
import type { InsightDeps } from './deps.ts';
import { readLive, sessionsSince } from './lives.ts';

export async function quarterOf(deps: InsightDeps, quarter: string): Promise<QuarterReport> {
  const { country, timeZone, plugs } = deps;
  const { fromMs, toMs } = quarterSpan(quarter, timeZone);
  const energy = new QuarterEnergy(kindsOf(plugs));
  for (const piece of daysOf(fromMs, toMs)) energy.add(await deps.slices(...piece), await deps.pricingOf(...piece));
  const ended = (await sessionsSince(deps, fromMs)).filter(
    ({ startedAtMs, endedAtMs }) => endedAtMs !== null && startedAtMs >= fromMs && startedAtMs < toMs,
  );
  const lives: QuarterLive[] = [];
  // One after the other: all together they may not fit into memory.
  for (const { id } of ended) {
    const session = await deps.session(id);
    if (!session) continue;
    const { live } = await readLive(deps, session);
    const { audience, modelled } = wholeLive(live, country, deps.footprint, null);
    const { viewerHours = 0 } = audience ?? {};
    lives.push({ live, audience: audience && { grams: modelled.audience.central, viewerHours } });
  }
  return quarterReport({ quarter, country, timeZone, energy, lives, nowMs: deps.nowMs() });
}
