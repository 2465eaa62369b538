import { QUARTER_HOUR_MS, sliceWh } from '../../model/energy.ts';
import { iso, isoOrNull } from '../../model/iso.ts';
import type { Reading } from '../../model/reading.ts';
import type { FlushLog } from './flush-log.ts';
import { MINUTE_MS, type Summary, unpackMinutes } from './minutes.ts';
import { toSession, toSlice, toSwitch } from './rows.ts';
import type { Row, Sql } from './sql.ts';

export const EXPORTS = ['readings', 'energy', 'sessions', 'switches'] as const;
export type Exported = (typeof EXPORTS)[number];

/** Each row has the same keys as the others of its kind. Times are ISO 8601, UTC. */
export type ExportRow = Record<string, string | number | boolean | null>;

export interface ExportPiece {
  rows: ExportRow[];
  /** Where the next piece begins; null: that was all. */
  nextMs: number | null;
}

const DAY_MS = 86_400_000;

/** What the journal has, piece by piece, oldest first: of a year only some minutes are in memory at once. */
export class Export {
  readonly #sql: Sql;
  readonly #log: FlushLog;

  constructor(sql: Sql, log: FlushLog) {
    this.#sql = sql;
    this.#log = log;
  }

  /** The first piece of [fromMs, toMs). */
  exported(what: Exported, fromMs: number, toMs: number): ExportPiece {
    const lengthMs = what === 'readings' ? QUARTER_HOUR_MS : DAY_MS;
    const firstMs = this.#first(what, fromMs, toMs);
    // What is not summed up yet comes last.
    if (firstMs === null) return { rows: what === 'readings' ? this.#tail(fromMs, toMs) : [], nextMs: null };
    const startMs = floor(firstMs, lengthMs);
    const rows = this.#rows(what, Math.max(fromMs, startMs), Math.min(toMs, startMs + lengthMs));
    return { rows, nextMs: startMs + lengthMs };
  }

  /** Where in [fromMs, toMs) the first of it is; null: nowhere. */
  #first(what: Exported, fromMs: number, toMs: number): number | null {
    const first = (table: string, column: string, from: string, startMs: number) =>
      this.#sql.one(
        `SELECT max(${column}, ?1) AS ms FROM ${table} WHERE ${from} >= ?1 AND ${column} < ?2 ORDER BY ${column} LIMIT 1`,
        ...[startMs, toMs],
      )?.ms;
    const startMs = floor(fromMs, QUARTER_HOUR_MS);
    const found = {
      readings: () => [first('bucket', 'start_ms', 'start_ms', startMs), first('segment', 'from_ms', 'to_ms', startMs)],
      energy: () => [first('slice', 'start_ms', 'start_ms', fromMs)],
      sessions: () => [first('session', 'started_at_ms', 'started_at_ms', fromMs)],
      switches: () => [first('switch_log', 'at_ms', 'at_ms', fromMs)],
    }[what]();
    const known = found.flatMap((ms) => (ms === undefined ? [] : Number(ms)));
    return known.length === 0 ? null : Math.min(...known);
  }

  #rows(what: Exported, fromMs: number, toMs: number): ExportRow[] {
    const rows = (table: string, column: string, order: string) =>
      this.#sql.all(`SELECT * FROM ${table} WHERE ${column} >= ? AND ${column} < ? ORDER BY ${order}`, fromMs, toMs);
    switch (what) {
      case 'readings':
        return this.#readings(fromMs, toMs);
      case 'energy':
        return rows('slice', 'start_ms', 'start_ms, plug').map(energyRow);
      case 'sessions':
        return rows('session', 'started_at_ms', 'started_at_ms, id').map((row) => this.#session(row));
      case 'switches':
        return rows('switch_log', 'at_ms', 'id').map(switchRow);
    }
  }

  /** Of one quarter hour: as they came where they are still there, else what is left of them. */
  #readings(fromMs: number, toMs: number): ExportRow[] {
    const startMs = floor(fromMs, QUARTER_HOUR_MS);
    const segments = this.#sql.all(
      'SELECT first_id, last_id FROM segment WHERE to_ms >= ? AND from_ms < ? ORDER BY first_id',
      ...[startMs, startMs + QUARTER_HOUR_MS],
    );
    const raw = segments.flatMap(({ first_id, last_id }) =>
      [...this.#log.flushes(Number(first_id), Number(last_id))].flatMap(({ readings }) =>
        readings.filter(({ atMs }) => atMs >= startMs && atMs < startMs + QUARTER_HOUR_MS),
      ),
    );
    const byPlug = Map.groupBy(raw, ({ plug }) => plug);
    const thinned = this.#sql
      .all('SELECT * FROM bucket WHERE start_ms = ? ORDER BY plug', startMs)
      .flatMap((bucket) => {
        const own = byPlug.get(String(bucket.plug)) ?? [];
        if (own.filter(({ watts }) => watts !== null).length >= Number(bucket.readings)) return [];
        byPlug.delete(String(bucket.plug));
        return summaryRows(bucket);
      });
    const rows = [...[...byPlug.values()].flat().map(readingRow), ...thinned];
    return rows.filter(({ at }) => String(at) >= iso(fromMs) && String(at) < iso(toMs)).sort(byTime);
  }

  #tail(fromMs: number, toMs: number): ExportRow[] {
    const { tail, lastId } = this.#log;
    if (!tail) return [];
    const readings = [...this.#log.flushes(tail.firstId, lastId)].flatMap((flush) => flush.readings);
    return readings.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(readingRow);
  }

  #session(row: Row): ExportRow {
    const { id, title, startedAtMs, endedAtMs, startedBy, endedBy, phases } = toSession(row, []);
    const { peak } = this.#sql.one('SELECT max(viewers) AS peak FROM audience WHERE session_id = ?', id) ?? {};
    return {
      ...{ id, title, startedAt: iso(startedAtMs), endedAt: isoOrNull(endedAtMs), startedBy, endedBy },
      phases: phases.map(({ phase, atMs }) => `${phase} ${iso(atMs)}`).join(', '),
      peakViewers: peak === null ? null : Number(peak),
    };
  }
}

function readingRow(reading: Reading): ExportRow {
  const { atMs, plug, watts, counterWh, relay, volts, amps, celsius, flags } = reading;
  return {
    ...{ at: iso(atMs), plug, detail: 'reading', watts, minWatts: watts, maxWatts: watts, readings: 1 },
    ...{ counterWh, relay, volts, amps, celsius, flags: flags.join(' ') },
  };
}

function summaryRows(bucket: Row): ExportRow[] {
  const startMs = Number(bucket.start_ms);
  const row = (atMs: number, detail: string, { sum, min, max, readings }: Summary): ExportRow => ({
    ...{
      at: iso(atMs),
      plug: String(bucket.plug),
      detail,
      watts: sum / readings,
      minWatts: min,
      maxWatts: max,
      readings,
    },
    ...{ counterWh: null, relay: null, volts: null, amps: null, celsius: null, flags: '' },
  });
  if (bucket.minutes) {
    return unpackMinutes(bucket.minutes as Uint8Array).flatMap((minute, index) =>
      minute ? [row(startMs + index * MINUTE_MS, 'minute', minute)] : [],
    );
  }
  const [sum, min, max] = [Number(bucket.sum_watts), Number(bucket.min_watts), Number(bucket.max_watts)];
  return [row(startMs, 'quarter-hour', { sum, min, max, readings: Number(bucket.readings) })];
}

function energyRow(row: Row): ExportRow {
  const slice = toSlice(row);
  const { startMs, plug, sessionId, phase, counterWh, integratedWh, gapWh, coveredMs } = slice;
  return {
    ...{ start: iso(startMs), plug, session: sessionId, phase, wh: sliceWh(slice) },
    ...{ counterWh, integratedWh, gapWh, coveredSeconds: coveredMs / 1000 },
  };
}

function switchRow(row: Row): ExportRow {
  const { atMs, reasons: _, ...rest } = toSwitch(row);
  return { at: iso(atMs), ...rest };
}

function byTime(one: ExportRow, other: ExportRow): number {
  return String(one.at) < String(other.at) ? -1 : Number(String(one.at) > String(other.at));
}

function floor(ms: number, lengthMs: number): number {
  return Math.floor(ms / lengthMs) * lengthMs;
}
