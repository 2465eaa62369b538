import { z } from 'zod';
import type { Clock } from '../../model/clock.ts';
import type { CodedText } from '../../model/coded-text.ts';
import { wordsOf } from '../../model/errors.ts';
import type { SessionSource, SourceReport } from '../../model/signals.ts';
import { sourceWords } from '../../model/source-words.ts';
import { jsonOf } from '../json.ts';
import { webRequest } from '../web-request.ts';

const POLL_MS = 3000;
/** Asked so often while it does not answer. */
const LAST_RETRY_MS = 15_000;
const TIMEOUT_MS = 5000;
const MAX_BYTES = 4 * 1024 * 1024;
const PATHS_PER_PAGE = 100;
const MAX_PAGES = 20;
/** A stream is called stalled when nothing has come for so long; it is on air still. */
const STALLED_MS = 15_000;

export interface MediaMtxSettings {
  /** `http://host:9997` */
  url: string;
  /** The path that is the live; null: any. */
  path: string | null;
  username: string | null;
  password: string | undefined;
}

/** As MediaMTX lists a path. `online` and `inboundBytes` are called `ready` and `bytesReceived` by older versions. */
const pathList = z.object({
  pageCount: z.int().min(0),
  items: z.array(
    z.object({
      name: z.string(),
      online: z.boolean().optional(),
      ready: z.boolean().optional(),
      inboundBytes: z.number().optional(),
      bytesReceived: z.number().optional(),
    }),
  ),
});

/**
 * Whether anything is published to a MediaMTX server, by its API (v3), which must be enabled there. Lost means unknown.
 * A path that shows a waiting picture while nobody publishes (`alwaysAvailable`) is available, and not online.
 */
export class MediaMtxSource implements SessionSource {
  readonly name = 'mediamtx';
  readonly role = 'witness';
  readonly trusted = true;
  readonly #settings: MediaMtxSettings;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  /** What had come in all, and since when it has been no more. */
  #inbound = { bytes: 0, sinceMs: 0 };

  constructor(settings: MediaMtxSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  start(report: (report: SourceReport) => void): void {
    this.#loop = this.#run(report);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#loop;
  }

  async #run(report: (report: SourceReport) => void): Promise<void> {
    const { signal } = this.#abort;
    let waitMs = POLL_MS;
    while (!signal.aborted) {
      try {
        const seen = await this.#ask();
        if (signal.aborted) return;
        report(seen);
        waitMs = POLL_MS;
      } catch (error) {
        if (signal.aborted) return;
        report({ says: 'unknown', detail: this.#wordsOf(error) });
        waitMs = Math.min(2 * waitMs, LAST_RETRY_MS);
      }
      await this.#clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  /** Paths are counted, never named: a name is often the stream's key. @throws Error in words */
  async #ask(): Promise<SourceReport> {
    let [published, bytes] = [0, 0];
    for (let page = 0, pageCount = 1; page < pageCount; page += 1) {
      if (page === MAX_PAGES) throw new Error(`it has more than ${MAX_PAGES * PATHS_PER_PAGE} paths`);
      const list = await this.#page(page);
      pageCount = list.pageCount;
      for (const { name, online, ready, inboundBytes, bytesReceived } of list.items) {
        if (this.#settings.path !== null && name !== this.#settings.path) continue;
        if (!(online ?? ready)) continue;
        published += 1;
        bytes += inboundBytes ?? bytesReceived ?? 0;
      }
    }
    const nowMs = this.#clock.monotonicMs();
    if (published === 0 || bytes !== this.#inbound.bytes) this.#inbound = { bytes, sinceMs: nowMs };
    if (published === 0) return { says: 'off', detail: sourceWords('mediamtx-idle') };
    const stalledMs = nowMs - this.#inbound.sinceMs;
    const data = { streams: published, seconds: Math.round(stalledMs / 1000) };
    return {
      says: 'on',
      detail: sourceWords(stalledMs < STALLED_MS ? 'mediamtx-published' : 'mediamtx-stalled', data),
    };
  }

  #wordsOf(error: unknown): CodedText {
    const { url } = this.#settings;
    if (error instanceof Refused) return sourceWords('mediamtx-refused', { url });
    return sourceWords('mediamtx-away', { url, why: wordsOf(error) });
  }

  async #page(page: number): Promise<z.output<typeof pathList>> {
    const { url, username, password = '' } = this.#settings;
    const address = new URL(`/v3/paths/list?page=${page}&itemsPerPage=${PATHS_PER_PAGE}`, url);
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    const { status, body } = await webRequest(address, {
      ...{
        method: 'GET',
        timeoutMs: TIMEOUT_MS,
        maxBodyBytes: MAX_BYTES,
        clock: this.#clock,
        signal: this.#abort.signal,
      },
      ...(username !== null && { headers: { authorization: `Basic ${basic}` } }),
    });
    if (status === 401 || status === 403) throw new Refused();
    if (status !== 200) throw new Error(`it answers ${status}: is this the address of its API (api: yes, port 9997)?`);
    const list = pathList.safeParse(jsonOf(body));
    if (!list.success) throw new Error('its answer is no list of paths: is this the address of its API?');
    return list.data;
  }
}

class Refused extends Error {}
