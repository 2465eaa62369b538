import { createHash } from 'node:crypto';
import type { SessionSource, SourceReport } from '../../model/signals.ts';
import { sourceWords } from '../../model/source-words.ts';
import type { DeviceMemory } from '../adapter.ts';

const KEPT = 'rtmp:published';

/**
 * Whether anything is published to an RTMP server that calls us at the beginning and end of each stream (nginx-rtmp,
 * MediaMTX). It can't be asked: until the first call it knows nothing, and as nobody can tell then whether it is lost, it
 * is not trusted. But for streams that were published before the start: while the end of one was not told it may go on,
 * whatever becomes of others. They make no live, and nothing is cut until their end is told or a person says that it is over.
 */
export class RtmpHookSource implements SessionSource {
  readonly name = 'rtmp';
  readonly role = 'witness';
  readonly #memory: DeviceMemory;
  /** Since the start. */
  readonly #published = new Set<string>();
  /** Before it, and not heard of since; null: not recalled yet. */
  #earlier: Set<string> | null = null;
  #recalled: Promise<void> = Promise.resolve();
  #called = false;
  #report: (report: SourceReport) => void = () => {};

  constructor(memory: DeviceMemory) {
    this.#memory = memory;
  }

  get trusted(): boolean {
    return this.#earlier === null || this.#earlier.size > 0;
  }

  start(report: (report: SourceReport) => void): void {
    this.#report = report;
    this.#tell();
    this.#recalled = this.#recall();
  }

  async stop(): Promise<void> {
    this.#report = () => {};
  }

  /** @param stream application and name; the name is often the stream's key, a secret: it is never told, nor kept */
  async called(stream: string, published: boolean): Promise<void> {
    await this.#recalled;
    const before = this.#ids();
    const id = createHash('sha256').update(stream).digest('hex');
    this.#called = true;
    this.#earlier?.delete(id);
    if (published) this.#published.add(id);
    else this.#published.delete(id);
    this.#tell();
    if (this.#ids().join() !== before.join()) await this.#keep();
  }

  async over(): Promise<void> {
    await this.#recalled;
    if (this.#earlier?.size === 0) return;
    this.#earlier?.clear();
    this.#tell();
    await this.#keep();
  }

  async #recall(): Promise<void> {
    const kept = await this.#memory.recall(KEPT).catch(() => null);
    this.#earlier = new Set(Array.isArray(kept) ? kept.map(String) : []);
    this.#tell();
  }

  #ids(): string[] {
    return [...this.#published, ...(this.#earlier ?? [])].toSorted();
  }

  /** What the disk does not take now is kept with the next change. */
  async #keep(): Promise<void> {
    await this.#memory.keep(KEPT, this.#ids()).catch(() => {});
  }

  #tell(): void {
    const { size } = this.#published;
    if (size > 0) this.#report({ says: 'on', detail: sourceWords('rtmp-published', { streams: size }) });
    else if (this.#earlier && this.#earlier.size > 0)
      this.#report({ says: 'unknown', detail: sourceWords('rtmp-unsure', { streams: this.#earlier.size }) });
    else if (this.#called) this.#report({ says: 'off', detail: sourceWords('rtmp-idle') });
    else this.#report({ says: 'unknown', detail: sourceWords('rtmp-waits') });
  }
}
