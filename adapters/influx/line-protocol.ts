import type { Footprint } from '../../model/emissions.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { PlugId, PlugKind } from '../../model/plug.ts';
import type { Phase, SessionRecord, SwitchRecord } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import type { Saving } from '../../model/savings.ts';

/**
 * InfluxDB line protocol, one line per point with a ms timestamp. Numbers are always floats (an integer once would be a
 * type conflict for ever), unknown values are left out, and every point of a measurement has the same tags.
 */

interface PlugTags {
  plug: PlugId;
  kind: PlugKind;
  studio: string;
}
const PLAIN = /^[\w.-]+$/;
type Fields = Record<string, number | string | null | undefined>;

/** How the lines of these tags begin: of each plug all have the same. */
const powerSeries = new WeakMap<object, string>();

/**
 * Electrical values of one reading; null when it has none. `relay` is 1 (closed) or 0.
 * @param tags the same object at each reading of a plug: it is written once
 */
export function powerLine(reading: Reading, tags: PlugTags & { adapter: string }): string | null {
  const { watts, counterWh, volts, relay } = reading;
  const series = powerSeries.get(tags) ?? seriesOf('power', { ...tags });
  powerSeries.set(tags, series);
  const fields = { watts, energy_wh: counterWh, volts, relay: relay === null ? null : Number(relay) };
  return lineIn(series, fields, reading.atMs);
}

/**
 * Energy of one plug in the UTC quarter hour that starts at `startMs`, over all sessions and phases: Wh, gCO2e, coverage
 * 0..1. Grams come with where they are from (a quarter hour has one price); there are none while a part of the energy
 * has no price.
 * @param energy `standbyWh`: of `wh`, what was taken while no session ran
 * @param saidAtMs see `versioned`
 */
export function energyLine(
  tags: PlugTags,
  startMs: number,
  energy: Pick<Footprint, 'wh' | 'grams' | 'coverage' | 'unpricedWh' | 'origins'> & { standbyWh?: number },
  saidAtMs: number | null = null,
): string | null {
  const { wh, standbyWh: standby_wh, grams, coverage, unpricedWh, origins } = energy;
  const [origin] = origins;
  const { provider, factorType: factor_type, status } = origin ?? {};
  const priced = unpricedWh === 0 ? { grams, provider, factor_type, status } : {};
  return versioned('energy', { ...tags }, { wh, standby_wh, coverage, ...priced }, startMs, saidAtMs);
}

/**
 * Grid intensity, gCO2e/kWh, and its low-carbon share, 0..1, at the start of its slot, as this studio counts with it:
 * two studios of one zone may ask for different factors. @param saidAtMs see `versioned`
 */
export function intensityLine(point: IntensityPoint, studio: string, saidAtMs: number | null = null): string | null {
  const { zone, provider, status } = point;
  const fields = {
    g_per_kwh: point.gramsPerKwh,
    low_carbon_share: point.lowCarbonShare,
    factor_type: point.factorType,
  };
  return versioned('intensity', { zone, provider, status, studio }, fields, point.startMs, saidAtMs);
}

/**
 * A point that is said again when it changes. InfluxDB 3 may keep either of two points with the same tags and time: there
 * each version is a point of its own, at the time when it was said (`saidAtMs`), and its slot is a tag. The others
 * overwrite: null.
 */
function versioned(
  measurement: string,
  tags: Record<string, string>,
  fields: Fields,
  startMs: number,
  saidAtMs: number | null,
): string | null {
  if (saidAtMs === null || !Number.isFinite(startMs)) return toLine(measurement, tags, fields, startMs);
  return toLine(measurement, { ...tags, slot: new Date(startMs).toISOString() }, fields, saidAtMs);
}

/** A change of phase. */
export function sessionLine(session: SessionRecord, phase: Phase, studio: string, atMs: number): string | null {
  const fields = { phase, session: session.id, title: session.title, viewers: session.audience.at(-1)?.viewers };
  return toLine('session', { studio }, fields, atMs);
}

/** What a whole session came to, at its start. Grams may be restated for a day. */
export interface SessionTotal {
  session: SessionRecord;
  /** How long it was, and how long of that on air. */
  minutes: number;
  onAirMinutes: number;
  footprint: Pick<Footprint, 'wh' | 'grams' | 'coverage' | 'unpricedWh' | 'origins'>;
  /** A to G; null without one. */
  letter: string | null;
}

/** One session that is over. @param saidAtMs see `versioned` */
export function sessionTotalLine(total: SessionTotal, studio: string, saidAtMs: number | null = null): string | null {
  const { session, minutes, onAirMinutes, letter } = total;
  const { wh, grams, coverage, unpricedWh, origins } = total.footprint;
  const [origin] = origins;
  const { provider, factorType: factor_type, status } = origin ?? {};
  const viewers = session.audience.reduce<number | null>((most, said) => Math.max(most ?? 0, said.viewers), null);
  const fields = {
    ...{
      session: session.id,
      title: session.title,
      wh,
      coverage,
      minutes,
      on_air_minutes: onAirMinutes,
      viewers,
      letter,
    },
    ...(unpricedWh === 0 ? { grams, provider, factor_type, status } : {}),
  };
  return versioned('session_total', { studio }, fields, session.startedAtMs, saidAtMs);
}

/**
 * What cutting a plug has saved in the studio's day that starts at `startMs`: Wh, below zero where the plug itself draws
 * more than what it cuts; grams when all of it has a price. @param saidAtMs see `versioned`
 */
export function savingLine(
  tags: { plug: PlugId; studio: string },
  startMs: number,
  { wh, grams, unpricedWh }: Pick<Saving, 'wh' | 'grams' | 'unpricedWh'>,
  saidAtMs: number | null = null,
): string | null {
  return versioned('savings', { ...tags }, { wh, grams: unpricedWh === 0 ? grams : null }, startMs, saidAtMs);
}

/** How a studio and offair itself are. Counters begin anew with each start. */
export interface Health {
  version: string;
  phase: Phase | 'unknown';
  /** null: nobody knows. */
  onAir: boolean | null;
  dryRun: boolean;
  /** Measured now, without what the roof makes; null while no plug is heard. */
  watts: number | null;
  /** Open alarms. */
  alarms: number;
  uptimeSeconds: number;
  residentMegabytes: number;
  plugs: number;
  plugsOnline: number;
  problems: number;
  readings: number;
  readingsDropped: number;
  pendingPoints: number;
  quarantinedPoints: number;
  droppedPoints: number;
}

export function healthLine(health: Health, studio: string, atMs: number): string | null {
  const fields = Object.entries(health).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
    typeof value === 'boolean' ? Number(value) : value,
  ]);
  return toLine('health', { studio }, Object.fromEntries(fields) as Fields, atMs);
}

/** One command to a plug; `verified` is 1 only when the plug was seen to have obeyed. */
export function switchLine(record: SwitchRecord, studio: string): string | null {
  if (record.to === 'shut-down') return null;
  const fields = { to: record.to, verified: record.outcome === 'verified' ? 1 : 0, reason: record.reason };
  return toLine('switch', { plug: record.plug, studio }, fields, record.atMs);
}

/** null when no field has a value: a point without fields does not exist. */
export function toLine(measurement: string, tags: Record<string, string>, fields: Fields, atMs: number): string | null {
  return lineIn(seriesOf(measurement, tags), fields, atMs);
}

/** Measurement and tags, as a line begins. */
function seriesOf(measurement: string, tags: Record<string, string>): string {
  const keys = Object.keys(tags).sort();
  return [
    escapeMeasurement(measurement),
    ...keys.map((key) => `${escapeKey(key)}=${escapeKey(tags[key] ?? '')}`),
  ].join();
}

function lineIn(series: string, fields: Fields, atMs: number): string | null {
  const texts: string[] = [];
  for (const key of Object.keys(fields)) {
    const text = fieldValue(fields[key]);
    if (text !== null) texts.push(`${escapeKey(key)}=${text}`);
  }
  if (texts.length === 0 || !Number.isFinite(atMs)) return null;
  // Joined, a line is one piece of memory; added up, it would keep all its pieces for as long as it waits.
  return [series, texts.join(), Math.trunc(atMs)].join(' ');
}

function fieldValue(value: Fields[string]): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
  return null;
}

/** For tag keys, tag values and field keys. */
function escapeKey(text: string): string {
  // As a rule there is nothing to escape: looking costs a tenth of escaping.
  if (PLAIN.test(text)) return text;
  return plain(text).replaceAll(/[,= ]/g, '\\$&');
}

function escapeMeasurement(text: string): string {
  return plain(text).replaceAll(/[, ]/g, '\\$&');
}

/**
 * The format has no way to write a line break, an empty value, or a backslash that stands before a separator: a space,
 * a dash and a slash take their place.
 */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').replaceAll(/\\+(?=[,= ]|$)/g, '/') || '-';
}
