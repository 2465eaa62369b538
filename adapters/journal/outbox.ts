import type { DeadLetter, OutboxAccounts, OutboxLine } from '../../model/ports.ts';
import type { Sql } from './sql.ts';

/** Lines that the server refused are kept for the technician, the last ones. */
const KEPT_DEAD_LETTERS = 10_000;

/** Lines on their way to the time-series database, and those it will never take. */
export class Outbox {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  outbox(limit: number): OutboxLine[] {
    return this.#sql.all('SELECT seq, line FROM outbox ORDER BY seq LIMIT ?', limit).map((row) => ({
      seq: Number(row.seq),
      line: String(row.line),
    }));
  }

  acknowledge(upToSeq: number): void {
    this.#sql.transaction(() => {
      const delivered = this.#sql.run('DELETE FROM outbox WHERE seq <= ?', upToSeq);
      this.#sql.count('pending', -delivered);
      this.#sql.count('delivered', delivered);
    });
  }

  quarantine(lines: OutboxLine[], reason: string, nowMs: number): void {
    const sql = this.#sql;
    sql.transaction(() => {
      for (const { seq, line } of lines) {
        const row = [seq, line, reason, Math.trunc(nowMs)];
        sql.count('quarantined', sql.run('INSERT OR IGNORE INTO dead_letter VALUES (?, ?, ?, ?)', ...row));
        sql.count('pending', -sql.run('DELETE FROM outbox WHERE seq = ?', seq));
      }
      const over = sql.counted('quarantined') - KEPT_DEAD_LETTERS;
      if (over <= 0) return;
      sql.run('DELETE FROM dead_letter WHERE seq IN (SELECT seq FROM dead_letter ORDER BY seq LIMIT ?)', over);
      sql.count('quarantined', -over);
      sql.count('dropped', over);
      sql.count('forgotten', over);
    });
  }

  deadLetters(limit: number): DeadLetter[] {
    return this.#sql.all('SELECT * FROM dead_letter ORDER BY seq DESC LIMIT ?', limit).map((row) => ({
      seq: Number(row.seq),
      line: String(row.line),
      reason: String(row.reason),
      atMs: Number(row.at_ms),
    }));
  }

  accounts(): OutboxAccounts {
    const counters = this.#sql.all('SELECT name, value FROM counter').map(({ name, value }) => [name, Number(value)]);
    return Object.fromEntries(counters);
  }

  pendingLines(): number {
    return this.#sql.counted('pending');
  }

  quarantinedLines(): number {
    return this.#sql.counted('quarantined');
  }

  droppedLines(): number {
    return this.#sql.counted('dropped');
  }
}
