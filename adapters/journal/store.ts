import { deflateSync, inflateSync } from 'node:zlib';
import { HOLD_MS } from '../../model/emissions.ts';
import { type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { JournalBatch, SessionRecord, SwitchRecord, TokenRecord } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import type { DayTotals } from './day-totals.ts';
import type { FlushLog } from './flush-log.ts';
import { toIntensity, toSession, toSlice, toSwitch, toToken } from './rows.ts';
import type { Row, Sql } from './sql.ts';
import type { Tiers } from './tiers.ts';

/** Slices come as increments: what is there already is added to, never written over. */
const ADD_TO_SLICE = `
  INSERT INTO slice (plug, start_ms, session_id, phase, counter_wh, integrated_wh, gap_wh, covered_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
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

/** A value whose JSON is longer than this is packed, characters. */
const PACKED_FROM = 1000;

/** Flushes; far more than there ever are between two bookings. */
const MOST_UNBOOKED = 1000;

/** What is measured and what happened. */
export class Store {
  readonly #sql: Sql;
  readonly #log: FlushLog;
  readonly #tiers: Tiers;
  readonly #days: DayTotals;

  constructor(sql: Sql, log: FlushLog, tiers: Tiers, days: DayTotals) {
    this.#days = days;
    this.#sql = sql;
    this.#log = log;
    this.#tiers = tiers;
  }

  write(batch: JournalBatch): void {
    const { readings, lines, slices, intensities, state } = batch;
    const flush = readings.length + lines.length > 0;
    if (flush) this.#tiers.turn(readings[0]?.atMs ?? null);
    // Raw readings and their lines may wait for the disk: their energy is kept apart, and the plugs count it too.
    const later = slices.length + intensities.length + Object.keys(state).length === 0;
    const committed = this.#sql.transaction(
      () => {
        const done = flush ? this.#log.append(batch) : () => {};
        this.#putFacts(batch);
        if (batch.booked) this.#sql.setCounter('booked', this.#log.lastId + Number(flush));
        return done;
      },
      { later },
    );
    committed();
  }

  #putFacts(batch: JournalBatch): void {
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
    for (const startMs of new Set(batch.slices.map((slice) => slice.startMs)))
      this.#days.changed(startMs, startMs + QUARTER_HOUR_MS);
    for (const point of batch.intensities) {
      this.#putIntensity(point);
      // It may stand in for what comes after it.
      this.#days.changed(point.startMs, point.endMs + HOLD_MS);
    }
    for (const [name, value] of Object.entries(batch.state)) {
      const json = JSON.stringify(value ?? null);
      const packed = json.length < PACKED_FROM ? null : deflateSync(json);
      this.#sql.run('REPLACE INTO state VALUES (?, ?, ?)', name, packed ? '' : json, packed);
    }
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

  /** Readings that came after the last batch that was booked, in the order they came. */
  unbooked(): Reading[] {
    const { lastId } = this.#log;
    const flushes = this.#log.flushes(Math.max(this.#sql.counted('booked'), lastId - MOST_UNBOOKED) + 1, lastId);
    return [...flushes].flatMap(({ readings }) => readings);
  }

  state(name: string): unknown {
    const row = this.#sql.one('SELECT json, packed FROM state WHERE name = ?', name);
    if (!row) return undefined;
    return JSON.parse(row.packed ? inflateSync(row.packed as Uint8Array).toString() : String(row.json));
  }

  putSession(session: Omit<SessionRecord, 'audience'>): void {
    this.#sql.transaction(() =>
      this.#sql.run(
        'REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        session.id,
        session.title,
        Math.trunc(session.startedAtMs),
        session.endedAtMs === null ? null : Math.trunc(session.endedAtMs),
        JSON.stringify(session.phases),
        session.startedBy,
        session.endedBy,
        session.stream ? JSON.stringify(session.stream) : null,
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
        `INSERT INTO switch_log (command_id, at_ms, plug, to_power, by_whom, reason, reasons, source, watts_before,
           outcome, detail, took_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        record.commandId,
        Math.trunc(record.atMs),
        record.plug,
        record.to,
        record.by,
        record.reason,
        JSON.stringify(record.reasons),
        record.source,
        record.wattsBefore,
        record.outcome,
        record.detail,
        record.tookMs,
      ),
    );
  }

  switches(limit: number): SwitchRecord[] {
    return this.#sql.all('SELECT * FROM switch_log ORDER BY id DESC LIMIT ?', limit).map(toSwitch);
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
