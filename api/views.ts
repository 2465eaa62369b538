/** From the daemon's words (UTC ms) to the API's (ISO-8601). Every field is named: nothing slips out by itself. */
import type { z } from 'zod';
import { alarmText } from '../model/alarm-texts.ts';
import type { Alarm } from '../model/alarms.ts';
import type { IntensityPoint } from '../model/intensity.ts';
import { iso, isoOrNull } from '../model/iso.ts';
import type { Market } from '../model/market.ts';
import {
  type DeadLetter,
  type HistoryBucket,
  SESSION_PHASES,
  type StreamTotals,
  type SwitchRecord,
} from '../model/ports.ts';
import type { StudioProblem } from '../model/problems.ts';
import type { NextPlanned } from '../model/signals.ts';
import type * as alarms from './alarm-schema.ts';
import type {
  ApiDeps,
  CutNowOffer,
  DiscoveredView,
  Footprint,
  HoldView,
  IntentView,
  PlugView,
  PreviewEntry,
  SessionView,
  SourceView,
} from './deps.ts';
import type * as schemas from './schemas.ts';

export function statusView(deps: ApiDeps): z.output<typeof schemas.Status> {
  const status = deps.status();
  const { lastDeliveryAtMs, state, pendingPoints, quarantinedPoints, droppedPoints, problem } = status.influx;
  return {
    now: iso(deps.nowMs()),
    version: deps.version,
    studio: deps.studio,
    demo: deps.demo,
    dryRun: status.dryRun,
    phase: status.phase,
    onAir: status.onAir,
    watts: status.watts,
    wattsFrom: status.wattsFrom,
    gramsPerHour: status.gramsPerHour,
    intensity: status.intensity && intensityView(status.intensity),
    session: status.session && sessionSummary(status.session),
    sources: status.sources.map(sourceView),
    nextPlanned: status.nextPlanned && plannedView(status.nextPlanned),
    plugs: status.plugs.map(plugView),
    influx: {
      state,
      pendingPoints,
      quarantinedPoints,
      droppedPoints,
      lastDeliveryAt: isoOrNull(lastDeliveryAtMs),
      problem,
    },
    problems: status.problems.map(problemView),
    alarms: status.alarms.map(alarmView),
    hold: status.hold && holdView(status.hold),
  };
}

export function alarmView(alarm: Alarm): z.output<typeof alarms.Alarm> {
  const { id, code, data, severity, plug, acknowledged } = alarm;
  return {
    ...{ id, code, text: alarmText(alarm, 'en'), data, severity, plug },
    raisedAt: iso(alarm.raisedAtMs),
    clearedAt: isoOrNull(alarm.clearedAtMs),
    acknowledged: acknowledged && { at: iso(acknowledged.atMs), by: acknowledged.by },
  };
}

function problemView({ code, text, data, plug }: StudioProblem): z.output<typeof schemas.StudioProblem> {
  return data ? { code, text, data, plug } : { code, text, plug };
}

function plannedView({ startsAtMs, setupAtMs, title, source }: NextPlanned) {
  return { startsAt: iso(startsAtMs), setupAt: iso(setupAtMs), title, source };
}

function sourceView(source: SourceView): z.output<typeof schemas.Source> {
  const { name, role, trusted, says, detail, remarks, sinceMs, heardAtMs } = source;
  return {
    ...{ name, role, trusted, says, detail, remarks: [...remarks] },
    ...{ since: isoOrNull(sinceMs), heardAt: isoOrNull(heardAtMs) },
  };
}

export function plugView(plug: PlugView): z.output<typeof schemas.Plug> {
  return {
    id: plug.id,
    name: plug.name,
    kind: plug.kind,
    adapter: plug.adapter,
    about: plug.about && { model: plug.about.model, firmware: plug.about.firmware },
    essential: plug.essential,
    watts: plug.watts,
    relay: plug.relay,
    online: plug.online,
    at: isoOrNull(plug.atMs),
    flags: plug.flags,
    problem: plug.problem && { code: plug.problem.code, text: plug.problem.text },
    overriddenBy: plug.overriddenBy,
    todayWh: plug.todayWh,
    idleWatts: plug.idleWatts,
    quietSeconds: plug.quietSeconds,
    minOnSeconds: plug.minOnSeconds,
    minOffSeconds: plug.minOffSeconds,
    poweredIn: [...(plug.poweredIn ?? SESSION_PHASES)],
    offWatts: plug.offWatts ?? null,
    canShutDown: plug.canShutDown ?? false,
    coolDownSeconds: plug.coolDownSeconds ?? 0,
    cutOrder: plug.cutOrder ?? null,
    restoreOrder: plug.restoreOrder ?? 0,
    inrushSeconds: plug.inrushSeconds ?? 0,
  };
}

export function discoveredView(device: DiscoveredView): z.output<typeof schemas.Discovered> {
  const { adapter, model, firmware, mac, address, name, obstacle, yaml } = device;
  return { adapter, model, firmware, mac, address, name, obstacle, yaml };
}

export function sessionView(session: SessionView): z.output<typeof schemas.Session> {
  return {
    id: session.id,
    title: session.title,
    phase: session.phase,
    startedAt: iso(session.startedAtMs),
    endedAt: isoOrNull(session.endedAtMs),
    startedBy: session.startedBy,
    endedBy: session.endedBy,
    phases: session.phases.map(({ phase, atMs, by = null }) => ({ phase, at: iso(atMs), by })),
    audience: session.audience.map(({ atMs, viewers }) => ({ at: iso(atMs), viewers })),
    footprint: footprintView(session.footprint),
    revisedByGrams: session.revisedByGrams,
    market: session.market && marketView(session.market),
    stream: session.stream ? streamView(session.stream) : null,
  };
}

/**
 * A session with only the peak and the latest of its audience: a live of ten hours has thousands of figures, too many
 * for an event that comes four times a second and for the answer to each figure.
 */
export function sessionSummary(session: SessionView): z.output<typeof schemas.Session> {
  const { audience } = session;
  const latest = audience.at(-1);
  const peak = latest && audience.reduce((best, said) => (said.viewers > best.viewers ? said : best));
  return sessionView({ ...session, audience: peak ? [...new Set([peak, latest])] : [] });
}

export function footprintView(footprint: Footprint): z.output<typeof schemas.Footprint> {
  const { wh, grams, coverage, counterWh, integratedWh, gapWh, unpricedWh, origins } = footprint;
  return { wh, grams, coverage, counterWh, integratedWh, gapWh, unpricedWh, origins };
}

function streamView({ sentBytes, totalFrames, droppedFrames }: StreamTotals) {
  return { sentBytes, totalFrames, droppedFrames };
}

function marketView(market: Market): z.output<typeof schemas.Market> {
  const { grams, onsiteWh, gridWh, unpricedWh, contract } = market;
  return { grams, onsiteWh, gridWh, unpricedWh, contract };
}

export function intensityView(point: IntensityPoint): z.output<typeof schemas.Intensity> {
  const { zone, gramsPerKwh, factorType, basis, status, provider } = point;
  const [start, end, fetchedAt] = [iso(point.startMs), iso(point.endMs), iso(point.fetchedAtMs)];
  const heldFrom = isoOrNull(point.heldFromMs ?? null);
  return { zone, start, end, gramsPerKwh, factorType, basis, status, provider, fetchedAt, heldFrom };
}

export function bucketView(bucket: HistoryBucket): z.output<typeof schemas.History>['buckets'][number] {
  const { meanWatts, maxWatts, readings } = bucket;
  return { at: iso(bucket.startMs), meanWatts, maxWatts, readings };
}

export function previewView(entry: PreviewEntry): z.output<typeof schemas.Preview>['plugs'][number] {
  const { plug, ifEndedNow } = entry;
  return { plug, ...intentView(entry), ifEndedNow: ifEndedNow && intentView(ifEndedNow) };
}

function intentView({ action, reasons, dueAtMs }: IntentView) {
  return { action, reasons, dueAt: isoOrNull(dueAtMs) };
}

export function holdView({ untilMs, by }: HoldView): z.output<typeof schemas.Hold> {
  return { until: iso(untilMs), by };
}

export function cutNowView({ confirm, expiresAtMs, plugs }: CutNowOffer): z.output<typeof schemas.CutNowOffer> {
  return {
    confirm,
    expiresAt: iso(expiresAtMs),
    plugs: plugs.map(({ plug, action, reasons }) => ({ plug, action, reasons })),
  };
}

export function switchView(record: SwitchRecord): z.output<typeof schemas.SwitchLog>['entries'][number] {
  const { commandId, plug, to, by, source, reason, reasons, wattsBefore, outcome, detail, tookMs } = record;
  return {
    ...{ commandId, at: iso(record.atMs), plug, to, by, source, reason, reasons, wattsBefore },
    ...{ outcome, detail, tookMs },
  };
}

export function deadLetterView({
  atMs,
  reason,
  line,
}: DeadLetter): z.output<typeof schemas.DeadLetters>['entries'][number] {
  return { at: iso(atMs), reason, line };
}
