import { createConnection, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Clock } from '../../model/clock.ts';

/** What comes within this time after something was handed on waits for the rest of it, ms. */
const GATHER_MS = 100;
/** So many bytes wait for nothing. */
const ENOUGH_BYTES = 32 * 1024;
const READ_BYTES = 64 * 1024;

/**
 * A TCP connection whose bytes are handed on in gathered pieces: a hundred plugs that each send a message a second wake the
 * daemon's whole machinery ten times a second, not a hundred times. The first bytes after a pause wait for nothing, nor do
 * the first after something was said: they may be the answer. The socket itself is emptied at once, up to `waitingBytes`: a
 * broker throws away what is not fetched.
 */
export class GatheredSocket extends Duplex {
  readonly #socket: Socket;
  readonly #clock: Clock;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #handedMs = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | null = null;

  constructor({ host, port, waitingBytes, clock }: { host: string; port: number; waitingBytes: number; clock: Clock }) {
    super({ readableHighWaterMark: waitingBytes });
    this.#clock = clock;
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    this.#socket = createConnection({
      ...{ host, port },
      onread: { buffer, callback: (length) => this.#came(Buffer.from(buffer.subarray(0, length))) },
    });
    this.#socket.on('end', () => {
      this.#handOn();
      this.push(null);
    });
    this.#socket.on('error', (error) => this.destroy(error));
    this.#socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#handedMs = Number.NEGATIVE_INFINITY;
    this.#socket.write(chunk, encoding, done);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: (error?: Error | null) => void): void {
    this.#handedMs = Number.NEGATIVE_INFINITY;
    this.#socket.cork();
    const last = chunks.pop();
    for (const { chunk, encoding } of chunks) this.#socket.write(chunk, encoding);
    if (last) this.#socket.write(last.chunk, last.encoding, done);
    this.#socket.uncork();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#cancelTimer?.();
    this.#socket.destroy();
    done(error);
  }

  /** @returns false when enough waits */
  #came(piece: Buffer): boolean {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    const restMs = this.#handedMs + GATHER_MS - this.#clock.monotonicMs();
    if (restMs <= 0 || this.#bytes >= ENOUGH_BYTES) return this.#handOn();
    this.#cancelTimer ??= this.#clock.after(restMs, () => this.#handOn());
    return true;
  }

  #handOn(): boolean {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#bytes === 0) return true;
    this.#handedMs = this.#clock.monotonicMs();
    const [first = Buffer.alloc(0), ...more] = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    return this.push(more.length === 0 ? first : Buffer.concat([first, ...more]));
  }
}
