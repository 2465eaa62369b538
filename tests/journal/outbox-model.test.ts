import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDatabase } from '../../adapters/journal/database.ts';
import { type Parts, partsOf } from '../../adapters/journal/parts.ts';
import { isFull } from '../../adapters/journal/sqlite-error.ts';
import type { OutboxLine } from '../../model/ports.ts';
import { batchOf, readingOf } from '../support/journal-batch.ts';
import { tempFolder } from '../support/temp-folder.ts';

const RUNS = 20;
const MAX_BYTES = 80_000;
const folder = tempFolder();

/** What the outbox should be: lines with their numbers, oldest first. */
interface Model {
  pending: OutboxLine[];
  enqueued: number;
  delivered: number;
  /** Delivered since the last write. */
  unsaved: OutboxLine[];
  quarantined: number;
  dropped: number;
  forgotten: number;
  lastSeq: number;
  clockMs: number;
}

/** The outbox as it is used, without the thread around it. */
class Real {
  readonly path: string;
  parts: Parts;

  constructor(path: string) {
    this.path = path;
    this.parts = this.#open();
  }

  /** As after a clean stop, or after SIGKILL: then nothing is said on the way out. */
  restart(clean: boolean): void {
    const { sql, log } = this.parts;
    if (clean) sql.transaction(() => log.remember());
    sql.close();
    this.parts = this.#open();
  }

  #open(): Parts {
    return partsOf(openDatabase(this.path, 0).database, { maxBytes: MAX_BYTES });
  }
}

type Command = fc.Command<Model, Real>;

/** Drops from the model what the outbox gave up for want of room: only raw power, the oldest, and counted. */
function agreeOnRoom(model: Model, { parts }: Real): void {
  // At last also what had been set aside.
  const forgotten = parts.outbox.accounts().forgotten - model.forgotten;
  model.forgotten += forgotten;
  model.quarantined -= forgotten;
  model.dropped += forgotten;
  const dropped = parts.outbox.droppedLines() - model.dropped;
  if (dropped > 0) {
    const left = new Set(parts.outbox.outbox(1_000_000).map(({ seq }) => seq));
    const gone = model.pending.filter(({ seq }) => !left.has(seq));
    expect(gone.every(({ line }) => line.startsWith('power,'))).toBe(true);
    expect(gone).toHaveLength(dropped);
    const oldestLeft = model.pending.find(({ seq, line }) => left.has(seq) && line.startsWith('power,'));
    expect(gone.every(({ seq }) => seq < (oldestLeft?.seq ?? Number.POSITIVE_INFINITY))).toBe(true);
    model.pending = model.pending.filter(({ seq }) => left.has(seq));
    model.dropped += dropped;
  }
  const { enqueued, delivered, quarantined, pending, dropped: all } = parts.outbox.accounts();
  expect({ enqueued, delivered, quarantined, pending, dropped: all }).toEqual({
    ...{ enqueued: model.enqueued, delivered: model.delivered, quarantined: model.quarantined },
    ...{ pending: model.pending.length, dropped: model.dropped },
  });
}

class Add implements Command {
  readonly #lines: { power: boolean; text: string }[];
  readonly #minutes: number;
  constructor(lines: { power: boolean; text: string }[], minutes: number) {
    this.#lines = lines;
    this.#minutes = minutes;
  }
  check = () => true;
  run(model: Model, real: Real): void {
    model.clockMs += this.#minutes * 60_000;
    const lines = this.#lines.map(
      ({ power, text }, n) => `${power ? 'power,' : 'energy,'}plug=a v="${text}" ${model.clockMs + n}`,
    );
    const readings = [readingOf({ plug: 'a', atMs: model.clockMs })];
    try {
      real.parts.store.write(batchOf({ readings, lines }));
    } catch (error) {
      // All or nothing.
      expect(isFull(error)).toBe(true);
      agreeOnRoom(model, real);
      return;
    }
    model.pending.push(...lines.map((line, n) => ({ seq: model.lastSeq + n + 1, line })));
    model.lastSeq += lines.length;
    model.enqueued += lines.length;
    model.unsaved = [];
    agreeOnRoom(model, real);
  }
  toString = () => `add(${this.#lines.length} lines, ${this.#minutes} min later)`;
}

class Take implements Command {
  readonly #limit: number;
  constructor(limit: number) {
    this.#limit = limit;
  }
  check = () => true;
  run(model: Model, { parts }: Real): void {
    expect(parts.outbox.outbox(this.#limit)).toEqual(model.pending.slice(0, this.#limit));
  }
  toString = () => `take(${this.#limit})`;
}

class Acknowledge implements Command {
  readonly #lines: number;
  constructor(lines: number) {
    this.#lines = lines;
  }
  check = (model: Readonly<Model>) => model.pending.length > 0;
  run(model: Model, real: Real): void {
    const upTo = model.pending[Math.min(this.#lines, model.pending.length) - 1]?.seq ?? 0;
    real.parts.outbox.acknowledge(upTo);
    const left = model.pending.filter(({ seq }) => seq > upTo);
    model.unsaved.push(...model.pending.filter(({ seq }) => seq <= upTo));
    model.delivered += model.pending.length - left.length;
    model.pending = left;
    agreeOnRoom(model, real);
  }
  toString = () => `acknowledge(${this.#lines})`;
}

class Quarantine implements Command {
  readonly #place: number;
  constructor(place: number) {
    this.#place = place;
  }
  check = (model: Readonly<Model>) => model.pending.length > 0;
  run(model: Model, real: Real): void {
    const line = model.pending[this.#place % model.pending.length];
    if (!line) return;
    const setAside = () => {
      const { quarantined, forgotten } = real.parts.outbox.accounts();
      return quarantined + forgotten;
    };
    const before = setAside();
    try {
      real.parts.outbox.quarantine([line], 'refused', 0);
    } catch (error) {
      expect(isFull(error)).toBe(true);
    }
    // Else there was no room for it, or it was given up itself to make room.
    if (setAside() > before) {
      model.pending = model.pending.filter(({ seq }) => seq !== line.seq);
      model.quarantined += 1;
    }
    agreeOnRoom(model, real);
  }
  toString = () => `quarantine(${this.#place})`;
}

class Restart implements Command {
  readonly #clean: boolean;
  constructor(clean: boolean) {
    this.#clean = clean;
  }
  check = () => true;
  run(model: Model, real: Real): void {
    real.restart(this.#clean);
    // After a kill, what was acknowledged since the last write may be pending again: a whole number of lines, in order.
    const again = real.parts.outbox.pendingLines() - model.pending.length;
    expect(again).toBeLessThanOrEqual(this.#clean ? 0 : model.unsaved.length);
    model.pending.unshift(...model.unsaved.slice(model.unsaved.length - again));
    model.delivered -= again;
    model.unsaved = [];
    expect(real.parts.outbox.outbox(1_000_000)).toEqual(model.pending);
    agreeOnRoom(model, real);
  }
  toString = () => (this.#clean ? 'restart' : 'kill');
}

/** One flush is not what it was: its lines are lost and counted, the others are all there. */
class Corrupt implements Command {
  readonly #place: number;
  constructor(place: number) {
    this.#place = place;
  }
  check = (model: Readonly<Model>) => model.pending.length > 0;
  run(model: Model, real: Real): void {
    real.restart(true);
    const database = new DatabaseSync(real.path);
    const ids = database.prepare('SELECT id FROM flush WHERE live = lines ORDER BY id').all();
    const id = Number(ids[this.#place % Math.max(1, ids.length)]?.id ?? 0);
    database.prepare('UPDATE flush SET body = zeroblob(9) WHERE id = ?').run(id);
    database.close();
    real.restart(true);
    const left = new Set(real.parts.outbox.outbox(1_000_000).map(({ seq }) => seq));
    const lost = model.pending.filter(({ seq }) => !left.has(seq));
    model.pending = model.pending.filter(({ seq }) => left.has(seq));
    model.dropped += lost.length;
    agreeOnRoom(model, real);
  }
  toString = () => `corrupt(${this.#place})`;
}

// Long and hard to pack, so that there is soon no room.
const text = fc.string({ unit: 'grapheme-ascii', minLength: 100, maxLength: 300 });
const line = fc.record({ power: fc.boolean(), text });
const commands = fc.commands<Model, Real>(
  [
    fc
      .tuple(fc.array(line, { maxLength: 60, size: 'max' }), fc.nat(20))
      .map(([lines, minutes]) => new Add(lines, minutes)),
    fc
      .tuple(fc.array(line, { maxLength: 60, size: 'max' }), fc.nat(20))
      .map(([lines, minutes]) => new Add(lines, minutes)),
    fc.nat(100).map((limit) => new Take(limit)),
    fc.integer({ min: 1, max: 100 }).map((lines) => new Acknowledge(lines)),
    fc.nat(1000).map((place) => new Quarantine(place)),
    fc.boolean().map((clean) => new Restart(clean)),
    fc.nat(1000).map((place) => new Corrupt(place)),
  ],
  { maxCommands: 60, size: 'max' },
);

test('whatever comes, the outbox gives each line once and in order until it is done with, and its books balance', () => {
  fc.assert(
    fc.property(commands, (sequence) => {
      const real = new Real(join(folder, `${randomUUID()}.db`));
      try {
        const model: Model = {
          ...{
            pending: [],
            unsaved: [],
            enqueued: 0,
            delivered: 0,
            quarantined: 0,
            dropped: 0,
            forgotten: 0,
            lastSeq: 0,
          },
          clockMs: Date.UTC(2026, 10, 24),
        };
        fc.modelRun(() => ({ model, real }), sequence);
      } finally {
        real.parts.sql.close();
      }
    }),
    // Such long sequences take for ever to be made shorter.
    { numRuns: RUNS, endOnFailure: true },
  );
}, 120_000);
