import { type Asking, ask } from './ask.ts';
import { type EnergyRow, type FleetStore, type HealthRow, numberOf, type UptimeRow } from './store.ts';

/** InfluxDB 3. What is restated is there once for each time it was said: the last one counts. */
export class SqlFleet implements FleetStore {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  async lastHealth(fromMs: number, toMs: number): Promise<HealthRow[]> {
    const place = 'row_number() OVER (PARTITION BY studio ORDER BY time DESC) AS place';
    const rows = await this.#rows(
      `SELECT * FROM (SELECT *, ${place} FROM health WHERE ${within('time', fromMs, toMs)}) WHERE place = 1`,
    );
    return rows.map(({ studio, time, ...fields }) => ({ studio: String(studio), atMs: atOf(time), fields }));
  }

  async uptimes(fromMs: number, toMs: number): Promise<UptimeRow[]> {
    const rows = await this.#rows(
      `SELECT studio, time, uptime_seconds FROM health WHERE ${within('time', fromMs, toMs)} ORDER BY time`,
    );
    return rows.map(({ studio, time, uptime_seconds }) => ({
      ...{ studio: String(studio), atMs: atOf(time) },
      uptimeSeconds: numberOf(uptime_seconds) ?? 0,
    }));
  }

  async energy(fromMs: number, toMs: number): Promise<EnergyRow[]> {
    const slot = 'to_timestamp(cast(slot AS varchar))';
    const last = (field: string) => `last_value(${field} ORDER BY time) AS ${field}`;
    // Nothing is said of a slot before it begins.
    const said = `time >= ${timestamp(fromMs)} AND ${within(slot, fromMs, toMs)} AND kind <> 'solar'`;
    const latest = `SELECT studio, ${last('wh')}, ${last('grams')} FROM energy WHERE ${said} GROUP BY studio, plug, slot`;
    const rows = await this.#rows(
      `SELECT studio, sum(wh) AS wh, sum(grams) AS grams, count(wh) AS slices, count(grams) AS priced FROM (${latest}) GROUP BY studio`,
    );
    return rows.map(({ studio, wh, grams, slices, priced }) => ({
      ...{ studio: String(studio), wh: numberOf(wh) ?? 0, grams: numberOf(grams) },
      ...{ slices: numberOf(slices) ?? 0, priced: numberOf(priced) ?? 0 },
    }));
  }

  async #rows(q: string): Promise<Record<string, unknown>[]> {
    const { settings } = this.#asking;
    const db = settings.flavour === 2 ? settings.bucket : settings.database;
    const rows = await ask(this.#asking, '/api/v3/query_sql', { body: { db, q, format: 'json' } });
    return Array.isArray(rows) ? rows : [];
  }
}

function within(column: string, fromMs: number, toMs: number): string {
  return `${column} >= ${timestamp(fromMs)} AND ${column} < ${timestamp(toMs)}`;
}

function timestamp(ms: number): string {
  return `timestamp '${new Date(ms).toISOString()}'`;
}

/** Times come without a zone, and are UTC. */
function atOf(time: unknown): number {
  const text = String(time);
  return Date.parse(/[zZ]|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
}
