import type { PlugView, SessionView, StatusView } from '../api/deps.ts';
import type { Alarm } from '../model/alarms.ts';
import { footprint, gramsOf, gramsPerHour, type Pricing } from '../model/emissions.ts';
import { type EnergySlice, sliceWh } from '../model/energy.ts';
import { localMidnight } from '../model/local-day.ts';
import { type MarketSettings, marketOf } from '../model/market.ts';
import { isProducer, type PlugId, type PlugSpec } from '../model/plug.ts';
import type { PlugDevice, PointSinkStatus, SessionRecord } from '../model/ports.ts';
import { faultProblems, problem, type StudioProblem } from '../model/problems.ts';
import { isOnAir, phaseOf } from '../model/session.ts';
import type { Carbon } from './carbon.ts';
import type { Controller } from './controller.ts';
import type { Live } from './live.ts';
import type { Onsite } from './onsite.ts';
import type { Pipeline } from './pipeline.ts';
import type { Sessions } from './sessions.ts';
import type { Signals } from './signals.ts';

export interface ViewDeps {
  timeZone: string;
  plugs: readonly PlugSpec[];
  devices: ReadonlyMap<PlugId, PlugDevice>;
  dryRun: boolean;
  live: Live;
  pipeline: Pipeline;
  sessions: Sessions;
  signals: Signals;
  controller: Controller;
  carbon: Carbon;
  onsite: Onsite;
  market: MarketSettings;
  influx(): PointSinkStatus;
  nowMs(): number;
  openAlarms(): readonly Alarm[];
  /** What is wrong with the daemon as a whole. */
  problems(): StudioProblem[];
}

/** Everything at a glance, from memory: cheap enough for several times a second. */
export function statusOf(deps: ViewDeps): StatusView {
  const { live, sessions, carbon, controller, dryRun } = deps;
  const phase = phaseOf(sessions.current);
  const plugs = plugViews(deps);
  const measured = plugs.filter((plug) => plug.watts !== null && !isProducer(plug));
  const watts = measured.reduce((sum, plug) => sum + (plug.watts ?? 0), 0);
  const intensity = carbon.now();
  const alarms = deps.plugs.flatMap(({ id, name }) => {
    const alarm = controller.state.plugs[id]?.alarm;
    return alarm ? [problem('not-switched', { name, detail: alarm }, id)] : [];
  });
  const faults = plugs.flatMap(faultProblems);
  const troubles = plugs.flatMap(({ id, name, problem: trouble }) =>
    trouble ? [problem(trouble.code, { name, detail: trouble.text }, id)] : [],
  );
  // What is now essential or in dry run is never switched: a person must.
  const dark = deps.plugs.flatMap(({ id, name, essential }) => {
    const state = controller.state.plugs[id];
    const left = state?.cutByOffair && state.relay === false && (essential || dryRun);
    return left ? [problem('left-cut', { name }, id)] : [];
  });
  const unsure = sessions.doubt ? problem(sessions.doubt.code, sessions.doubt.data) : problem('session-unknown');
  const unknown = sessions.status === 'unknown' ? [unsure] : [];
  return {
    phase,
    onAir: isOnAir(phase),
    watts,
    wattsFrom: { plugs: measured.length, of: live.metered(deps.plugs.filter((plug) => !isProducer(plug))) },
    gramsPerHour: intensity && measured.length > 0 ? gramsPerHour(watts, intensity) : null,
    intensity,
    session: sessions.current && currentSession(deps, sessions.current),
    sources: deps.signals.view(),
    nextPlanned: deps.signals.nextPlanned(),
    plugs,
    influx: deps.influx(),
    dryRun,
    hold: controller.held,
    alarms: deps.openAlarms(),
    problems: [...unknown, ...dark, ...alarms, ...faults, ...troubles, ...deps.problems()],
  };
}

function plugViews(deps: ViewDeps): PlugView[] {
  const midnightMs = localMidnight(deps.nowMs(), deps.timeZone);
  const today = new Map<PlugId, number>();
  for (const slice of deps.pipeline.slices()) {
    if (slice.startMs < midnightMs) continue;
    today.set(slice.plug, (today.get(slice.plug) ?? 0) + sliceWh(slice));
  }
  return deps.plugs.flatMap((spec) => {
    const device = deps.devices.get(spec.id);
    if (!device) return [];
    const overriddenBy = deps.controller.state.plugs[spec.id]?.override?.by ?? null;
    return [{ ...deps.live.view(spec, device), overriddenBy, todayWh: today.get(spec.id) ?? 0 }];
  });
}

function currentSession(deps: ViewDeps, session: SessionRecord): SessionView {
  const slices = deps.pipeline.slices().filter(({ sessionId }) => sessionId === session.id);
  return sessionView(deps, session, slices, { now: deps.carbon.price, atItsEnd: null, share: deps.onsite.share });
}

/** What a session's energy is priced with. */
interface SessionPrices {
  now: Pricing;
  /** As the grid was known when the session ended; null while it runs. */
  atItsEnd: Pricing | null;
  /** The share of the studio's own roof. */
  share: (startMs: number) => number;
}

/** A session with its energy and grams; `slices` are all of it. */
export function sessionView(
  deps: Pick<ViewDeps, 'plugs' | 'nowMs' | 'market'>,
  session: SessionRecord,
  slices: readonly EnergySlice[],
  { now, atItsEnd, share }: SessionPrices,
): SessionView {
  const lengthMs = (session.endedAtMs ?? deps.nowMs()) - session.startedAtMs;
  const plugs = new Set(slices.map(({ plug }) => plug)).size;
  const watchable = Math.max(plugs, 1) * Math.max(lengthMs, 1);
  const whole = footprint(slices, now, watchable);
  return {
    ...session,
    phase: phaseOf(session),
    footprint: whole,
    revisedByGrams: atItsEnd && revisedGrams(slices, now, atItsEnd),
    market: marketOf(slices, now, share, deps.market),
  };
}

/** By how much providers have changed what they said then. What was not priced at all then is new, not revised. */
function revisedGrams(slices: readonly EnergySlice[], now: Pricing, then: Pricing): number {
  return slices.reduce((sum, slice) => {
    const [priceNow, priceThen] = [now(slice.startMs), then(slice.startMs)];
    const wh = sliceWh(slice);
    return priceNow && priceThen ? sum + gramsOf(wh, priceNow) - gramsOf(wh, priceThen) : sum;
  }, 0);
}
