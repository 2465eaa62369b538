import { Worker } from 'node:worker_threads';
import type { Report } from '../../model/report.ts';
import type { Language } from '../badge.ts';
import type { PosterSize } from './poster.ts';

/** What is drawn, not written: pages and data need no thread. */
export type Drawing = { format: 'png'; language: Language; size: PosterSize } | { format: 'pdf'; language: Language };

/** On a slow machine one drawing takes some seconds. */
const DEADLINE_MS = 120_000;
const MOST_WAITING = 20;
/** Whoever takes one drawing often takes another: the thread waits for that. */
const IDLE_MS = 10_000;
const HEAP_MEGABYTES = 192;

/** Too many drawings wait already. */
export class RendererBusy extends Error {
  override name = 'RendererBusy';
}

/**
 * Draws images and documents in a thread that lives as long as there is work: the libraries for it are large, and
 * drawing must hold up neither the readings nor the switching. One drawing at a time.
 */
export class Renderer {
  readonly #after: (delayMs: number, run: () => void) => () => void;
  #worker: Worker | null = null;
  #closed = false;
  #cancelIdle: () => void = () => {};
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param after calls `run` once after `delayMs`; returns the way to cancel */
  constructor(after: (delayMs: number, run: () => void) => () => void) {
    this.#after = after;
  }

  /** @throws RendererBusy; Error when it can not be drawn */
  draw(report: Report, drawing: Drawing): Promise<Uint8Array> {
    if (this.#waiting >= MOST_WAITING) throw new RendererBusy(`${MOST_WAITING} drawings wait already: try again later`);
    this.#waiting++;
    const drawn = this.#last.then(() => this.#inThread(report, drawing));
    this.#last = drawn
      .catch(() => {})
      .then(() => {
        this.#waiting--;
        if (this.#waiting > 0 || this.#closed) return;
        // One that waits keeps no process from ending.
        this.#worker?.unref();
        this.#cancelIdle = this.#after(IDLE_MS, () => void this.#end());
      });
    return drawn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  #inThread(report: Report, drawing: Drawing): Promise<Uint8Array> {
    if (this.#closed) return Promise.reject(new Error('offair is stopping: nothing is drawn any more'));
    this.#cancelIdle();
    const worker = this.#started();
    worker.ref();
    return new Promise((resolve, reject) => {
      const cancel = this.#after(DEADLINE_MS, () => {
        settle(() => reject(new Error(`a drawing took more than ${DEADLINE_MS / 1000} s and was given up`)));
        void this.#end();
      });
      const onMessage = (answer: Uint8Array | string) =>
        settle(() => (typeof answer === 'string' ? reject(new Error(answer)) : resolve(answer)));
      const onError = (error: unknown) => settle(() => reject(error));
      const onExit = () => settle(() => reject(new Error('the thread that draws ended before its work')));
      const settle = (how: () => void) => {
        cancel();
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        how();
      };
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage({ report, drawing });
    });
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    });
    const forget = () => {
      if (this.#worker === worker) this.#worker = null;
    };
    // One that dies between two drawings is begun anew by the next.
    worker.on('error', forget).on('exit', forget);
    this.#worker = worker;
    return worker;
  }

  async #end(): Promise<void> {
    this.#cancelIdle();
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }
}
