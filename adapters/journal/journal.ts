import { Worker } from 'node:worker_threads';
import type { Clock } from '../../model/clock.ts';
import type { EnergySlice } from '../../model/energy.ts';
import { JournalFull } from '../../model/errors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type {
  HistoryBucket,
  Journal,
  JournalBatch,
  OutboxLine,
  SessionRecord,
  SwitchRecord,
  TokenRecord,
} from '../../model/ports.ts';
import type { Answer, Failure, Operations, Request, WorkerSettings } from './worker.ts';

type Operation = keyof Operations;

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
  readonly #waiters = new Map<number, Waiter>();
  #worker: Worker | null = null;
  #lastId = 0;

  /** @param options.maxBytes size the file may reach; at the limit the oldest raw readings make room */
  constructor(path: string, options: { clock: Pick<Clock, 'nowMs'>; maxBytes?: number }) {
    this.#path = path;
    this.#clock = options.clock;
    this.#maxBytes = options.maxBytes ?? null;
  }

  /** @throws Error when the file can't be opened, is of a newer offair, or another daemon works on it */
  async open({ exclusive = true } = {}): Promise<{ setAside: string | null }> {
    const nowMs = this.#clock.nowMs();
    const workerData: WorkerSettings = { path: this.#path, maxBytes: this.#maxBytes, nowMs, exclusive };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('error', (error) => this.#lose(worker, error.message));
    worker.on('exit', () => this.#lose(worker, 'it was closed'));
    const opened = this.#wait(0) as Promise<{ setAside: string | null }>;
    return opened.catch(async (error) => {
      await worker.terminate();
      throw error;
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    await this.#ask('close');
    await exited;
  }

  write(batch: JournalBatch): Promise<void> {
    return this.#ask('write', batch);
  }
  /** undefined when nothing was ever kept under this name. */
  state(name: string): Promise<unknown> {
    return this.#ask('state', name);
  }
  putSession(session: SessionRecord): Promise<void> {
    return this.#ask('putSession', session);
  }
  /** Newest first. */
  sessions(limit: number): Promise<SessionRecord[]> {
    return this.#ask('sessions', limit);
  }
  session(id: string): Promise<SessionRecord | null> {
    return this.#ask('session', id);
  }
  addSwitch(record: SwitchRecord): Promise<void> {
    return this.#ask('addSwitch', record);
  }
  /** Newest first. */
  switches(limit: number): Promise<SwitchRecord[]> {
    return this.#ask('switches', limit);
  }
  /** Readings in [fromMs, toMs). Buckets start at whole multiples of `stepMs` since the epoch. */
  history(plug: string, fromMs: number, toMs: number, stepMs: number): Promise<HistoryBucket[]> {
    return this.#ask('history', plug, fromMs, toMs, stepMs);
  }
  /** Slices that overlap [fromMs, toMs), whole, oldest first. */
  slices(fromMs: number, toMs: number): Promise<EnergySlice[]> {
    return this.#ask('slices', fromMs, toMs);
  }
  sessionSlices(sessionId: string): Promise<EnergySlice[]> {
    return this.#ask('sessionSlices', sessionId);
  }
  /** Points that overlap [fromMs, toMs), oldest first. */
  intensities(fromMs: number, toMs: number): Promise<IntensityPoint[]> {
    return this.#ask('intensities', fromMs, toMs);
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
  pendingLines(): Promise<number> {
    return this.#ask('pendingLines');
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
  deleteToken(id: string): Promise<boolean> {
    return this.#ask('deleteToken', id);
  }

  async #ask<Name extends Operation>(
    operation: Name,
    ...values: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> {
    if (!this.#worker) throw new Error(`The journal ${this.#path} is not open`);
    const request: Request = { id: ++this.#lastId, operation, values };
    const answered = this.#wait(request.id);
    this.#worker.postMessage(request);
    return (await answered) as ReturnType<Operations[Name]>;
  }

  #wait(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiters.set(id, { resolve, reject }));
  }

  #settle(answer: Answer): void {
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
    for (const waiter of this.#waiters.values()) {
      waiter.reject(new Error(`The journal ${this.#path} stopped (${why}): restart offair`));
    }
    this.#waiters.clear();
  }
}
