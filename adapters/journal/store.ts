import type { EnergySlice } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { HistoryBucket, JournalBatch, SessionRecord, SwitchRecord, TokenRecord } from '../../model/ports.ts';
import { toIntensity, toSession, toSlice, toSwitch, toToken } from './rows.ts';
import type { Row, Sql } from './sql.ts';

/** Slices come as increments: what is there already is added to, never written over. */
const ADD_TO_SLICE = `
  INSERT INTO slice VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET
    counter_wh = counter_wh + excluded.counter_wh,
    integrated_wh = integrated_wh + excluded.integrated_wh,
    gap_wh = gap_wh + excluded.gap_wh,
    covered_ms = covered_ms + excluded.covered_ms`;

/** In the order it was said: a wall clock may step. */
const WHOLE_AUDIENCE = 'SELECT at_ms, viewers FROM audience WHERE session_id = ? ORDER BY id';
const PEAK_AND_LATEST = `
  SELECT at_ms, viewers FROM audience WHERE id IN (
    (SELECT id FROM audience WHERE session_id = ?1 ORDER BY viewers DESC, id LIMIT 1),
    (SELECT max(id) FROM audience WHERE session_id = ?1)
  ) ORDER BY id`;

/** Of each slot the last that was said by then: SQLite takes the other columns from the row with the max. */
const INTENSITY_COLUMNS = 'zone, start_ms, provider, factor_type, end_ms, grams_per_kwh, basis, status, fetched_at_ms';
const INTENSITIES_KNOWN_AT = `
  SELECT zone, start_ms, provider, factor_type, end_ms, grams_per_kwh, basis, status, max(fetched_at_ms) AS fetched_at_ms
  FROM (
    SELECT ${INTENSITY_COLUMNS} FROM intensity UNION ALL SELECT ${INTENSITY_COLUMNS} FROM intensity_revision
  )
  WHERE start_ms < ? AND end_ms > ? AND fetched_at_ms <= ?
  GROUP BY zone, start_ms, provider, factor_type ORDER BY start_ms, provider`;

/** What is measured and what happened. */
export class Store {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  write(batch: JournalBatch): void {
    this.#sql.transaction(() => {
      for (const reading of batch.readings) {
        this.#sql.run(
          `INSERT INTO reading (plug, at_ms, watts, counter_wh, relay, volts, amps, celsius, flags, feed)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          reading.plug,
          Math.trunc(reading.atMs),
          reading.watts,
          reading.counterWh,
          reading.relay === null ? null : Number(reading.relay),
          reading.volts,
          reading.amps,
          reading.celsius,
          JSON.stringify(reading.flags),
          reading.feed,
        );
      }
      for (const slice of batch.slices) {
        this.#sql.run(
          ADD_TO_SLICE,
          slice.plug,
          slice.startMs,
          slice.sessionId ?? '',
          slice.phase,
          slice.counterWh,
          slice.integratedWh,
          slice.gapWh,
          slice.coveredMs,
        );
      }
      for (const point of batch.intensities) this.#putIntensity(point);
      for (const line of batch.lines) this.#sql.run('INSERT INTO outbox (line) VALUES (?)', line);
      this.#sql.count('pending', batch.lines.length);
      this.#sql.count('enqueued', batch.lines.length);
      for (const [name, value] of Object.entries(batch.state)) {
        this.#sql.run('REPLACE INTO state VALUES (?, ?)', name, JSON.stringify(value ?? null));
      }
    });
  }

  #putIntensity(point: IntensityPoint): void {
    this.#sql.run(
      `INSERT INTO intensity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET end_ms = excluded.end_ms, grams_per_kwh = excluded.grams_per_kwh,
         basis = excluded.basis, status = excluded.status, fetched_at_ms = excluded.fetched_at_ms`,
      point.zone,
      point.startMs,
      point.provider,
      point.factorType,
      point.endMs,
      point.gramsPerKwh,
      point.basis,
      point.status,
      Math.trunc(point.fetchedAtMs),
    );
  }

  state(name: string): unknown {
    const row = this.#sql.all('SELECT json FROM state WHERE name = ?', name)[0];
    return row ? JSON.parse(String(row.json)) : undefined;
  }

  putSession(session: Omit<SessionRecord, 'audience'>): void {
    this.#sql.transaction(() =>
      this.#sql.run(
        'REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?)',
        session.id,
        session.title,
        Math.trunc(session.startedAtMs),
        session.endedAtMs === null ? null : Math.trunc(session.endedAtMs),
        JSON.stringify(session.phases),
        session.startedBy,
        session.endedBy,
      ),
    );
  }

  addAudience(sessionId: string, { atMs, viewers }: SessionRecord['audience'][number]): void {
    const row = [sessionId, Math.trunc(atMs), viewers];
    this.#sql.transaction(() =>
      this.#sql.run('INSERT INTO audience (session_id, at_ms, viewers) VALUES (?, ?, ?)', ...row),
    );
  }

  sessions(limit: number): SessionRecord[] {
    return this.#sql
      .all('SELECT * FROM session ORDER BY started_at_ms DESC, id DESC LIMIT ?', limit)
      .map((row) => toSession(row, this.#audience(PEAK_AND_LATEST, row.id)));
  }

  session(id: string): SessionRecord | null {
    return this.#whole(this.#sql.all('SELECT * FROM session WHERE id = ?', id));
  }

  runningSession(): SessionRecord | null {
    return this.#whole(
      this.#sql.all('SELECT * FROM session WHERE ended_at_ms IS NULL ORDER BY started_at_ms DESC, id DESC LIMIT 1'),
    );
  }

  #whole([row]: Row[]): SessionRecord | null {
    return row ? toSession(row, this.#audience(WHOLE_AUDIENCE, row.id)) : null;
  }

  #audience(sql: string, sessionId: unknown): SessionRecord['audience'] {
    return this.#sql
      .all(sql, String(sessionId))
      .map(({ at_ms, viewers }) => ({ atMs: Number(at_ms), viewers: Number(viewers) }));
  }

  addSwitch(record: SwitchRecord): void {
    this.#sql.transaction(() =>
      this.#sql.run(
        `INSERT INTO switch_log (command_id, at_ms, plug, to_power, by_whom, reason, outcome, detail, took_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        record.commandId,
        Math.trunc(record.atMs),
        record.plug,
        record.to,
        record.by,
        record.reason,
        record.outcome,
        record.detail,
        record.tookMs,
      ),
    );
  }

  switches(limit: number): SwitchRecord[] {
    return this.#sql.all('SELECT * FROM switch_log ORDER BY id DESC LIMIT ?', limit).map(toSwitch);
  }

  history(plug: string, fromMs: number, toMs: number, stepMs: number): HistoryBucket[] {
    return this.#sql
      .all(
        `SELECT at_ms - at_ms % ?1 AS start_ms, avg(watts) AS mean, max(watts) AS top, count(*) AS readings FROM reading
       WHERE plug = ?2 AND at_ms >= ?3 AND at_ms < ?4 AND watts IS NOT NULL GROUP BY start_ms ORDER BY start_ms`,
        stepMs,
        plug,
        fromMs,
        toMs,
      )
      .map((row) => ({
        startMs: Number(row.start_ms),
        meanWatts: Number(row.mean),
        maxWatts: Number(row.top),
        readings: Number(row.readings),
      }));
  }

  /** Those that start after `afterMs` and before `toMs`, the first `limit` of them. */
  slices(afterMs: number, toMs: number, limit: number): EnergySlice[] {
    return this.#sql
      .all(
        'SELECT * FROM slice WHERE start_ms > ? AND start_ms < ? ORDER BY start_ms, plug LIMIT ?',
        afterMs,
        toMs,
        limit,
      )
      .map(toSlice);
  }

  sessionSlices(sessionId: string): EnergySlice[] {
    return this.#sql
      .all("SELECT * FROM slice WHERE session_id = ? AND session_id <> '' ORDER BY start_ms, plug", sessionId)
      .map(toSlice);
  }

  intensities(fromMs: number, toMs: number): IntensityPoint[] {
    return this.#sql
      .all('SELECT * FROM intensity WHERE start_ms < ? AND end_ms > ? ORDER BY start_ms, provider', toMs, fromMs)
      .map(toIntensity);
  }

  intensitiesKnownAt(fromMs: number, toMs: number, atMs: number): IntensityPoint[] {
    return this.#sql.all(INTENSITIES_KNOWN_AT, toMs, fromMs, Math.trunc(atMs)).map(toIntensity);
  }

  putToken(token: TokenRecord): void {
    this.#sql.transaction(() =>
      this.#sql.run(
        'REPLACE INTO token VALUES (?, ?, ?, ?, ?, ?)',
        token.id,
        token.label,
        token.scope,
        token.hash,
        Math.trunc(token.createdAtMs),
        token.lastUsedAtMs === null ? null : Math.trunc(token.lastUsedAtMs),
      ),
    );
  }

  tokens(): TokenRecord[] {
    return this.#sql.all('SELECT * FROM token ORDER BY created_at_ms, id').map(toToken);
  }

  touchToken(id: string, atMs: number): void {
    this.#sql.transaction(() =>
      this.#sql.run('UPDATE token SET last_used_at_ms = ? WHERE id = ?', Math.trunc(atMs), id),
    );
  }

  deleteToken(id: string): boolean {
    return this.#sql.transaction(() => this.#sql.run('DELETE FROM token WHERE id = ?', id)) > 0;
  }
}
