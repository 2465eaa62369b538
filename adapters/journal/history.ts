import type { HistoryBucket } from '../../model/ports.ts';
import type { FlushLog } from './flush-log.ts';
import { MINUTE_MS, type Summary, together, unpackMinutes } from './minutes.ts';
import type { Sql } from './sql.ts';

const QUARTER_HOUR_MS = 15 * MINUTE_MS;

/** Watts over time, from the finest detail that is kept and needed. */
export class History {
  readonly #sql: Sql;
  readonly #log: FlushLog;

  constructor(sql: Sql, log: FlushLog) {
    this.#sql = sql;
    this.#log = log;
  }

  thinnedReadings(): number {
    return this.#sql.counted('thinned');
  }

  history(plug: string, fromMs: number, toMs: number, stepMs: number): HistoryBucket[] {
    const steps = new Map<number, Summary>();
    const add = (atMs: number, summary: Summary) => {
      if (atMs < fromMs || atMs >= toMs) return;
      const startMs = Math.floor(atMs / stepMs) * stepMs;
      steps.set(startMs, together(steps.get(startMs) ?? null, summary) ?? summary);
    };
    const one = (watts: number): Summary => ({ readings: 1, sum: watts, min: watts, max: watts });
    const tail = this.#log.tail?.of(plug);
    for (const [index, atMs] of tail?.atMs.entries() ?? []) add(atMs, one(tail?.watts[index] ?? 0));

    const raw = new RawWatts(this.#sql, this.#log, plug);
    const wholeMs = [QUARTER_HOUR_MS, MINUTE_MS].find((lengthMs) => stepMs % lengthMs === 0) ?? 0;
    for (let startMs = floor(fromMs, QUARTER_HOUR_MS); startMs < toMs; startMs += QUARTER_HOUR_MS) {
      const bucket = this.#sql.one('SELECT * FROM bucket WHERE start_ms = ? AND plug = ?', startMs, plug);
      if (!bucket) continue;
      const readings = Number(bucket.readings);
      const [sum, min, max] = [Number(bucket.sum_watts), Number(bucket.min_watts), Number(bucket.max_watts)];
      const inside = startMs >= fromMs && startMs + QUARTER_HOUR_MS <= toMs;
      const minutesFit = floor(fromMs, MINUTE_MS) === fromMs && floor(toMs, MINUTE_MS) === toMs;
      if (wholeMs === QUARTER_HOUR_MS && inside) {
        add(startMs, { readings, sum, min, max });
        continue;
      }
      // Where the readings themselves are still there, and needed.
      const exact = wholeMs > 0 && (inside || minutesFit) ? null : raw.of(startMs);
      if (exact && exact.length >= readings) {
        for (const [atMs, watts] of exact) add(atMs, one(watts));
        continue;
      }
      const minutes = bucket.minutes ? unpackMinutes(bucket.minutes as Uint8Array) : null;
      if (!minutes) add(startMs, { readings, sum, min, max });
      for (const [index, minute] of minutes?.entries() ?? []) if (minute) add(startMs + index * MINUTE_MS, minute);
    }
    return [...steps]
      .sort(([one], [other]) => one - other)
      .map(([startMs, { readings, sum, max }]) => ({ startMs, meanWatts: sum / readings, maxWatts: max, readings }));
  }
}

/** Readings of one plug as they came, by quarter hour. */
class RawWatts {
  readonly #sql: Sql;
  readonly #log: FlushLog;
  readonly #plug: string;
  readonly #segments = new Map<number, [number, number][]>();

  constructor(sql: Sql, log: FlushLog, plug: string) {
    this.#sql = sql;
    this.#log = log;
    this.#plug = plug;
  }

  of(startMs: number): [number, number][] {
    const endMs = startMs + QUARTER_HOUR_MS;
    const segments = this.#sql.all(
      'SELECT first_id, last_id FROM segment WHERE to_ms >= ? AND from_ms < ? ORDER BY first_id',
      startMs,
      endMs,
    );
    return segments
      .flatMap(({ first_id, last_id }) => this.#segment(Number(first_id), Number(last_id)))
      .filter(([atMs]) => atMs >= startMs && atMs < endMs);
  }

  #segment(firstId: number, lastId: number): [number, number][] {
    const known = this.#segments.get(firstId);
    if (known) return known;
    const found: [number, number][] = [];
    for (const row of this.#log.rows(firstId, lastId)) {
      const { plugs, atMs, watts } = this.#log.wattsOf(row);
      for (const [index, plug] of plugs.entries()) {
        const value = watts[index];
        if (plug === this.#plug && typeof value === 'number') found.push([atMs[index] ?? 0, value]);
      }
    }
    this.#segments.set(firstId, found);
    return found;
  }
}

function floor(atMs: number, lengthMs: number): number {
  return Math.floor(atMs / lengthMs) * lengthMs;
}
