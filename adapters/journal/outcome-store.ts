import type { Alarm } from '../../model/alarms.ts';
import type { Cut } from '../../model/savings.ts';
import type { Sql } from './sql.ts';

/** What came of the switching, and what went wrong: whole records, each written again when it changes. */
export class OutcomeStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  putCut(cut: Cut): void {
    const ended = cut.endedAtMs === null ? null : Math.trunc(cut.endedAtMs);
    const row = [cut.id, Math.trunc(cut.atMs), ended, JSON.stringify(cut)];
    this.#sql.transaction(() => this.#sql.run('REPLACE INTO cut VALUES (?, ?, ?, ?)', ...row));
  }

  cuts(fromMs: number, toMs: number): Cut[] {
    return this.#sql
      .all(
        'SELECT json FROM cut WHERE at_ms < ? AND (ended_at_ms IS NULL OR ended_at_ms >= ?) ORDER BY at_ms, id',
        Math.trunc(toMs),
        Math.trunc(fromMs),
      )
      .map(({ json }) => JSON.parse(String(json)));
  }

  putAlarm(alarm: Alarm): void {
    const cleared = alarm.clearedAtMs === null ? null : Math.trunc(alarm.clearedAtMs);
    const row = [alarm.id, Math.trunc(alarm.raisedAtMs), cleared, JSON.stringify(alarm)];
    this.#sql.transaction(() => this.#sql.run('REPLACE INTO alarm VALUES (?, ?, ?, ?)', ...row));
  }

  alarms(limit: number): Alarm[] {
    return this.#sql
      .all(
        `SELECT json FROM alarm WHERE cleared_at_ms IS NULL
           OR id IN (SELECT id FROM alarm ORDER BY raised_at_ms DESC, id LIMIT ?)
         ORDER BY raised_at_ms DESC, id`,
        limit,
      )
      .map(({ json }) => JSON.parse(String(json)));
  }
}
