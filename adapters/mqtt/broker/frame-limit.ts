import { Transform, type TransformCallback } from 'node:stream';
import type { Clock } from '../../../model/clock.ts';

export class FrameTooLarge extends Error {}

/** An MQTT frame begins with a type byte and its length in at most four bytes of seven bits. */
const LENGTH_BYTES = 4;
/** A plug says a few things a second; a bridge or the daemon begins with thousands of subscriptions. */
const FRAMES_PER_SECOND = 500;
const FRAMES_AT_ONCE = 5000;

/**
 * Lets MQTT frames up to a size through and breaks the stream at the first larger one, before it is kept anywhere: the
 * broker's parser would collect up to 256 MB of it, from anybody, before it knows who speaks. Who sends too many is read
 * more slowly: the daemon has other work, in the same process.
 */
export class FrameLimit extends Transform {
  readonly #mostBytes: number;
  /** Bytes of the frame that are still to come; 0 when the next byte begins one. */
  #left = 0;
  /** Length bytes read so far, and what they say; null within a frame or before one. */
  #header: { read: number; length: number } | null = null;
  readonly #clock: Clock;
  /** Frames that may come at once, now. */
  #allowed = FRAMES_AT_ONCE;
  #allowedMs: number;
  #cancelWait: () => void = () => {};

  constructor(mostBytes: number, clock: Clock) {
    super();
    this.#mostBytes = mostBytes;
    this.#clock = clock;
    this.#allowedMs = clock.monotonicMs();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#cancelWait();
    done(error);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const passed = Math.min(this.#left, chunk.length - at);
        this.#left -= passed;
        at += passed;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (!this.#header) {
        this.#allowed -= 1;
        this.#header = { read: 0, length: 0 };
        continue;
      }
      this.#header.length += (byte & 0x7f) * 128 ** this.#header.read;
      this.#header.read += 1;
      if ((byte & 0x80) !== 0 && this.#header.read < LENGTH_BYTES) continue;
      if (this.#header.length > this.#mostBytes) {
        done(new FrameTooLarge(`a message of ${this.#header.length} bytes; the most is ${this.#mostBytes}`));
        return;
      }
      this.#left = this.#header.length;
      this.#header = null;
    }
    this.push(chunk);
    const nowMs = this.#clock.monotonicMs();
    const earned = ((nowMs - this.#allowedMs) * FRAMES_PER_SECOND) / 1000;
    this.#allowed = Math.min(FRAMES_AT_ONCE, this.#allowed + earned);
    this.#allowedMs = nowMs;
    if (this.#allowed >= 0) done();
    else this.#cancelWait = this.#clock.after((-this.#allowed * 1000) / FRAMES_PER_SECOND, done);
  }
}
