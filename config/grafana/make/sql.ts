import type { By, EnergyField, Queries, Query } from './queries.ts';

const STUDIO = `studio IN (\${studio:sqlstring})`;
const PLUG = `plug IN (\${plug:sqlstring})`;
const SESSION = `session IN (\${session:sqlstring})`;
const USER = `kind <> 'solar'`;
const WHEN = '$__timeFilter(time)';
const EACH = '$__dateBin(time) AS time';
const series = (text: string, name: Pick<Query, 'by'> = {}): Query => ({ text, format: 'time_series', ...name });
const table = (text: string): Query => ({ text, format: 'table' });

/**
 * InfluxDB 3 may keep any of two points with the same tags and time, so what is restated is written there as points of
 * their own, at the time of saying, with the tag `slot`: the last one said counts, at the time of its slot.
 */
function latest(measurement: string, tags: readonly string[], fields: readonly string[]): string {
  const columns = fields.map((field) => `last_value(${field} ORDER BY time) AS ${field}`);
  // A tag is a dictionary there, which `to_timestamp` does not take.
  const slot = `to_timestamp(cast(slot AS varchar))`;
  return (
    `(SELECT ${slot} AS time, ${[...tags, ...columns].join(', ')} FROM ${measurement} ` +
    // Nothing is said of a slot before it begins; it may be restated long after its end.
    `WHERE time >= $__timeFrom AND ${slot} >= $__timeFrom AND ${slot} < $__timeTo GROUP BY slot, ${tags.join(', ')})`
  );
}
const ENERGY = latest('energy', ['studio', 'plug', 'kind'], ['wh', 'grams', 'standby_wh', 'coverage']);
const ORIGINS = latest('energy', ['studio', 'plug', 'kind'], ['provider', 'factor_type', 'status']);
const INTENSITY = latest(
  'intensity',
  ['studio', 'zone', 'provider'],
  ['status', 'factor_type', 'g_per_kwh', 'low_carbon_share'],
);
const SESSION_FIELDS = [
  ...['session', 'title', 'minutes', 'on_air_minutes', 'wh', 'grams', 'coverage', 'viewers', 'letter'],
  ...['provider', 'factor_type', 'status'],
];
const SESSIONS = latest('session_total', ['studio'], SESSION_FIELDS);
const SAVINGS = latest('savings', ['studio', 'plug'], ['wh', 'grams']);
/** A daemon writes once a minute. */
const JUST_NOW = "time > now() - interval '3 minutes'";
const MINE = `WHERE ${STUDIO} AND ${PLUG} AND ${USER}`;

const OF_ENERGY: Readonly<Record<EnergyField, string>> = {
  wh: 'sum(wh)',
  grams: 'sum(grams)',
  standby_wh: 'sum(standby_wh)',
  live_wh: 'sum(wh) - sum(standby_wh)',
};
const tagOf = (by: By): string => (by === 'studio' ? '' : `${by}, `);
const nameOf = (by: By): Pick<Query, 'by'> => (by === 'studio' ? {} : { by });
const groupsOf = (by: By): string => (by === 'studio' ? '' : ', 2');

/** InfluxDB 3. */
export const sql: Queries = {
  language: 'sql',
  power: (by) => {
    const mean = `SELECT ${EACH}, plug, kind, avg(watts) AS watts FROM power ${MINE} AND ${WHEN} GROUP BY 1, 2, 3`;
    return series(
      `SELECT time, ${tagOf(by)}sum(watts) AS watts FROM (${mean}) GROUP BY 1${groupsOf(by)} ORDER BY 1`,
      nameOf(by),
    );
  },
  relay: () =>
    series(
      `SELECT ${EACH}, plug, last_value(relay ORDER BY time) AS relay FROM power WHERE ${STUDIO} AND ${PLUG} AND ${WHEN} GROUP BY 1, 2 ORDER BY 1`,
      { by: 'plug' },
    ),
  powerTable: () =>
    table(
      `SELECT plug, kind, avg(watts) AS mean, max(watts) AS highest, min(watts) AS lowest FROM power ${MINE} AND ${WHEN} GROUP BY 1, 2`,
    ),
  energy: (field, by) =>
    series(
      `SELECT ${EACH}, ${tagOf(by)}${OF_ENERGY[field]} AS ${field} FROM ${ENERGY} ${MINE} GROUP BY 1${groupsOf(by)} ORDER BY 1`,
      nameOf(by),
    ),
  energyTotal: (field) => table(`SELECT ${OF_ENERGY[field]} AS ${field} FROM ${ENERGY} ${MINE}`),
  energyTable: () =>
    table(
      `SELECT plug, kind, sum(wh) AS wh, sum(grams) AS grams, sum(standby_wh) AS standby_wh, avg(coverage) AS coverage FROM ${ENERGY} ${MINE} GROUP BY 1, 2`,
    ),
  gramsPerHour: () =>
    series(
      `SELECT time, sum(grams) * 4 AS g_per_hour FROM ${ENERGY} ${MINE} AND time <= now() - interval '15 minutes' GROUP BY 1 ORDER BY 1`,
    ),
  intensity: () =>
    series(
      `SELECT ${EACH}, provider, status, avg(g_per_kwh) AS g_per_kwh FROM ${INTENSITY} WHERE ${STUDIO} GROUP BY 1, 2, 3 ORDER BY 1`,
      { by: ['provider', 'status'] },
    ),
  lowCarbon: () =>
    series(
      `SELECT ${EACH}, provider, status, avg(low_carbon_share) AS share FROM ${INTENSITY} WHERE ${STUDIO} GROUP BY 1, 2, 3 ORDER BY 1`,
      { by: ['provider', 'status'] },
    ),
  intensityTable: () =>
    table(
      `SELECT max(time) AS time, zone, provider, status, last_value(g_per_kwh ORDER BY time) AS g_per_kwh, last_value(factor_type ORDER BY time) AS factor_type FROM ${INTENSITY} WHERE ${STUDIO} GROUP BY 2, 3, 4`,
    ),
  provenance: () =>
    table(
      `SELECT plug, last_value(provider ORDER BY time) AS provider, last_value(factor_type ORDER BY time) AS factor_type, last_value(status ORDER BY time) AS status FROM ${ORIGINS} ${MINE} GROUP BY 1`,
    ),
  sessions: () =>
    table(
      `SELECT time, ${SESSION_FIELDS.join(', ')} FROM ${SESSIONS} WHERE ${STUDIO} AND ${SESSION} ORDER BY time DESC`,
    ),
  sessionWhPerHour: () =>
    series(
      `SELECT time, wh / on_air_minutes * 60 AS wh_per_hour FROM ${SESSIONS} WHERE ${STUDIO} AND ${SESSION} AND on_air_minutes > 0 ORDER BY time`,
    ),
  sessionTotal: (field) => table(`SELECT sum(${field}) AS ${field} FROM ${SESSIONS} WHERE ${STUDIO} AND ${SESSION}`),
  phases: () => table(`SELECT time, phase FROM session WHERE ${STUDIO} AND ${WHEN} ORDER BY time`),
  switches: () =>
    table(
      `SELECT time, plug, "to", verified, reason FROM switch WHERE ${STUDIO} AND ${PLUG} AND ${WHEN} ORDER BY time DESC LIMIT 200`,
    ),
  cuts: () =>
    table(
      `SELECT plug, count("to") AS cuts FROM switch WHERE ${STUDIO} AND ${PLUG} AND "to" = 'off' AND verified = 1 AND ${WHEN} GROUP BY 1`,
    ),
  saved: () =>
    series(`SELECT ${EACH}, plug, sum(wh) AS wh FROM ${SAVINGS} WHERE ${STUDIO} AND ${PLUG} GROUP BY 1, 2 ORDER BY 1`, {
      by: 'plug',
    }),
  savedTotal: () => table(`SELECT sum(wh) AS wh FROM ${SAVINGS} WHERE ${STUDIO} AND ${PLUG}`),
  health: (field) =>
    series(
      `SELECT ${EACH}, last_value(${field} ORDER BY time) AS ${field} FROM health WHERE ${STUDIO} AND ${WHEN} GROUP BY 1 ORDER BY 1`,
    ),
  studiosHeard: () => table(`SELECT count(DISTINCT studio) AS studios FROM health WHERE ${STUDIO} AND ${JUST_NOW}`),
  studiosOnAir: () =>
    table(
      `SELECT sum(on_air) AS on_air FROM (SELECT studio, last_value(on_air ORDER BY time) AS on_air FROM health WHERE ${STUDIO} AND ${JUST_NOW} GROUP BY 1)`,
    ),
  studios: () =>
    table(
      `SELECT time, studio, phase, on_air, watts, plugs, plugs_online, problems, alarms, pending_points, dry_run, version FROM (SELECT *, row_number() OVER (PARTITION BY studio ORDER BY time DESC) AS place FROM health WHERE ${STUDIO} AND ${WHEN}) WHERE place = 1 ORDER BY studio`,
    ),
  studioPower: (of) => {
    const each = `SELECT ${EACH}, studio, avg(watts) AS watts FROM health WHERE ${STUDIO} AND ${WHEN} GROUP BY 1, 2`;
    if (of === 'each') return series(`${each} ORDER BY 1`, { by: 'studio' });
    return series(`SELECT time, sum(watts) AS watts FROM (${each}) GROUP BY 1 ORDER BY 1`);
  },
  studioEnergy: (field) =>
    series(
      `SELECT ${EACH}, studio, ${OF_ENERGY[field]} AS ${field} FROM ${ENERGY} WHERE ${STUDIO} AND ${USER} GROUP BY 1, 2 ORDER BY 1`,
      { by: 'studio' },
    ),
  studioEnergyTable: () =>
    table(
      `SELECT studio, sum(wh) AS wh, sum(grams) AS grams, sum(standby_wh) AS standby_wh, avg(coverage) AS coverage FROM ${ENERGY} WHERE ${STUDIO} AND ${USER} GROUP BY 1`,
    ),
  studioWaiting: () =>
    series(
      `SELECT ${EACH}, studio, max(pending_points) AS pending_points FROM health WHERE ${STUDIO} AND ${WHEN} GROUP BY 1, 2 ORDER BY 1`,
      { by: 'studio' },
    ),
  variables: {
    studio: "SELECT DISTINCT studio FROM health WHERE time >= now() - interval '7 days'",
    plug: `SELECT DISTINCT plug FROM energy WHERE ${STUDIO} AND time >= now() - interval '7 days'`,
    session: `SELECT DISTINCT session FROM session_total WHERE ${STUDIO} AND time >= now() - interval '365 days'`,
  },
};
