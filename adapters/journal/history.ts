import type { HistoryBucket } from '../../model/ports.ts';
import type { FlushLog } from './flush-log.ts';
import { MINUTE_MS, type Summary, together, unpackMinutes } from './minutes.ts';
import type { Sql } from './sql.ts';

const QUARTER_HOUR_MS = 15 * MINUTE_MS;
/** Readings that are kept unpacked: all plugs of a studio are asked for, one after the other, about the same time. */
const MOST_KEPT = 100_000;

/** Watts over time, from the finest detail that is kept and needed. */
export class History {
  readonly #sql: Sql;
  readonly #log: FlushLog;
  readonly #raw: RawWatts;

  constructor(sql: Sql, log: FlushLog) {
    this.#sql = sql;
    this.#log = log;
    this.#raw = new RawWatts(sql, log);
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
      const exact = wholeMs > 0 && (inside || minutesFit) ? null : this.#raw.of(plug, startMs);
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

/** Of each plug, when it was read and what it drew. */
type Segment = ReadonlyMap<string, readonly [atMs: number, watts: number][]>;

/** Readings as they came, by plug and quarter hour. A segment is unpacked once for all its plugs. */
class RawWatts {
  readonly #sql: Sql;
  readonly #log: FlushLog;
  /** By the id of their first flush; what was asked for last comes last. */
  readonly #segments = new Map<number, { readings: number; segment: Segment }>();
  #kept = 0;

  constructor(sql: Sql, log: FlushLog) {
    this.#sql = sql;
    this.#log = log;
  }

  of(plug: string, startMs: number): [atMs: number, watts: number][] {
    const endMs = startMs + QUARTER_HOUR_MS;
    // Of those that were thinned meanwhile nothing is found here, whatever is kept.
    const segments = this.#sql.all(
      'SELECT first_id, last_id FROM segment WHERE to_ms >= ? AND from_ms < ? ORDER BY first_id',
      startMs,
      endMs,
    );
    return segments
      .flatMap(({ first_id, last_id }) => this.#segment(Number(first_id), Number(last_id)).get(plug) ?? [])
      .filter(([atMs]) => atMs >= startMs && atMs < endMs);
  }

  #segment(firstId: number, lastId: number): Segment {
    const known = this.#segments.get(firstId) ?? this.#unpacked(firstId, lastId);
    if (this.#segments.delete(firstId)) this.#kept -= known.readings;
    for (const [id, { readings }] of this.#segments) {
      if (this.#kept + known.readings <= MOST_KEPT) break;
      this.#segments.delete(id);
      this.#kept -= readings;
    }
    this.#segments.set(firstId, known);
    this.#kept += known.readings;
    return known.segment;
  }

  #unpacked(firstId: number, lastId: number): { readings: number; segment: Segment } {
    const segment = new Map<string, [number, number][]>();
    let readings = 0;
    for (const row of this.#log.rows(firstId, lastId)) {
      const { plugs, atMs, watts } = this.#log.wattsOf(row);
      for (const [index, plug] of plugs.entries()) {
        const value = watts[index];
        if (typeof value !== 'number') continue;
        const own = segment.get(plug) ?? [];
        own.push([atMs[index] ?? 0, value]);
        segment.set(plug, own);
        readings += 1;
      }
    }
    return { readings, segment };
  }
}

function floor(atMs: number, lengthMs: number): number {
  return Math.floor(atMs / lengthMs) * lengthMs;
}
