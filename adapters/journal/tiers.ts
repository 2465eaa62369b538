import type { FlushLog } from './flush-log.ts';
import { type Minutes, packMinutes, type Summary, together, unpackMinutes } from './minutes.ts';
import type { Row, Sql } from './sql.ts';

const DAY_MS = 86_400_000;
/** Slightly more often than they are made, so that a change of the limits or of the clock takes effect little by little. */
const AGED_AT_ONCE = 2;

/** How long what is measured is kept in which detail, days. */
export interface Retention {
  rawDays: number;
  minuteDays: number;
  quarterHourDays: number;
}

/**
 * The three details in which readings are kept: as they came, by minute, by quarter hour. When a quarter hour is over it
 * is summed up; the finer details go after their time, or when room is needed. What waits for the server stays.
 */
export class Tiers {
  readonly #sql: Sql;
  readonly #log: FlushLog;
  readonly #retention: Retention | null;

  constructor(sql: Sql, log: FlushLog, retention: Retention | null) {
    this.#sql = sql;
    this.#log = log;
    this.#retention = retention;
    sql.makeRoomBy(
      () => this.#dropSegment(null),
      () => this.#trimSegment(),
      () => this.#dropMinutes(null),
      () => this.#stripSegment(),
      () => this.close(),
      () => this.#dropQuarterHours(null),
    );
  }

  /** Sums up the flushes since the last segment when the quarter hour is over at `nextMs`, and lets old things go. */
  turn(nextMs: number | null): void {
    if (!this.#log.tail?.isDone(nextMs)) return;
    this.close();
    if (!this.#retention || nextMs === null) return;
    const { rawDays, minuteDays, quarterHourDays } = this.#retention;
    for (let n = 0; n < AGED_AT_ONCE; n++) {
      this.#dropSegment(nextMs - rawDays * DAY_MS);
      this.#dropMinutes(nextMs - minuteDays * DAY_MS);
      this.#dropQuarterHours(nextMs - quarterHourDays * DAY_MS);
    }
  }

  /** false when there was nothing to sum up. */
  close(): boolean {
    const { tail, lastId, acknowledged } = this.#log;
    if (!tail) return false;
    this.#sql.transaction(
      () => {
        for (const { plug, startMs, minutes } of tail.quarterHours()) this.#add(plug, startMs, minutes);
        const lastSeq = tail.firstSeq + tail.lines - 1;
        this.#sql.run(
          'INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT total(live) FROM flush WHERE id BETWEEN ?1 AND ?2), 0)',
          ...[tail.firstId, lastId, tail.fromMs, tail.toMs, tail.readings, tail.firstSeq, lastSeq],
        );
        this.#sql.run('DELETE FROM hole WHERE seq <= ?', acknowledged);
        this.#log.remember();
      },
      { later: true },
    );
    this.#log.beginSegment();
    return true;
  }

  #add(plug: string, startMs: number, minutes: Minutes): void {
    const known = this.#sql.one('SELECT minutes FROM bucket WHERE start_ms = ? AND plug = ?', startMs, plug);
    const before = known?.minutes ? unpackMinutes(known.minutes as Uint8Array) : [];
    const all = minutes.map((minute, index) => together(before[index] ?? null, minute));
    const { readings, sum, min, max } = minutes.reduce(together, null) as Summary;
    this.#sql.run(
      `INSERT INTO bucket VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         readings = readings + excluded.readings, sum_watts = sum_watts + excluded.sum_watts,
         min_watts = min(min_watts, excluded.min_watts), max_watts = max(max_watts, excluded.max_watts),
         minutes = iif(minutes IS NULL, NULL, excluded.minutes)`,
      ...[startMs, plug, readings, sum, min, max, packMinutes(all)],
    );
  }

  /** The oldest whose lines are all done with. */
  #dropSegment(beforeMs: number | null): boolean {
    const segment = this.#sql.one(
      `SELECT * FROM segment WHERE (last_seq <= ?1 OR live = 0) AND (?2 IS NULL OR coalesce(to_ms, 0) < ?2)
       ORDER BY first_id LIMIT 1`,
      ...[this.#log.acknowledged, beforeMs],
    );
    if (!segment) return false;
    this.#sql.transaction(() => this.#delete(segment));
    return true;
  }

  /** Of the one that is partly done with: the flushes that are, and that no other builds upon. */
  #trimSegment(): boolean {
    const done = this.#log.acknowledged;
    const segment = this.#sql.one('SELECT * FROM segment WHERE first_seq <= ?1 AND last_seq > ?1', done);
    if (!segment) return false;
    const range = [Number(segment.first_id), Number(segment.last_id)];
    return this.#sql.transaction(() => {
      const deleted = this.#sql.all(
        `DELETE FROM flush WHERE id BETWEEN ?1 AND ?2 AND first_seq + lines - 1 <= ?3 AND id NOT IN
           (SELECT base_id FROM flush WHERE id BETWEEN ?1 AND ?2 AND base_id IS NOT NULL) RETURNING readings`,
        ...[...range, done],
      );
      this.#thinned(deleted.reduce((sum, { readings }) => sum + Number(readings), 0));
      return deleted.length > 0;
    });
  }

  #thinned(readings: number): void {
    this.#sql.count('thinned', readings);
    // How far the outbox is may have been told by what was deleted.
    this.#log.remember();
  }

  #delete({ first_id, last_id }: Row): void {
    const range = [Number(first_id), Number(last_id)];
    const { readings } =
      this.#sql.one('SELECT total(readings) AS readings FROM flush WHERE id BETWEEN ? AND ?', ...range) ?? {};
    this.#sql.run('DELETE FROM flush WHERE id BETWEEN ? AND ?', ...range);
    this.#sql.run('DELETE FROM segment WHERE first_id = ?', Number(first_id));
    this.#thinned(Number(readings));
  }

  /** Of the oldest that still waits for the server: its readings, and the lines of raw power. Other lines are few. */
  #stripSegment(): boolean {
    const segment = this.#sql.one('SELECT * FROM segment WHERE spared = 0 ORDER BY first_id LIMIT 1');
    if (!segment) return false;
    const [firstId, lastId] = [Number(segment.first_id), Number(segment.last_id)];
    const dropped = this.#sql.transaction(() => {
      // Lines that can't be read any more are given up too.
      let [powerLines, live, readings] = [0, 0, 0];
      // All first: they build upon each other.
      for (const flush of [...this.#log.flushes(firstId, lastId)]) {
        if (!flush.readable) powerLines += this.#log.lostWith(flush);
        const pending = new Map(this.#log.pendingOf(flush).map(({ seq, line }) => [seq, line]));
        const lines = flush.lines.map((_, index) => pending.get(flush.firstSeq + index) ?? '');
        const kept = lines.map((line) => (line.startsWith('power,') ? '' : line));
        const left = kept.filter((line) => line !== '').length;
        this.#log.replace(flush, kept, left);
        powerLines += pending.size - left;
        live += left;
        readings += flush.readings.length;
      }
      this.#sql.run(
        'UPDATE segment SET readings = 0, from_ms = NULL, to_ms = NULL, live = ?, spared = 1 WHERE first_id = ?',
        ...[live, firstId],
      );
      // They are empty lines now, like what was given up.
      const seqs = [Number(segment.first_seq), Number(segment.last_seq)];
      this.#sql.run('DELETE FROM hole WHERE seq BETWEEN ? AND ?', ...seqs);
      this.#sql.count('dropped', powerLines);
      this.#thinned(readings);
      return powerLines;
    });
    this.#log.gone(dropped);
    return true;
  }

  #dropMinutes(beforeMs: number | null): boolean {
    const oldest = this.#sql.one(
      'SELECT start_ms FROM bucket INDEXED BY bucket_minutes WHERE minutes IS NOT NULL ORDER BY start_ms LIMIT 1',
    );
    const startMs = Number(oldest?.start_ms);
    if (!oldest || (beforeMs !== null && startMs >= beforeMs)) return false;
    return (
      this.#sql.transaction(() => this.#sql.run('UPDATE bucket SET minutes = NULL WHERE start_ms = ?', startMs)) > 0
    );
  }

  #dropQuarterHours(beforeMs: number | null): boolean {
    const oldest = this.#sql.one('SELECT start_ms FROM bucket ORDER BY start_ms LIMIT 1');
    const startMs = Number(oldest?.start_ms);
    if (!oldest || (beforeMs !== null && startMs >= beforeMs)) return false;
    return this.#sql.transaction(() => this.#sql.run('DELETE FROM bucket WHERE start_ms = ?', startMs)) > 0;
  }
}
