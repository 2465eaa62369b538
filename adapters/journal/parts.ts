import type { DatabaseSync } from 'node:sqlite';
import { DayTotals } from './day-totals.ts';
import { Export } from './export.ts';
import { FlushLog } from './flush-log.ts';
import { History } from './history.ts';
import { Outbox } from './outbox.ts';
import { OutcomeStore } from './outcome-store.ts';
import { Sql } from './sql.ts';
import { Store } from './store.ts';
import { type Retention, Tiers } from './tiers.ts';

export type Parts = ReturnType<typeof partsOf>;

/** What works on an open journal's file, put together. */
export function partsOf(
  database: DatabaseSync,
  limits: { maxBytes?: number | null; retention?: Retention | null } = {},
) {
  const sql = new Sql(database, limits.maxBytes ?? null);
  const log = new FlushLog(sql);
  const days = new DayTotals(sql);
  const tiers = new Tiers(sql, log, limits.retention ?? null);
  const [store, outbox] = [new Store(sql, log, tiers, days), new Outbox(sql, log)];
  return {
    sql,
    log,
    store,
    outbox,
    days,
    history: new History(sql, log),
    exports: new Export(sql, log),
    outcomes: new OutcomeStore(sql),
  };
}
