import { QUARTER_HOUR_MS, quarterHourStart } from '../../../model/energy.ts';
import type { Asking } from './ask.ts';
import { InfluxqlFleet } from './influxql.ts';
import { MetricsqlFleet } from './metricsql.ts';
import { SqlFleet } from './sql.ts';
import { type FleetStore, numberOf, type UptimeRow } from './store.ts';

const DAY_MS = 86_400_000;
/** A daemon writes once a minute: so long it is looked at whether one or two of them write as the same studio. */
const TWICE_MS = 10 * 60_000;
/** Two starts that are this near are one: the uptime is said in whole seconds, and its point a little later. */
const SAME_START_MS = 20_000;

/** A studio as the shared database knows it; null is what it does not know. */
export interface StudioSeen {
  studio: string;
  /** Time of its last health point, UTC ms: that is what the following is of. */
  lastAtMs: number;
  version: string | null;
  phase: string | null;
  onAir: boolean | null;
  dryRun: boolean | null;
  /** Measured, without what a roof makes. */
  watts: number | null;
  plugs: number | null;
  plugsOnline: number | null;
  problems: number | null;
  alarms: number | null;
  /** Points that wait for the database. */
  pendingPoints: number | null;
  uptimeSeconds: number | null;
  /** Two daemons write as this studio: each overwrites what the other says. */
  twice: boolean;
  /** Of the quarter hours that began in the last 24 hours. */
  day: {
    wh: number;
    /** Of that part of the energy that has a price; null when none of it has. */
    grams: number | null;
    /** Whether all of it has. */
    priced: boolean;
  } | null;
}

/**
 * All studios that wrote into the database since `fromMs`, by their names.
 * @param asking `settings.url` is where the database is asked, which may be another place than where it is written
 * @throws InfluxRefused when it does not let us read, Error when it can't be reached
 */
export async function readFleet(asking: Asking, fromMs: number, nowMs: number): Promise<StudioSeen[]> {
  const store = await storeOf(asking);
  // A clock may be ahead of ours.
  const endMs = nowMs + DAY_MS;
  const [health, uptimes, energy] = await Promise.all([
    store.lastHealth(fromMs, endMs),
    store.uptimes(nowMs - TWICE_MS, endMs),
    store.energy(quarterHourStart(nowMs - DAY_MS) + QUARTER_HOUR_MS, nowMs),
  ]);
  const energyOf = new Map(energy.map((row) => [row.studio, row]));
  const uptimesOf = Map.groupBy(uptimes, ({ studio }) => studio);
  return health
    .map(({ studio, atMs, fields }) => {
      const day = energyOf.get(studio);
      const known = (value: unknown) => (numberOf(value) === null ? null : numberOf(value) === 1);
      const text = (value: unknown) => (typeof value === 'string' ? value : null);
      return {
        ...{ studio, lastAtMs: atMs, version: text(fields.version), phase: text(fields.phase) },
        ...{ onAir: known(fields.on_air), dryRun: known(fields.dry_run), watts: numberOf(fields.watts) },
        ...{ plugs: numberOf(fields.plugs), plugsOnline: numberOf(fields.plugs_online) },
        ...{ problems: numberOf(fields.problems), alarms: numberOf(fields.alarms) },
        ...{ pendingPoints: numberOf(fields.pending_points), uptimeSeconds: numberOf(fields.uptime_seconds) },
        twice: isTwice(uptimesOf.get(studio) ?? []),
        day: day ? { wh: day.wh, grams: day.grams, priced: day.priced >= day.slices } : null,
      };
    })
    .sort((a, b) => a.studio.localeCompare(b.studio));
}

async function storeOf(asking: Asking): Promise<FleetStore> {
  if (asking.settings.flavour === 3) return new SqlFleet(asking);
  return (await MetricsqlFleet.answers(asking)) ? new MetricsqlFleet(asking) : new InfluxqlFleet(asking);
}

/**
 * A daemon that is started again has a later start from then on, one whose clock is set back has an earlier one once;
 * two that run have theirs by turns.
 */
function isTwice(rows: readonly UptimeRow[]): boolean {
  const startsMs = rows
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, uptimeSeconds }) => atMs - uptimeSeconds * 1000);
  const earlier = startsMs.filter((startMs, index) => startMs < (startsMs[index - 1] ?? startMs) - SAME_START_MS);
  return earlier.length > 1;
}
