import { deflateSync, inflateSync } from 'node:zlib';
import type { KeptDay } from '../../model/ports.ts';
import type { Sql } from './sql.ts';

const DAY_MS = 86_400_000;

/**
 * What the daemon made of whole UTC days, kept so that a month need not be read quarter hour by quarter hour. A day goes
 * in the transaction that changes anything it was made of.
 */
export class DayTotals {
  readonly #sql: Sql;
  /** The number of the last change of each day in this run: what was made of a day before it is not taken. */
  readonly #changes = new Map<number, number>();
  #lastChange = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
    // They can be made again.
    sql.makeRoomBy(() => sql.transaction(() => sql.run('DELETE FROM day_total')) > 0);
  }

  /** Those of [fromMs, toMs) made on this basis; `change` belongs to what is made from now on. */
  dayTotals(fromMs: number, toMs: number, basis: string): { days: KeptDay[]; change: number } {
    const rows = this.#sql.all(
      'SELECT start_ms, packed FROM day_total WHERE start_ms >= ? AND start_ms < ? AND basis = ?',
      ...[fromMs, toMs, basis],
    );
    const days = rows.map(({ start_ms, packed }) => ({
      startMs: Number(start_ms),
      json: inflateSync(packed as Uint8Array).toString(),
    }));
    return { days, change: this.#lastChange };
  }

  /** Keeps it unless the day has changed since `change`. */
  putDayTotal({ startMs, json }: KeptDay, basis: string, change: number): void {
    if ((this.#changes.get(startMs) ?? 0) > change) return;
    this.#sql.transaction(
      () => this.#sql.run('REPLACE INTO day_total VALUES (?, ?, ?)', startMs, basis, deflateSync(json)),
      { later: true },
    );
  }

  /** Something of [fromMs, toMs) is written. Within a transaction. */
  changed(fromMs: number, toMs: number): void {
    this.#lastChange += 1;
    const firstMs = Math.floor(fromMs / DAY_MS) * DAY_MS;
    for (let startMs = firstMs; startMs < toMs; startMs += DAY_MS) this.#changes.set(startMs, this.#lastChange);
    this.#sql.run('DELETE FROM day_total WHERE start_ms >= ? AND start_ms < ?', firstMs, toMs);
  }
}
