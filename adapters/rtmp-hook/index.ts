import type { SessionSource, SourceReport } from '../../model/signals.ts';
import { sourceWords } from '../../model/source-words.ts';

/**
 * Whether anything is published to an RTMP server that calls us at the beginning and end of each stream (nginx-rtmp,
 * MediaMTX). It can't be asked: until the first call it knows nothing, and as nobody can tell then whether it is lost, it
 * is not trusted.
 */
export class RtmpHookSource implements SessionSource {
  readonly name = 'rtmp';
  readonly role = 'witness';
  readonly trusted = false;
  readonly #published = new Set<string>();
  #report: (report: SourceReport) => void = () => {};

  start(report: (report: SourceReport) => void): void {
    this.#report = report;
    report({ says: 'unknown', detail: sourceWords('rtmp-waits') });
  }

  async stop(): Promise<void> {
    this.#report = () => {};
  }

  /** @param stream application and name; the name is often the stream's key, a secret: it is never told */
  called(stream: string, published: boolean): void {
    if (published) this.#published.add(stream);
    else this.#published.delete(stream);
    const { size } = this.#published;
    if (size === 0) this.#report({ says: 'off', detail: sourceWords('rtmp-idle') });
    else this.#report({ says: 'on', detail: sourceWords('rtmp-published', { streams: size }) });
  }
}
