import type { OutboxLine } from '../../model/ports.ts';
import { type Context, type Flush, pack, unpack, unpackWatts, type WattsSeries } from './flush-codec.ts';
import type { Counter, Row, Sql } from './sql.ts';
import { Tail } from './tail.ts';

/** Contexts of earlier flushes that are kept at hand. */
const KEPT_CONTEXTS = 16;

/** One row of the log, unpacked. */
export interface LoggedFlush extends Flush {
  id: number;
  firstSeq: number;
  /** false: it is damaged, and has neither readings nor lines. */
  readable: boolean;
}

/**
 * The flushes, packed, one row each, only ever appended: readings for the history and lines for the outbox. A line's
 * number is its place in the log. A line that is done with stays where it is until its segment goes.
 */
export class FlushLog {
  readonly #sql: Sql;
  readonly #contexts = new Map<number, Context | null>();
  /** What later flushes build upon; null: the next one stands by itself. */
  #base: { id: number; context: Context } | null = null;
  #tail: Tail | null = null;
  #closed = false;
  #lastId: number;
  #lastSeq: number;
  #acknowledged: number;
  #delivered: number;
  #pending: number;
  /** No flush before this one has a pending line. */
  #nextId = 0;
  /** The oldest pending lines, as far as they were asked for. */
  #handed: OutboxLine[] = [];

  constructor(sql: Sql) {
    this.#sql = sql;
    const last = sql.one('SELECT * FROM flush ORDER BY id DESC LIMIT 1');
    const kept = (name: Counter, now: unknown) => Math.max(sql.counted(name), Number(now ?? 0));
    this.#lastId = kept('last_flush', last?.id);
    this.#lastSeq = kept('sequence', last && Number(last.first_seq) + Number(last.lines) - 1);
    this.#acknowledged = kept('acknowledged', last?.acknowledged);
    this.#delivered = kept('delivered', last?.delivered);
    const summed = sql.one('SELECT last_id FROM segment ORDER BY first_id DESC LIMIT 1');
    for (const row of this.rows(Number(summed?.last_id ?? 0) + 1, this.#lastId))
      this.#addToTail(row, this.wattsOf(row));
    this.#pending = this.#countPending();
  }

  get lastId(): number {
    return this.#lastId;
  }
  /** The flushes since the last segment. */
  get tail(): Tail | null {
    return this.#tail;
  }
  /** Lines up to this number are done with. */
  get acknowledged(): number {
    return this.#acknowledged;
  }
  get accounts(): { enqueued: number; delivered: number; pending: number } {
    const enqueued = this.#sql.counted('enqueued') + this.#lastSeq;
    return { enqueued, delivered: this.#delivered, pending: this.#pending };
  }

  /** Within a transaction. @returns what to do once it is committed */
  append({ readings, lines }: Flush): () => void {
    if (this.#closed) throw new Error('only the daemon that works on it adds readings and lines');
    const flush = { readings, lines: lines.filter((line) => line !== '') };
    const { body, context, news } = pack(flush, this.#base?.context ?? null);
    const id = this.#lastId + 1;
    const firstSeq = this.#lastSeq + 1;
    const { length } = flush.lines;
    this.#sql.run(
      'INSERT INTO flush VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[id, this.#base?.id ?? null, firstSeq, length, length, flush.readings.length],
      ...[this.#acknowledged, this.#delivered, body],
    );
    return () => {
      this.#lastId = id;
      this.#lastSeq += length;
      this.#pending += length;
      if (news) this.#base = { id, context };
      const row = { id, first_seq: firstSeq, lines: length, readings: readings.length };
      this.#addToTail(row, {
        plugs: readings.map(({ plug }) => plug),
        atMs: readings.map(({ atMs }) => Math.trunc(atMs)),
        watts: readings.map(({ watts }) => watts),
      });
    };
  }

  /** Keeps nothing of a flush but these lines, the others empty. Within a transaction. */
  replace({ id, firstSeq }: LoggedFlush, lines: string[], live: number): void {
    this.#sql.run('DELETE FROM flush WHERE id = ?', id);
    if (live === 0) return;
    const { body } = pack({ readings: [], lines }, null);
    this.#sql.run('INSERT INTO flush VALUES (?, NULL, ?, ?, ?, 0, 0, 0, ?)', id, firstSeq, lines.length, live, body);
  }

  /** So many pending lines were in a damaged flush. */
  lostWith({ id }: LoggedFlush): number {
    return this.#pendingAmong(id, id);
  }

  /** The next flush is the first of a new segment. */
  beginSegment(): void {
    this.#base = null;
    this.#tail = null;
  }

  /** Beside a daemon nothing is added. */
  close(): void {
    this.#closed = true;
  }

  /** Goes on where the log of a lost file was; books are kept from now on. */
  continue(lost: FlushLog): void {
    [this.#lastId, this.#lastSeq, this.#acknowledged] = [lost.#lastId, lost.#lastSeq, lost.#lastSeq];
    this.#sql.transaction(() => {
      this.#sql.setCounter('enqueued', -this.#lastSeq);
      this.remember();
    });
  }

  /** What a new start must know although the flushes that tell it may be gone. Within a transaction. */
  remember(): void {
    this.#sql.setCounter('last_flush', this.#lastId);
    this.#sql.setCounter('sequence', this.#lastSeq);
    this.#sql.setCounter('acknowledged', this.#acknowledged);
    this.#sql.setCounter('delivered', this.#delivered);
  }

  /** Flushes with ids in [fromId, toId], oldest first. */
  *flushes(fromId: number, toId: number): Generator<LoggedFlush> {
    for (const row of this.rows(fromId, toId)) yield this.read(row);
  }

  /** Still packed: for who needs little of them. */
  rows(fromId: number, toId: number): IterableIterator<Row> {
    return this.#sql.each('SELECT * FROM flush WHERE id BETWEEN ? AND ? ORDER BY id', fromId, toId);
  }

  read(row: Row): LoggedFlush {
    const unpacked = this.#unpack(row);
    const { readings, lines } = unpacked ?? { readings: [], lines: [] };
    return { id: Number(row.id), firstSeq: Number(row.first_seq), readings, lines, readable: unpacked !== null };
  }

  /** Without the rest of it; empty when it is damaged. */
  wattsOf(row: Row): WattsSeries {
    try {
      return unpackWatts(row.body as Uint8Array, this.#baseOf(row));
    } catch {
      return { plugs: [], atMs: [], watts: [] };
    }
  }

  /** The oldest pending lines. */
  outbox(limit: number): OutboxLine[] {
    if (limit > this.#handed.length && this.#handed.length < this.#pending) this.#handed = this.#oldest(limit);
    return this.#handed.slice(0, limit);
  }

  /** Only in memory until the next flush: after a crash the server gets some lines again, the same byte for byte. */
  acknowledge(upToSeq: number): void {
    const to = Math.min(upToSeq, this.#lastSeq);
    if (to <= this.#acknowledged) return;
    const known = (this.#handed.at(-1)?.seq ?? 0) >= to;
    const lines = known ? this.#handed : this.#oldest(to - this.#acknowledged);
    const left = lines.filter(({ seq }) => seq > to);
    this.#delivered += lines.length - left.length;
    this.#pending -= lines.length - left.length;
    this.#acknowledged = to;
    this.#handed = left;
  }

  /** So many lines were set aside or given up, and flushes may have been written anew. */
  gone(lines: number): void {
    this.#pending -= lines;
    this.#handed = [];
    this.#contexts.clear();
  }

  /** The numbers of this flush's lines that are neither done with nor given up. */
  pendingOf({ firstSeq, lines }: Pick<LoggedFlush, 'firstSeq' | 'lines'>): OutboxLine[] {
    const holes = new Set(this.#sql.all('SELECT seq FROM hole').map(({ seq }) => Number(seq)));
    return lines
      .map((line, index) => ({ seq: firstSeq + index, line }))
      .filter(({ seq, line }) => seq > this.#acknowledged && line !== '' && !holes.has(seq));
  }

  /** Of these lines, oldest first, those still to be delivered. Each flush is unpacked once, however many lines it has. */
  stillPending(lines: OutboxLine[]): OutboxLine[] {
    const rows = this.#sql.all(
      'SELECT * FROM flush WHERE id >= ? AND first_seq <= ? AND first_seq + lines > ? ORDER BY id',
      ...[this.#nextId, lines.at(-1)?.seq ?? 0, lines[0]?.seq ?? 0],
    );
    const pending = new Set(rows.flatMap((row) => this.pendingOf(this.read(row)).map(({ seq }) => seq)));
    return lines.filter(({ seq }) => pending.has(seq));
  }

  #oldest(limit: number): OutboxLine[] {
    const found: OutboxLine[] = [];
    const damaged: number[] = [];
    let leading = true;
    for (const row of this.rows(this.#nextId, this.#lastId)) {
      const done = Number(row.first_seq) + Number(row.lines) - 1 <= this.#acknowledged || Number(row.live) === 0;
      leading &&= done;
      if (leading) this.#nextId = Number(row.id) + 1;
      if (done) continue;
      const flush = this.read(row);
      if (!flush.readable) damaged.push(flush.id);
      for (const line of this.pendingOf(flush)) found.push(line);
      if (found.length >= limit) break;
    }
    if (damaged.length === 0) return found;
    for (const id of damaged) this.#giveUp(id);
    // Writing that down may have taken room from others.
    return this.#oldest(limit);
  }

  /** A damaged flush: its lines are lost, and counted. */
  #giveUp(id: number): void {
    const lost = this.#sql.transaction(() => {
      // Making room for this may have taken it away, and counted it.
      const row = this.#sql.one('SELECT * FROM flush WHERE id = ?', id);
      if (!row) return 0;
      const pending = this.#pendingIn(row);
      const [live, firstSeq] = [Number(row.live), Number(row.first_seq)];
      this.#sql.run('UPDATE flush SET live = 0 WHERE id = ?', id);
      this.#sql.run('UPDATE segment SET live = live - ?1 WHERE ?2 BETWEEN first_id AND last_id', live, id);
      this.#sql.run('DELETE FROM hole WHERE seq BETWEEN ? AND ?', firstSeq, firstSeq + Number(row.lines) - 1);
      this.#sql.count('dropped', pending);
      return pending;
    });
    this.#pending -= lost;
  }

  /** At the start, without unpacking a long backlog. */
  #countPending(): number {
    const after = this.#acknowledged;
    let pending = this.#tail ? this.#pendingAmong(this.#tail.firstId, this.#lastId) : 0;
    this.#nextId = this.#tail?.firstId ?? this.#lastId + 1;
    const segments = this.#sql.all('SELECT * FROM segment WHERE last_seq > ? ORDER BY first_id DESC', after);
    for (const { first_id, last_id, first_seq, last_seq, live } of segments) {
      this.#nextId = Number(first_id);
      if (Number(first_seq) <= after) pending += this.#pendingAmong(Number(first_id), Number(last_id));
      else pending += Number(live) - this.#holes(Number(first_seq), Number(last_seq));
    }
    return pending;
  }

  #pendingAmong(fromId: number, toId: number): number {
    let pending = 0;
    for (const row of this.rows(fromId, toId)) pending += this.#pendingIn(row);
    return pending;
  }

  #pendingIn(row: Row): number {
    const [firstSeq, lines, live] = [Number(row.first_seq), Number(row.lines), Number(row.live)];
    const [from, to] = [Math.max(firstSeq, this.#acknowledged + 1), firstSeq + lines - 1];
    if (from > to || live === 0) return 0;
    // Some were given up: which of them are before `from` only they themselves can tell. Damaged, it is at most so many.
    const flush = live < lines ? this.read(row) : null;
    return flush?.readable ? this.pendingOf(flush).length : Math.min(live, to - from + 1) - this.#holes(from, to);
  }

  #holes(fromSeq: number, toSeq: number): number {
    const row = this.#sql.one('SELECT count(*) AS holes FROM hole WHERE seq BETWEEN ? AND ?', fromSeq, toSeq);
    return Number(row?.holes);
  }

  #unpack(row: Row): (Flush & { context: Context }) | null {
    try {
      return unpack(row.body as Uint8Array, this.#baseOf(row));
    } catch {
      return null;
    }
  }

  #baseOf(row: Row): Context | null {
    return row.base_id === null ? null : this.#contextOf(Number(row.base_id));
  }

  #contextOf(id: number): Context {
    let context = this.#contexts.get(id);
    if (context === undefined) {
      const row = this.#sql.one('SELECT * FROM flush WHERE id = ?', id);
      context = (row && this.#unpack(row)?.context) ?? null;
      if (this.#contexts.size >= KEPT_CONTEXTS) this.#contexts.clear();
      this.#contexts.set(id, context);
    }
    if (!context) throw new Error(`flush ${id} can not be read`);
    return context;
  }

  #addToTail(row: Row, series: WattsSeries): void {
    this.#tail ??= new Tail(Number(row.id), Number(row.first_seq));
    this.#tail.add(Number(row.readings), Number(row.lines), series);
  }
}
