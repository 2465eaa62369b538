import { Worker } from 'node:worker_threads';
import type { Alarm } from '../../model/alarms.ts';
import type { Clock } from '../../model/clock.ts';
import { type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import { JournalFull } from '../../model/errors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type {
  DeadLetter,
  HistoryBucket,
  Journal,
  JournalBatch,
  KeptDay,
  OutboxAccounts,
  OutboxLine,
  SessionRecord,
  SwitchRecord,
  TokenRecord,
} from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import type { Cut } from '../../model/savings.ts';
import type { Exported, ExportPiece } from './export.ts';
import {
  type Answer,
  type Failure,
  type Operations,
  type Request,
  SET_ASIDE,
  type WorkerSettings,
} from './messages.ts';
import type { Retention } from './tiers.ts';

type Operation = keyof Operations;

/** A year takes seconds to read: it is asked for in pieces, and others get their turn in between. */
const PIECE_MS = 7 * 86_400_000;
const EXACT_PIECE_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** More than any quarter hour can have: one for each plug, phase and session. */
const PIECE_SLICES = 5000;

interface Waiter {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * The journal in one SQLite file (write-ahead log, full sync), worked by a thread of its own so that a slow disk never
 * holds up the polling. What a method acknowledged survives SIGKILL and power cuts. Any method may reject with an
 * Error that names the file; writes reject with `JournalFull` when there is no room.
 */
export class SqliteJournal implements Journal {
  readonly #path: string;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #maxBytes: number | null;
  readonly #retention: Retention | null;
  readonly #waiters = new Map<number, Waiter>();
  readonly #onLost: (error: Error) => void;
  readonly #onSetAside: (path: string) => void;
  #checkDue = false;
  #checking: Worker | null = null;
  #worker: Worker | null = null;
  #closing = false;
  /** One history at a time: a flush waits for one piece of one of them at most. */
  #reading: Promise<unknown> = Promise.resolve();
  #lastId = 0;

  /**
   * @param options.maxBytes size the file may reach; at the limit the oldest of what can be spared makes room
   * @param options.retention how long readings are kept in which detail; without it, until there is no room
   * @param options.onSetAside called when the file turned out to be damaged while it was worked on: it is now there, and a
   *   new one takes what comes; nothing that was asked failed for it
   * @param options.onLost called once when the thread ended by itself: everything rejects from then on, start anew
   */
  constructor(
    path: string,
    options: {
      clock: Pick<Clock, 'nowMs'>;
      maxBytes?: number;
      retention?: Retention;
      onSetAside?: (path: string) => void;
      onLost?: (error: Error) => void;
    },
  ) {
    this.#path = path;
    this.#clock = options.clock;
    this.#maxBytes = options.maxBytes ?? null;
    this.#retention = options.retention ?? null;
    this.#onLost = options.onLost ?? (() => {});
    this.#onSetAside = options.onSetAside ?? (() => {});
  }

  /** @throws Error when the file can't be opened, is of a newer offair, or another daemon works on it */
  async open({ exclusive = true } = {}): Promise<{ setAside: string | null }> {
    this.#closing = false;
    this.#checkDue = exclusive;
    const nowMs = this.#clock.nowMs();
    const workerData: WorkerSettings = {
      path: this.#path,
      maxBytes: this.#maxBytes,
      retention: this.#retention,
      nowMs,
      exclusive,
    };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('error', (error) => this.#lose(worker, error.message));
    worker.on('exit', () => this.#lose(worker, this.#closing ? 'it was closed' : 'its thread ended'));
    const opened = this.#wait(0) as Promise<{ setAside: string | null }>;
    return opened.catch(async (error) => {
      this.#closing = true;
      await worker.terminate();
      throw error;
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#closing = true;
    await this.#checking?.terminate();
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    await this.#ask('close');
    await exited;
  }

  async write(batch: JournalBatch): Promise<void> {
    await this.#ask('write', batch);
    // Not at the start: that has other things to read.
    if (this.#checkDue) this.#check();
  }
  /** Readings that came after the last batch that was booked, in the order they came. */
  unbooked(): Promise<Reading[]> {
    return this.#ask('unbooked');
  }
  /** undefined when nothing was ever kept under this name. */
  state(name: string): Promise<unknown> {
    return this.#ask('state', name);
  }
  putSession(session: Omit<SessionRecord, 'audience'>): Promise<void> {
    return this.#ask('putSession', session);
  }
  addAudience(sessionId: string, said: SessionRecord['audience'][number]): Promise<void> {
    return this.#ask('addAudience', sessionId, said);
  }
  /** Newest first; of the audience only the peak and the latest. */
  sessions(limit: number): Promise<SessionRecord[]> {
    return this.#ask('sessions', limit);
  }
  session(id: string): Promise<SessionRecord | null> {
    return this.#ask('session', id);
  }
  runningSession(): Promise<SessionRecord | null> {
    return this.#ask('runningSession');
  }
  addSwitch(record: SwitchRecord): Promise<void> {
    return this.#ask('addSwitch', record);
  }
  /** Newest first. */
  switches(limit: number): Promise<SwitchRecord[]> {
    return this.#ask('switches', limit);
  }
  putCut(cut: Cut): Promise<void> {
    return this.#ask('putCut', cut);
  }
  /** Oldest first. */
  cuts(fromMs: number, toMs: number): Promise<Cut[]> {
    return this.#ask('cuts', fromMs, toMs);
  }
  putAlarm(alarm: Alarm): Promise<void> {
    return this.#ask('putAlarm', alarm);
  }
  /** Newest first. */
  alarms(limit: number): Promise<Alarm[]> {
    return this.#ask('alarms', limit);
  }
  /** Readings in [fromMs, toMs). Buckets start at whole multiples of `stepMs` (at least 1) since the epoch. */
  history(plug: string, fromMs: number, toMs: number, stepMs: number): Promise<HistoryBucket[]> {
    const read = this.#reading.then(() => this.#history(plug, fromMs, toMs, Math.trunc(stepMs)));
    this.#reading = read.catch(() => {});
    return read;
  }
  /** Slices that overlap [fromMs, toMs), whole, oldest first. */
  async slices(fromMs: number, toMs: number): Promise<EnergySlice[]> {
    const pieces: EnergySlice[][] = [];
    for (let afterMs = fromMs - QUARTER_HOUR_MS; ; ) {
      const piece = await this.#ask('slices', afterMs, toMs, PIECE_SLICES);
      const last = piece.at(-1);
      if (!last || piece.length < PIECE_SLICES) return [...pieces.flat(), ...piece];
      // The last quarter hour may have more: it is asked for again, whole.
      pieces.push(piece.filter(({ startMs }) => startMs < last.startMs));
      afterMs = last.startMs - 1;
    }
  }
  sessionSlices(sessionId: string): Promise<EnergySlice[]> {
    return this.#ask('sessionSlices', sessionId);
  }
  /** Points that overlap [fromMs, toMs), oldest first. */
  intensities(fromMs: number, toMs: number): Promise<IntensityPoint[]> {
    return this.#ask('intensities', fromMs, toMs);
  }
  intensitiesKnownAt(fromMs: number, toMs: number, atMs: number): Promise<IntensityPoint[]> {
    return this.#ask('intensitiesKnownAt', fromMs, toMs, atMs);
  }
  dayTotals(fromMs: number, toMs: number, basis: string): Promise<{ days: KeptDay[]; change: number }> {
    return this.#ask('dayTotals', fromMs, toMs, basis);
  }
  putDayTotal(day: KeptDay, basis: string, change: number): Promise<void> {
    return this.#ask('putDayTotal', day, basis, change);
  }
  /** The first piece of what there is of [fromMs, toMs), for an export. */
  exported(what: Exported, fromMs: number, toMs: number): Promise<ExportPiece> {
    return this.#ask('exported', what, fromMs, toMs);
  }
  outbox(limit: number): Promise<OutboxLine[]> {
    return this.#ask('outbox', limit);
  }
  acknowledge(upToSeq: number): Promise<void> {
    return this.#ask('acknowledge', upToSeq);
  }
  quarantine(lines: OutboxLine[], reason: string): Promise<void> {
    return this.#ask('quarantine', lines, reason, this.#clock.nowMs());
  }
  /** Newest first. */
  deadLetters(limit: number): Promise<DeadLetter[]> {
    return this.#ask('deadLetters', limit);
  }
  accounts(): Promise<OutboxAccounts> {
    return this.#ask('accounts');
  }
  pendingLines(): Promise<number> {
    return this.#ask('pendingLines');
  }
  thinnedReadings(): Promise<number> {
    return this.#ask('thinnedReadings');
  }
  quarantinedLines(): Promise<number> {
    return this.#ask('quarantinedLines');
  }
  droppedLines(): Promise<number> {
    return this.#ask('droppedLines');
  }
  putToken(token: TokenRecord): Promise<void> {
    return this.#ask('putToken', token);
  }
  /** Oldest first. */
  tokens(): Promise<TokenRecord[]> {
    return this.#ask('tokens');
  }
  touchToken(id: string, atMs: number): Promise<void> {
    return this.#ask('touchToken', id, atMs);
  }
  deleteToken(id: string): Promise<boolean> {
    return this.#ask('deleteToken', id);
  }

  async #history(plug: string, fromMs: number, toMs: number, stepMs: number): Promise<HistoryBucket[]> {
    if (!(stepMs >= 1)) throw new RangeError(`A history step of ${stepMs} ms is too short: at least 1 ms`);
    // Whole buckets: none is cut in two. What minutes can't tell is looked up in the readings themselves.
    const pieceMs = Math.ceil((stepMs % MINUTE_MS === 0 ? PIECE_MS : EXACT_PIECE_MS) / stepMs) * stepMs;
    const pieces: HistoryBucket[][] = [];
    for (let startMs = fromMs; startMs < toMs; ) {
      const endMs = Math.min(toMs, (Math.floor(startMs / pieceMs) + 1) * pieceMs);
      pieces.push(await this.#ask('history', plug, startMs, endMs, stepMs));
      startMs = endMs;
    }
    return pieces.flat();
  }

  async #ask<Name extends Operation>(
    operation: Name,
    ...values: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> {
    if (!this.#worker) throw new Error(`The journal ${this.#path} is not open`);
    const request: Request = { id: ++this.#lastId, operation, values, nowMs: this.#clock.nowMs() };
    const answered = this.#wait(request.id);
    this.#worker.postMessage(request);
    return (await answered) as ReturnType<Operations[Name]>;
  }

  #wait(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiters.set(id, { resolve, reject }));
  }

  /** All of the file is read by a thread of its own: of a large one this takes a minute. */
  #check(): void {
    this.#checkDue = false;
    const check = new Worker(new URL('./check-worker.ts', import.meta.url), { workerData: this.#path });
    check.unref();
    check.on('message', (damage: string) => void this.#ask('damaged', damage).catch(() => {}));
    check.on('error', () => {});
    this.#checking = check;
  }

  #settle(answer: Answer): void {
    if (answer.id === SET_ASIDE) {
      this.#onSetAside('result' in answer ? String(answer.result) : '');
      return;
    }
    const waiter = this.#waiters.get(answer.id);
    this.#waiters.delete(answer.id);
    if ('result' in answer) waiter?.resolve(answer.result);
    else waiter?.reject(this.#errorOf(answer.failure));
  }

  #errorOf({ kind, message }: Failure): Error {
    if (kind === 'no room') return new JournalFull(`No room in ${this.#path} (${message}): free some disk space`);
    const advice = kind === 'damaged' ? '. Restart offair: it sets a damaged file aside and begins a new one' : '';
    return new Error(`The journal ${this.#path} failed: ${message}${advice}`);
  }

  #lose(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const error = new Error(`The journal ${this.#path} stopped (${why}): restart offair`);
    for (const waiter of this.#waiters.values()) waiter.reject(error);
    this.#waiters.clear();
    if (!this.#closing) this.#onLost(error);
  }
}
