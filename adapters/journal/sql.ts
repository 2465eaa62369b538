import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { pragma } from './database.ts';
import { isFull } from './sqlite-error.ts';

export type Row = Record<string, unknown>;

/** Kept in the file, in the transaction that changes the rows: counting millions of lines takes too long. */
export type Counter =
  | 'enqueued'
  | 'delivered'
  | 'acknowledged'
  | 'sequence'
  | 'quarantined'
  | 'dropped'
  | 'forgotten'
  | 'last_flush'
  | 'booked'
  | 'thinned';

/** Of the allowed size, so much is kept for making room: what is thinned is first written down shorter. */
const RESERVE = 1 / 16;

/** One connection: prepared statements, transactions, and room under the byte limit. Throws SQLite's errors. */
export class Sql {
  readonly #database: DatabaseSync;
  readonly #pages: number | null;
  readonly #statements = new Map<string, StatementSync>();
  readonly #roomMakers: (() => boolean)[] = [];

  /** @param maxBytes size the file may reach; null: the disk's size */
  constructor(database: DatabaseSync, maxBytes: number | null) {
    this.#database = database;
    this.#pages = maxBytes === null ? null : Math.floor(maxBytes / Number(pragma(database, 'page_size')));
    this.#limit(1 - RESERVE);
  }

  /** @param makers each gives up a little and says whether there was anything; the first that can is asked */
  makeRoomBy(...makers: (() => boolean)[]): void {
    this.#roomMakers.push(...makers);
  }

  /** The number of rows that it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values);
  }

  each(sql: string, ...values: SQLInputValue[]): IterableIterator<Row> {
    return this.#prepare(sql).iterate(...values);
  }

  one(sql: string, ...values: SQLInputValue[]): Row | null {
    return this.#prepare(sql).get(...values) ?? null;
  }

  /**
   * Runs `work` in one transaction; it may run several times. At the byte limit what can be spared makes room for it.
   * When this returns it is on the disk; `later`: with the next transaction that is, at the latest.
   */
  transaction<Result>(work: () => Result, { later = false } = {}): Result {
    for (;;) {
      try {
        return this.#attempt(work, later);
      } catch (error) {
        if (!isFull(error) || this.#pages === null || !this.#makeRoom()) throw error;
      }
    }
  }

  count(counter: Counter, change: number): void {
    this.run('UPDATE counter SET value = value + ? WHERE name = ?', change, counter);
  }

  setCounter(counter: Counter, value: number): void {
    this.run('UPDATE counter SET value = ? WHERE name = ?', value, counter);
  }

  counted(counter: Counter): number {
    return Number(this.one('SELECT value FROM counter WHERE name = ?', counter)?.value ?? 0);
  }

  close(): void {
    this.#database.close();
  }

  #attempt<Result>(work: () => Result, later: boolean): Result {
    // NORMAL commits without waiting for the disk; the next FULL commit makes all that came before safe too.
    this.#database.exec(`PRAGMA synchronous = ${later ? 'NORMAL' : 'FULL'}; BEGIN IMMEDIATE`);
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

  #makeRoom(): boolean {
    this.#limit(1);
    try {
      return this.#roomMakers.some((make) => make());
    } finally {
      this.#limit(1 - RESERVE);
    }
  }

  #limit(share: number): void {
    if (this.#pages !== null) this.#database.exec(`PRAGMA max_page_count = ${Math.floor(this.#pages * share)}`);
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
