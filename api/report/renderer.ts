import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Report } from '../../model/report.ts';
import type { Language } from '../badge.ts';
import type { PosterSize } from './poster.ts';

/** What is drawn, not written: pages and data need no process. */
export type Drawing = { format: 'png'; language: Language; size: PosterSize } | { format: 'pdf'; language: Language };

/** On a slow machine one drawing takes some seconds. */
const DEADLINE_MS = 120_000;
const MOST_WAITING = 20;
/** Whoever takes one drawing often takes another: the process waits for that. */
const IDLE_MS = 10_000;
const HEAP_MEGABYTES = 192;

/** Too many drawings wait already. */
export class RendererBusy extends Error {
  override name = 'RendererBusy';
}

/**
 * Draws images and documents in a process that lives as long as there is work: drawing must hold up neither the readings
 * nor the switching, its libraries are native code that no fault of may end the daemon, and the 140 MB that it takes are
 * given back whole, which those of a thread are not. One drawing at a time.
 */
export class Renderer {
  readonly #after: (delayMs: number, run: () => void) => () => void;
  #child: ChildProcess | null = null;
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
    const drawn = this.#last.then(() => this.#inProcess(report, drawing));
    this.#last = drawn
      .catch(() => {})
      .then(() => {
        this.#waiting--;
        if (this.#waiting > 0 || this.#closed) return;
        // While it waits, it does not keep the daemon from ending.
        if (this.#child) unref(this.#child);
        this.#cancelIdle = this.#after(IDLE_MS, () => void this.#end());
      });
    return drawn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  #inProcess(report: Report, drawing: Drawing): Promise<Uint8Array> {
    if (this.#closed) return Promise.reject(new Error('offair is stopping: nothing is drawn any more'));
    this.#cancelIdle();
    const child = this.#started();
    ref(child);
    return new Promise((resolve, reject) => {
      const cancel = this.#after(DEADLINE_MS, () => {
        settle(() => reject(new Error(`a drawing took more than ${DEADLINE_MS / 1000} s and was given up`)));
        void this.#end();
      });
      const onMessage = (answer: unknown) =>
        settle(() => (answer instanceof Uint8Array ? resolve(answer) : reject(new Error(String(answer)))));
      const onError = (error: unknown) => settle(() => reject(error));
      const onExit = (code: number | null, signal: string | null) =>
        settle(() => reject(new Error(`the process that draws ended before its work (${signal ?? code})`)));
      const settle = (how: () => void) => {
        cancel();
        child.off('message', onMessage).off('error', onError).off('exit', onExit);
        how();
      };
      child.on('message', onMessage).on('error', onError).on('exit', onExit);
      child.send({ report, drawing }, (error) => {
        if (error) onError(error);
      });
    });
  }

  #started(): ChildProcess {
    if (this.#child) return this.#child;
    const child = fork(new URL('process.ts', import.meta.url), {
      execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`],
      // None of the secrets: it draws what it is given.
      env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const forget = () => {
      if (this.#child === child) this.#child = null;
    };
    // One that dies between two drawings is begun anew by the next.
    child.on('error', forget).on('exit', forget);
    this.#child = child;
    return child;
  }

  async #end(): Promise<void> {
    this.#cancelIdle();
    const child = this.#child;
    this.#child = null;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    ref(child);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}

function ref(child: ChildProcess): void {
  child.ref();
  child.channel?.ref?.();
}

function unref(child: ChildProcess): void {
  child.unref();
  child.channel?.unref?.();
}
