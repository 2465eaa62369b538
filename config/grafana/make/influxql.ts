import type { By, EnergyField, Queries, Query } from './queries.ts';

const STUDIO = `"studio" =~ /^\${studio:regex}$/`;
const PLUG = `"plug" =~ /^\${plug:regex}$/`;
const USER = `"kind" != 'solar'`;
/** Days are those of the studio. */
const ZONE = `tz('\${timezone}')`;
const EACH = 'GROUP BY time($__interval)';
const series = (text: string, name: Pick<Query, 'by' | 'field'> = {}): Query => ({
  text,
  format: 'time_series',
  ...name,
});
const table = (text: string): Query => ({ text, format: 'table' });

const OF_ENERGY: Readonly<Record<EnergyField, string>> = {
  wh: 'sum("wh")',
  grams: 'sum("grams")',
  standby_wh: 'sum("standby_wh")',
  live_wh: 'sum("wh") - sum("standby_wh")',
};
const tagsOf = (by: By): string => (by === 'studio' ? '' : `, "${by}"`);
const nameOf = (by: By, field: string): Pick<Query, 'by' | 'field'> => (by === 'studio' ? { field } : { by });

/** A row for each studio that was heard a moment ago: a daemon writes once a minute. */
function latestOf(field: string): string {
  return `SELECT last("${field}") AS "${field}" FROM "health" WHERE ${STUDIO} AND time > now() - 3m GROUP BY "studio"`;
}

/** InfluxDB 1.x, and 2.x through its 1.x API. */
export const influxql: Queries = {
  language: 'influxql',
  power: (by) => {
    const mean = `SELECT mean("watts") AS "watts" FROM "power" WHERE ${STUDIO} AND ${PLUG} AND ${USER} AND $timeFilter`;
    if (by === 'plug') return series(`${mean} ${EACH}, "plug" fill(none)`, { by });
    const inner = `${mean} ${EACH}, "plug", "kind" fill(none)`;
    return series(
      `SELECT sum("watts") FROM (${inner}) WHERE $timeFilter ${EACH}${tagsOf(by)} fill(none)`,
      nameOf(by, 'watts'),
    );
  },
  relay: () =>
    series(`SELECT last("relay") FROM "power" WHERE ${STUDIO} AND ${PLUG} AND $timeFilter ${EACH}, "plug" fill(none)`, {
      by: 'plug',
    }),
  powerTable: () =>
    table(
      `SELECT mean("watts") AS "mean", max("watts") AS "highest", min("watts") AS "lowest" FROM "power" WHERE ${STUDIO} AND ${PLUG} AND ${USER} AND $timeFilter GROUP BY "plug", "kind"`,
    ),
  energy: (field, by) =>
    series(
      `SELECT ${OF_ENERGY[field]} FROM "energy" WHERE ${STUDIO} AND ${PLUG} AND ${USER} AND $timeFilter ${EACH}${tagsOf(by)} fill(none) ${ZONE}`,
      nameOf(by, field),
    ),
  energyTotal: (field) =>
    series(`SELECT ${OF_ENERGY[field]} FROM "energy" WHERE ${STUDIO} AND ${PLUG} AND ${USER} AND $timeFilter`),
  energyTable: () =>
    table(
      `SELECT sum("wh") AS "wh", sum("grams") AS "grams", sum("standby_wh") AS "standby_wh", mean("coverage") AS "coverage" FROM "energy" WHERE ${STUDIO} AND ${PLUG} AND ${USER} AND $timeFilter GROUP BY "plug", "kind"`,
    ),
  gramsPerHour: () =>
    series(
      `SELECT sum("grams") * 4 FROM "energy" WHERE ${STUDIO} AND ${PLUG} AND ${USER} AND $timeFilter AND time <= now() - 15m GROUP BY time(15m) fill(none)`,
    ),
  intensity: () =>
    series(
      `SELECT mean("g_per_kwh") FROM "intensity" WHERE ${STUDIO} AND $timeFilter ${EACH}, "provider", "status" fill(none)`,
      { by: ['provider', 'status'] },
    ),
  lowCarbon: () =>
    series(
      `SELECT mean("low_carbon_share") FROM "intensity" WHERE ${STUDIO} AND $timeFilter ${EACH}, "provider", "status" fill(none)`,
      { by: ['provider', 'status'] },
    ),
  intensityTable: () =>
    table(
      `SELECT "g_per_kwh", "factor_type" FROM "intensity" WHERE ${STUDIO} AND $timeFilter GROUP BY "zone", "provider", "status" ORDER BY time DESC LIMIT 1`,
    ),
  provenance: () =>
    table(
      `SELECT last("provider") AS "provider", last("factor_type") AS "factor_type", last("status") AS "status" FROM "energy" WHERE ${STUDIO} AND ${PLUG} AND ${USER} AND $timeFilter GROUP BY "plug"`,
    ),
  sessions: () =>
    table(
      `SELECT "session", "title", "minutes", "on_air_minutes", "wh", "grams", "coverage", "viewers", "letter", "provider", "factor_type", "status" FROM "session_total" WHERE ${STUDIO} AND "session" =~ /^\${session:regex}$/ AND $timeFilter ORDER BY time DESC`,
    ),
  sessionWhPerHour: () =>
    series(
      `SELECT "wh" / "on_air_minutes" * 60 FROM "session_total" WHERE ${STUDIO} AND "session" =~ /^\${session:regex}$/ AND "on_air_minutes" > 0 AND $timeFilter`,
    ),
  sessionTotal: (field) =>
    series(
      `SELECT sum("${field}") FROM "session_total" WHERE ${STUDIO} AND "session" =~ /^\${session:regex}$/ AND $timeFilter`,
    ),
  phases: () => series(`SELECT "phase" FROM "session" WHERE ${STUDIO} AND $timeFilter`),
  switches: () =>
    table(
      `SELECT "plug", "to", "verified", "reason" FROM "switch" WHERE ${STUDIO} AND ${PLUG} AND $timeFilter ORDER BY time DESC LIMIT 200`,
    ),
  cuts: () =>
    table(
      `SELECT count("to") AS "cuts" FROM "switch" WHERE ${STUDIO} AND ${PLUG} AND "to" = 'off' AND "verified" = 1 AND $timeFilter GROUP BY "plug"`,
    ),
  saved: () =>
    series(
      `SELECT sum("wh") FROM "savings" WHERE ${STUDIO} AND ${PLUG} AND $timeFilter ${EACH}, "plug" fill(none) ${ZONE}`,
      { by: 'plug' },
    ),
  savedTotal: () => series(`SELECT sum("wh") FROM "savings" WHERE ${STUDIO} AND ${PLUG} AND $timeFilter`),
  health: (field) =>
    series(`SELECT last("${field}") FROM "health" WHERE ${STUDIO} AND $timeFilter ${EACH} fill(none)`, {
      field,
    }),
  studiosHeard: () => series(`SELECT count("uptime_seconds") FROM (${latestOf('uptime_seconds')})`),
  studiosOnAir: () => series(`SELECT sum("on_air") FROM (${latestOf('on_air')})`),
  studios: () =>
    table(
      `SELECT "phase", "on_air", "watts", "plugs", "plugs_online", "problems", "alarms", "pending_points", "dry_run", "version" FROM "health" WHERE ${STUDIO} AND $timeFilter GROUP BY "studio" ORDER BY time DESC LIMIT 1`,
    ),
  studioPower: (of) => {
    const each = `SELECT mean("watts") AS "watts" FROM "health" WHERE ${STUDIO} AND $timeFilter ${EACH}, "studio" fill(none)`;
    if (of === 'each') return series(each, { by: 'studio' });
    return series(`SELECT sum("watts") FROM (${each}) WHERE $timeFilter ${EACH} fill(none)`, { field: 'watts' });
  },
  studioEnergy: (field) =>
    series(
      `SELECT ${OF_ENERGY[field]} FROM "energy" WHERE ${STUDIO} AND ${USER} AND $timeFilter ${EACH}, "studio" fill(none) ${ZONE}`,
      { by: 'studio' },
    ),
  studioEnergyTable: () =>
    table(
      `SELECT sum("wh") AS "wh", sum("grams") AS "grams", sum("standby_wh") AS "standby_wh", mean("coverage") AS "coverage" FROM "energy" WHERE ${STUDIO} AND ${USER} AND $timeFilter GROUP BY "studio"`,
    ),
  studioWaiting: () =>
    series(`SELECT max("pending_points") FROM "health" WHERE ${STUDIO} AND $timeFilter ${EACH}, "studio" fill(none)`, {
      by: 'studio',
    }),
  variables: {
    studio: 'SHOW TAG VALUES FROM "health" WITH KEY = "studio"',
    plug: `SHOW TAG VALUES FROM "power" WITH KEY = "plug" WHERE ${STUDIO}`,
    session: `SELECT DISTINCT("session") FROM "session_total" WHERE ${STUDIO}`,
  },
};
