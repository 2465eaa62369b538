import type { Pricing } from '../../model/emissions.ts';
import { isProducer } from '../../model/plug.ts';
import type { Journal, SessionRecord } from '../../model/ports.ts';
import { type Report, reportOf, revisionOf } from '../../model/report.ts';
import { scoreOf, together } from '../../model/score.ts';
import { type PlugHistory, timelineOf, timelineStep } from '../../model/timeline.ts';
import { wholeLive } from '../../model/whole-live.ts';
import type { InsightDeps } from '../insight/deps.ts';
import { livesBefore, type ReadLive, readLive, scoreOfLive, spanOf } from '../insight/lives.ts';
import { waysOf } from './ways.ts';

/** Lives that a report is compared with; those without time on air are left out of them. */
const EARLIER_LIVES = 6;

/** What a report is made of beside what insight knows. */
export interface ReportDeps extends InsightDeps {
  studio: string;
  demo: boolean;
  history: Journal['history'];
  /** What quarter hours were priced with as the grid was known at `atMs`. */
  pricingKnownAt(fromMs: number, toMs: number, atMs: number): Promise<Pricing>;
}

/** The report of a session, worked out of the journal as it is now; null when there is no such session. */
export async function reportContent(deps: ReportDeps, sessionId: string): Promise<Report | null> {
  const session = await deps.session(sessionId);
  const scored = await scoreOfLive(deps, sessionId);
  if (!session || !scored) return null;
  const { live, slices, price } = await readLive(deps, session);
  const sent = session.stream ? session.stream.sentBytes / 1e9 : null;
  const nowMs = deps.nowMs();
  const earlier = await livesBefore(deps, session, EARLIER_LIVES);
  return reportOf({
    ...{ nowMs, demo: deps.demo, plugs: deps.plugs, slices, price },
    studio: { name: deps.studio, country: deps.country, timeZone: deps.timeZone },
    whole: wholeLive(live, deps.country, deps.footprint, sent),
    ...{ score: scored.score, rank: scored.rank },
    earlier: earlier.map((one) => ({
      live: one,
      score: scoreOf({ ...together([one]), audienceGramsPerViewerHour: null }, nowMs),
    })),
    revision: await revised(deps, session, { slices, price }),
    timeline: await timeline(deps, session, live.endMs, new Set(slices.map(({ plug }) => plug))),
    ways: await waysOf(deps, sessionId),
  });
}

async function revised(deps: ReportDeps, session: SessionRecord, { slices, price }: Omit<ReadLive, 'live'>) {
  if (session.endedAtMs === null) return null;
  return revisionOf(slices, price, await deps.pricingKnownAt(...spanOf(session, slices), session.endedAtMs));
}

/** @param took the plugs that took energy in it */
async function timeline(deps: ReportDeps, { startedAtMs }: SessionRecord, endMs: number, took: ReadonlySet<string>) {
  const step = timelineStep(startedAtMs, endMs);
  const histories: PlugHistory[] = [];
  for (const plug of deps.plugs) {
    if (isProducer(plug) || !took.has(plug.id)) continue;
    const { kind, staleAfterMs } = plug;
    histories.push({ kind, staleAfterMs, buckets: await deps.history(plug.id, startedAtMs, endMs, step * 1000) });
  }
  return timelineOf(startedAtMs, endMs, step, histories);
}
