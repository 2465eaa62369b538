import { Readable } from 'node:stream';
import type { ApiDeps } from './deps.ts';

/** At most four events a second. */
const COALESCE_MS = 250;
/** Proxies and browsers give up on silence; the page takes 20 s of it for a lost connection. */
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2000;
const MOST_WAITING_BYTES = 64 * 1024;

/** Calls `tell` with each event, until what it returns is called. */
type Also = (tell: (event: string, told: object) => void) => () => void;

/**
 * A live stream: an event with the whole state at once, after changes, and as heartbeat: what nobody reads any more grows
 * stale without a word.
 * Each event is whole, so a slow client skips states instead of queueing them: at most one waits for it here. A client
 * that has not taken that one when a heartbeat is due is dropped, and may come again.
 */
export class EventStreams {
  readonly #deps: ApiDeps;
  readonly #event: string;
  readonly #view: () => object;
  /** Told of each change. One listener for all streams, and one text: many clients cost hardly more than one. */
  readonly #tellers = new Set<() => void>();
  #stopListening = () => {};
  #made: { json: string; atMs: number } | null = null;
  readonly #also: Also;
  readonly #onUnread: () => void;
  readonly #open = new Set<Readable>();

  /**
   * @param view what an event tells
   * @param onUnread a client was dropped that takes nothing
   * @param also events beside it, told as they happen
   */
  constructor(deps: ApiDeps, event: string, view: () => object, onUnread: () => void, also: Also = () => () => {}) {
    this.#onUnread = onUnread;
    this.#also = also;
    this.#deps = deps;
    this.#event = event;
    this.#view = view;
  }

  open(): Readable {
    const stream = new Readable({ read() {} });
    this.#open.add(stream);
    let changed = true;
    let cancelCoalesce: (() => void) | null = null;
    let cancelHeartbeat = () => {};

    const push = (text: string) => {
      cancelHeartbeat();
      stream.push(text);
      cancelHeartbeat = this.#deps.after(HEARTBEAT_MS, () => {
        if (stream.readableLength > 0) {
          this.#onUnread();
          stream.destroy();
        }
        changed = true;
        sendChange();
      });
    };
    const sendChange = (before = '') => {
      if (cancelCoalesce || !changed) return;
      if (stream.readableLength === 0) {
        changed = false;
        push(`${before}event: ${this.#event}\ndata: ${this.#json()}\n\n`);
      }
      cancelCoalesce = this.#deps.after(COALESCE_MS, () => {
        cancelCoalesce = null;
        sendChange();
      });
    };
    const unsubscribe = this.#listen(() => {
      changed = true;
      sendChange();
    });

    const stopAlso = this.#also((event, told) => {
      // Who takes nothing is not waited for: it finds what it missed by asking.
      if (stream.readableLength < MOST_WAITING_BYTES) push(`event: ${event}\ndata: ${JSON.stringify(told)}\n\n`);
    });

    stream.once('close', () => {
      unsubscribe();
      stopAlso();
      cancelHeartbeat();
      cancelCoalesce?.();
      this.#open.delete(stream);
    });
    sendChange(`retry: ${RETRY_MS}\n\n`);
    return stream;
  }

  #listen(teller: () => void): () => void {
    if (this.#tellers.size === 0)
      this.#stopListening = this.#deps.onChange(() => {
        this.#made = null;
        for (const tell of this.#tellers) tell();
      });
    this.#tellers.add(teller);
    return () => {
      this.#tellers.delete(teller);
      if (this.#tellers.size === 0) this.#stopListening();
    };
  }

  /** Made once for all streams that tell at the same moment. */
  #json(): string {
    const nowMs = this.#deps.nowMs();
    if (this.#made?.atMs !== nowMs) this.#made = { json: JSON.stringify(this.#view()), atMs: nowMs };
    return this.#made.json;
  }

  /** Ends every stream, so that the server can close. */
  endAll(): void {
    for (const stream of this.#open) stream.push(null);
  }
}
