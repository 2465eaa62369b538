import type { DeadLetter, OutboxAccounts, OutboxLine } from '../../model/ports.ts';
import type { FlushLog } from './flush-log.ts';
import type { Sql } from './sql.ts';

/** Lines that the server refused are kept for the technician, the last ones. */
const KEPT_DEAD_LETTERS = 10_000;
/** For want of room. */
const FORGOTTEN_AT_ONCE = 1000;

/** Lines on their way to the time-series database, and those it will never take. */
export class Outbox {
  readonly #sql: Sql;
  readonly #log: FlushLog;

  constructor(sql: Sql, log: FlushLog) {
    this.#sql = sql;
    this.#log = log;
    sql.makeRoomBy(() => sql.transaction(() => this.#forget(FORGOTTEN_AT_ONCE)) > 0);
  }

  outbox(limit: number): OutboxLine[] {
    return this.#log.outbox(limit);
  }

  acknowledge(upToSeq: number): void {
    this.#log.acknowledge(upToSeq);
  }

  quarantine(lines: OutboxLine[], reason: string, nowMs: number): void {
    const sql = this.#sql;
    const moved = sql.transaction(() => {
      // Making room for this may have given them up, and counted them.
      const fresh = this.#log.stillPending(lines);
      for (const { seq, line } of fresh) {
        sql.run('INSERT INTO hole VALUES (?)', seq);
        const row = [seq, line, reason, Math.trunc(nowMs)];
        sql.count('quarantined', sql.run('INSERT OR REPLACE INTO dead_letter VALUES (?, ?, ?, ?)', ...row));
      }
      const over = sql.counted('quarantined') - KEPT_DEAD_LETTERS;
      if (over > 0) this.#forget(over);
      return fresh.length;
    });
    this.#log.gone(moved);
  }

  #forget(letters: number): number {
    const oldest = 'SELECT seq FROM dead_letter ORDER BY seq LIMIT ?';
    const forgotten = this.#sql.run(`DELETE FROM dead_letter WHERE seq IN (${oldest})`, letters);
    this.#sql.count('quarantined', -forgotten);
    this.#sql.count('dropped', forgotten);
    this.#sql.count('forgotten', forgotten);
    return forgotten;
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
    const counted = (name: 'quarantined' | 'dropped' | 'forgotten') => this.#sql.counted(name);
    const [quarantined, dropped, forgotten] = [counted('quarantined'), counted('dropped'), counted('forgotten')];
    return { ...this.#log.accounts, quarantined, dropped, forgotten };
  }

  pendingLines(): number {
    return this.#log.accounts.pending;
  }

  quarantinedLines(): number {
    return this.#sql.counted('quarantined');
  }

  droppedLines(): number {
    return this.#sql.counted('dropped');
  }
}
