import type { Socket } from 'node:net';
import { Writable, type WritableOptions } from 'node:stream';

export class TooSlow extends Error {}

/**
 * What goes to one client: it takes everything at once, and breaks when too much of it waits. The broker would else wait
 * for the slowest listener of each message, and all others with it.
 */
export class Outlet extends Writable {
  constructor(socket: Socket, mostWaitingBytes: number, options: WritableOptions = {}) {
    super({
      ...options,
      write(chunk: Buffer, _encoding, done) {
        socket.write(chunk);
        const waiting = socket.writableLength;
        done(waiting > mostWaitingBytes ? new TooSlow(`${waiting} bytes wait for it`) : null);
      },
      final(done) {
        socket.end(done);
      },
    });
  }
}
