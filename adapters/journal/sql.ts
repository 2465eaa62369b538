import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { pragma } from './database.ts';
import { isFull } from './sqlite-error.ts';

export type Row = Record<string, unknown>;

/** Rows dropped at once to make room under the byte limit. */
const EVICT_ROWS = 5000;

/**
 * What makes room at the byte limit, the first that there is any of. Each statement drops the oldest rows. Of the outbox
 * only raw power: energy, switchings and sessions are few and are never given up.
 */
const EVICTIONS: readonly { sql: string; counter: Counter | null }[] = [
  { sql: 'DELETE FROM reading WHERE id IN (SELECT id FROM reading ORDER BY id LIMIT ?)', counter: null },
  {
    sql: "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE line GLOB 'power,*' ORDER BY seq LIMIT ?)",
    counter: 'pending',
  },
  {
    sql: 'DELETE FROM dead_letter WHERE seq IN (SELECT seq FROM dead_letter ORDER BY seq LIMIT ?)',
    counter: 'quarantined',
  },
];

/** Kept in the file, in the transaction that changes the rows: counting millions of lines takes too long. */
export type Counter = 'enqueued' | 'delivered' | 'pending' | 'quarantined' | 'dropped' | 'forgotten';

/** One connection: prepared statements, transactions, and room under the byte limit. Throws SQLite's errors. */
export class Sql {
  readonly #database: DatabaseSync;
  readonly #maxBytes: number | null;
  readonly #statements = new Map<string, StatementSync>();

  /** @param maxBytes size the file may reach; null: the disk's size */
  constructor(database: DatabaseSync, maxBytes: number | null) {
    this.#database = database;
    this.#maxBytes = maxBytes;
    if (maxBytes !== null) {
      const pages = Math.floor(maxBytes / Number(pragma(database, 'page_size')));
      database.exec(`PRAGMA max_page_count = ${pages}`);
    }
  }

  /** The number of rows that it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values);
  }

  /** Runs `work` in one transaction. At the byte limit the oldest of what can be spared makes room for it. */
  transaction<Result>(work: () => Result): Result {
    for (;;) {
      try {
        return this.#attempt(work);
      } catch (error) {
        if (!isFull(error) || this.#maxBytes === null || this.#attempt(() => this.#evict()) === 0) throw error;
      }
    }
  }

  count(counter: Counter, change: number): void {
    this.run('UPDATE counter SET value = value + ? WHERE name = ?', change, counter);
  }

  counted(counter: Counter): number {
    return Number(this.all('SELECT value FROM counter WHERE name = ?', counter)[0]?.value);
  }

  close(): void {
    this.#database.close();
  }

  #attempt<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite rolls back by itself when the disk is full.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #evict(): number {
    for (const { sql, counter } of EVICTIONS) {
      const dropped = this.run(sql, EVICT_ROWS);
      if (dropped === 0) continue;
      if (counter) {
        this.count(counter, -dropped);
        this.count('dropped', dropped);
        if (counter === 'quarantined') this.count('forgotten', dropped);
      }
      return dropped;
    }
    return 0;
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
