import type { LivePlan, Scenario, WhatIf } from '../../api/insight.ts';
import { audienceOf } from '../../model/audience.ts';
import { IntensityCurve } from '../../model/best-slot.ts';
import { footprint, type Pricing } from '../../model/emissions.ts';
import { type EnergySlice, QUARTER_HOUR_MS, quarterHourStart, sliceWh } from '../../model/energy.ts';
import { embodiedGrams } from '../../model/hardware.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { liveParameters } from '../../model/live-parameters.ts';
import { onAirSpans } from '../../model/lives.ts';
import { kindsOf, type PlugKind } from '../../model/plug.ts';
import { isOnAir } from '../../model/session.ts';
import { standbyWatts } from '../../model/standby.ts';
import { euroPerKwh } from '../../model/tariff.ts';
import { type LiveBase, type Prices, whatIf } from '../../model/whatif.ts';
import type { InsightDeps } from './deps.ts';
import { forecastOf } from './forecast.ts';
import { type ReadLive, readLive, recentLives } from './lives.ts';
import { recentSlices } from './recent.ts';

const HOUR_MS = 3_600_000;

/** What a base is made of beside its energy. */
type Known = Omit<LiveBase, 'standby' | 'network' | 'replayYears' | 'hardware'> & { useHours: number };

interface Found {
  known: Known;
  prices: Prices;
  /** When it goes on air. */
  startMs: number;
}

export async function whatIfOf(
  deps: InsightDeps,
  of: { session: string } | { plan: LivePlan },
  scenarios: readonly Scenario[],
): Promise<WhatIf | null> {
  const found = 'plan' in of ? await ofPlan(deps, of.plan) : await ofSession(deps, of.session);
  if (!found) return null;
  const { known, prices, startMs: baseMs } = found;
  const base = await baseOf(deps, known);
  const parameters = liveParameters(deps.country);
  const outcomes = scenarios.map(async ({ name, startMs, ...changes }) => {
    const hours = changes.durationMinutes === undefined ? base.onAirHours : changes.durationMinutes / 60;
    const scenario = startMs === undefined ? prices : await pricesAt(deps, startMs, hours * HOUR_MS);
    const outcome = whatIf(base, parameters, changes, { base: prices, scenario });
    const span = { fromMs: baseMs, toMs: startMs, durationMs: hours * HOUR_MS };
    return { name, ...outcome, notes: [...outcome.notes, ...(await marginalNotes(deps, span))] };
  });
  return {
    base: whatIf(base, parameters, {}, { base: prices, scenario: prices }),
    scenarios: await Promise.all(outcomes),
  };
}

/** What shifting avoids, in words: marginal intensity is in no figure. */
async function marginalNotes(
  deps: InsightDeps,
  { fromMs, toMs, durationMs }: { fromMs: number; toMs: number | undefined; durationMs: number },
): Promise<string[]> {
  if (toMs === undefined) return [];
  const means = await Promise.all([fromMs, toMs].map((startMs) => marginalMean(deps, startMs, durationMs)));
  const [before, after] = means.filter((mean) => mean !== null).map((mean) => `${Math.round(mean)} g/kWh`);
  if (before === undefined || after === undefined) return [];
  return [
    `Marginal intensity (WattTime): ${after} at this time, ${before} at that of the base. It says what shifting ` +
      'avoids, and is in no figure.',
  ];
}

async function marginalMean(deps: InsightDeps, startMs: number, durationMs: number): Promise<number | null> {
  const points = await deps.marginal(startMs, startMs + durationMs);
  if (!points) return null;
  const steps = points.map(({ startMs: from, endMs: to, marginalGramsPerKwh }) => ({
    startMs: from,
    endMs: to,
    gramsPerKwh: marginalGramsPerKwh,
  }));
  return new IntensityCurve(steps).mean(startMs, durationMs);
}

async function baseOf(deps: InsightDeps, { useHours, ...known }: Known): Promise<LiveBase> {
  const { hardware, hoursPerWeek, allocation, replayDays, network } = deps.footprint;
  return {
    ...known,
    network,
    replayYears: replayDays / 365,
    hardware: embodiedGrams(hardware, useHours, hoursPerWeek, allocation).map(({ item, grams }) => ({
      isCamera: item === 'camera',
      grams,
    })),
    standby: await standbyOf(deps),
  };
}

async function ofSession(deps: InsightDeps, id: string): Promise<Found | null> {
  const session = await deps.session(id);
  if (!session) return null;
  const read = await readLive(deps, session);
  const { live, slices, price } = read;
  const kindOf = kindsOf(deps.plugs);
  return {
    known: {
      onAirHours: live.onAirMs / HOUR_MS,
      useHours: (live.endMs - session.startedAtMs) / HOUR_MS,
      loads: loadsOf(deps, read),
      cameras: new Set(slices.map(({ plug }) => plug).filter((plug) => kindOf(plug) === 'camera')).size,
      meanViewers: audienceOf(session.audience, onAirSpans(session, live.endMs))?.meanViewers ?? null,
      sentGigabytes: session.stream ? session.stream.sentBytes / 1e9 : null,
    },
    prices: pricesOf(deps, slices, price),
    startMs: onAirSpans(session, live.endMs)[0]?.startMs ?? session.startedAtMs,
  };
}

async function ofPlan(deps: InsightDeps, plan: LivePlan): Promise<Found> {
  const onAirHours = plan.durationMinutes / 60;
  const loads = plan.watts
    ? Object.entries(plan.watts).map(([kind, watts]) => ({
        kind: kind as PlugKind,
        onAirWh: watts * onAirHours,
        otherWh: 0,
      }))
    : usualLoads(deps, await recentLives(deps), onAirHours);
  const cameras = deps.plugs.filter(({ kind }) => kind === 'camera').length;
  return {
    known: {
      ...{ onAirHours, useHours: onAirHours, loads, meanViewers: plan.viewers, sentGigabytes: null },
      cameras: loads.some(({ kind }) => kind === 'camera') ? Math.max(1, cameras) : 0,
    },
    prices: await pricesAt(deps, plan.startMs, onAirHours * HOUR_MS),
    startMs: plan.startMs,
  };
}

function loadsOf(deps: InsightDeps, { slices }: ReadLive): LiveBase['loads'] {
  const kindOf = kindsOf(deps.plugs);
  const wh = (part: EnergySlice[]) => part.reduce((sum, slice) => sum + sliceWh(slice), 0);
  return [...Map.groupBy(slices, ({ plug }) => kindOf(plug))].map(([kind, own]) => ({
    kind,
    onAirWh: wh(own.filter(({ phase }) => isOnAir(phase))),
    otherWh: wh(own.filter(({ phase }) => !isOnAir(phase))),
  }));
}

/** The mean of the last lives: on air by the hour, set-up and wrap by the live. */
function usualLoads(deps: InsightDeps, recent: readonly ReadLive[], onAirHours: number): LiveBase['loads'] {
  const pastHours = recent.reduce((sum, { live }) => sum + live.onAirMs, 0) / HOUR_MS;
  if (pastHours === 0) return [];
  const byKind = Map.groupBy(
    recent.flatMap((read) => loadsOf(deps, read)),
    ({ kind }) => kind,
  );
  return [...byKind].map(([kind, loads]) => ({
    kind,
    onAirWh: (loads.reduce((sum, { onAirWh }) => sum + onAirWh, 0) / pastHours) * onAirHours,
    otherWh: loads.reduce((sum, { otherWh }) => sum + otherWh, 0) / recent.length,
  }));
}

async function standbyOf(deps: InsightDeps): Promise<LiveBase['standby']> {
  const nowMs = deps.nowMs();
  const { slices, price } = await recentSlices(deps);
  const idle = slices.filter(({ sessionId }) => sessionId === null);
  // How much of the time it is between lives, by the time that was watched, and how often a live begins.
  const covered = (part: readonly EnergySlice[]) => part.reduce((sum, { coveredMs }) => sum + coveredMs, 0);
  const share = slices.length > 0 ? covered(idle) / Math.max(1, covered(slices)) : 0;
  const watchedMs = nowMs - slices.reduce((least, { startMs }) => Math.min(least, startMs), nowMs);
  const lives = new Set(slices.map(({ sessionId }) => sessionId).filter((id) => id !== null)).size;
  return {
    ...standbyWatts(deps.plugs, idle, deps.cutting),
    ...pricesOf(deps, idle, price),
    hours: (watchedMs * share) / HOUR_MS / Math.max(1, lives),
    cut: deps.cutting,
  };
}

/** What the energy of these slices was priced with, on average. */
function pricesOf({ tariff, timeZone }: InsightDeps, slices: readonly EnergySlice[], price: Pricing): Prices {
  const { wh, grams, unpricedWh, origins } = footprint(slices, price);
  const euros = (startMs: number) => (tariff ? euroPerKwh(tariff, startMs, timeZone) : 0);
  const known = new Map([...new Set(slices.map(({ startMs }) => startMs))].map((ms) => [ms, euros(ms)]));
  const cost = slices.reduce((sum, slice) => sum + (sliceWh(slice) / 1000) * (known.get(slice.startMs) ?? 0), 0);
  return {
    gramsPerKwh: wh > 0 && unpricedWh < wh / 10 ? grams / ((wh - unpricedWh) / 1000) : null,
    gridFrom: origins.map(originText),
    euroPerKwh: tariff && wh > 0 ? cost / (wh / 1000) : null,
  };
}

/** What a steady draw from `startMs` on costs: measured where it is past, forecast where it is not. */
async function pricesAt(deps: InsightDeps, startMs: number, durationMs: number): Promise<Prices> {
  const { tariff, timeZone } = deps;
  const endMs = startMs + durationMs;
  const quarters: number[] = [];
  for (let atMs = quarterHourStart(startMs); atMs < endMs; atMs += QUARTER_HOUR_MS) quarters.push(atMs);
  const past = endMs <= deps.nowMs();
  const price = past ? await deps.pricingOf(startMs, endMs) : null;
  const points = price
    ? quarters.flatMap((atMs) => price(atMs) ?? [])
    : (await forecastOf(deps, startMs, endMs)).points;
  const steps = points.map(({ startMs: from, endMs: to, gramsPerKwh }) => ({ startMs: from, endMs: to, gramsPerKwh }));
  const shares = quarters.map(
    (atMs) => (Math.min(endMs, atMs + QUARTER_HOUR_MS) - Math.max(startMs, atMs)) / durationMs,
  );
  return {
    gramsPerKwh: new IntensityCurve(steps).mean(startMs, durationMs),
    gridFrom: [...new Set(points.map(originText))],
    euroPerKwh:
      tariff &&
      quarters.reduce((sum, atMs, index) => sum + euroPerKwh(tariff, atMs, timeZone) * (shares[index] ?? 0), 0),
  };
}

function originText({
  provider,
  factorType,
  status,
}: Pick<IntensityPoint, 'provider' | 'factorType' | 'status'>): string {
  return `${provider} (${factorType}, ${status})`;
}
