import type { DatabaseSync } from 'node:sqlite';
import type { Reading } from '../../model/reading.ts';
import { type Context, pack } from './flush-codec.ts';

const AT_ONCE = 5000;
/** Each flush of old rows builds upon the one before; a chain that is too long is slow to read. */
const CHAIN = 100;

/** Readings and lines were rows of their own once: they become flushes. */
export function packOldRows(database: DatabaseSync): void {
  const insert = database.prepare('INSERT INTO flush VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?)');
  const state = new Map(
    database
      .prepare('SELECT name, value FROM counter')
      .all()
      .map(({ name, value }) => [name, Number(value)]),
  );
  const highest = database
    .prepare("SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'outbox'")
    .get();
  const delivered = state.get('delivered') ?? 0;
  let seq = Number(highest?.seq ?? 0);
  const before = seq;
  let id = 0;
  let base: { id: number; context: Context } | null = null;
  const add = (readings: Reading[], lines: string[]) => {
    id += 1;
    if (id % CHAIN === 1) base = null;
    const { body, context, news } = pack({ readings, lines }, base?.context ?? null);
    insert.run(id, base?.id ?? null, seq + 1, lines.length, lines.length, readings.length, body);
    seq += lines.length;
    if (news) base = { id, context };
  };
  for (let after = 0; ; ) {
    const rows = database.prepare('SELECT * FROM reading WHERE id > ? ORDER BY id LIMIT ?').all(after, AT_ONCE);
    if (rows.length === 0) break;
    after = Number(rows.at(-1)?.id);
    add(rows.map(toReading), []);
  }
  for (let after = 0; ; ) {
    const rows = database.prepare('SELECT * FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?').all(after, AT_ONCE);
    if (rows.length === 0) break;
    after = Number(rows.at(-1)?.seq);
    add(
      [],
      rows.map(({ line }) => String(line)),
    );
  }
  const set = database.prepare('UPDATE counter SET value = ? WHERE name = ?');
  set.run(before, 'acknowledged');
  set.run(seq, 'sequence');
  set.run(id, 'last_flush');
  set.run(id, 'booked');
  set.run(delivered, 'delivered');
  // Of the lines that were ever enqueued, as many as the numbers do not tell.
  set.run((state.get('enqueued') ?? 0) - seq, 'enqueued');
  database.exec("DELETE FROM counter WHERE name = 'pending'");
}

function toReading(row: Record<string, unknown>): Reading {
  const number = (value: unknown) => (value === null ? null : Number(value));
  return {
    plug: String(row.plug),
    atMs: Number(row.at_ms),
    monotonicMs: Number(row.at_ms),
    watts: number(row.watts),
    counterWh: number(row.counter_wh),
    relay: row.relay === null ? null : row.relay === 1,
    volts: number(row.volts),
    amps: number(row.amps),
    celsius: number(row.celsius),
    flags: JSON.parse(String(row.flags)),
    feed: row.feed as Reading['feed'],
  };
}
