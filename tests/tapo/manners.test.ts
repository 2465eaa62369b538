/** What a device may count on from offair, whatever it does. */
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Channel } from '../../adapters/tapo/channel.ts';
import { fixedAddress } from '../../adapters/tapo/locator.ts';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { passing } from '../support/passing.ts';
import { WatchedClock } from './studio.ts';

const SPACING_MS = 250;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nok';

let server: Server;
let channel: Channel;
afterEach(() => {
  channel.close();
  server.close();
});

/** A device that does with each connection what `script` says, request by request. */
async function device(clock: WatchedClock, script: (socket: Socket, request: number) => void) {
  const arrivals: number[] = [];
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      arrivals.push(clock.monotonicMs());
      script(socket, arrivals.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  channel = new Channel('plug', fixedAddress('127.0.0.1', port), SPACING_MS, clock);
  const request = {
    path: '/app',
    body: Buffer.alloc(16),
    contentType: 'application/octet-stream' as const,
    cookie: null,
  };
  const post = (stepMs?: number) =>
    passing(
      clock,
      channel.post(
        () => request,
        () => Number.POSITIVE_INFINITY,
      ),
      stepMs,
    );
  return { arrivals, post };
}

describe('a device that closes a connection just as it is used again', () => {
  it('is asked once more, and not sooner than 250 ms later', async () => {
    const clock = new WatchedClock();
    const { arrivals, post } = await device(clock, (socket, request) => {
      if (request === 2) socket.resetAndDestroy();
      else socket.write(OK);
    });
    await post();
    expect((await post()).status).toBe(200);
    expect(arrivals).toHaveLength(3);
    for (const [index, atMs] of arrivals.slice(1).entries())
      expect(atMs - (arrivals[index] ?? 0)).toBeGreaterThanOrEqual(SPACING_MS);
  });

  it('is not told the same again when it has begun to answer: it has done what was wanted', async () => {
    const { arrivals, post } = await device(new WatchedClock(), (socket, request) => {
      if (request === 2) socket.end(HALF);
      else socket.write(OK);
    });
    await post();
    await expect(post()).rejects.toThrow(PlugUnreachable);
    expect(arrivals).toHaveLength(2);
  });
});

describe('a device that answers what no plug would', () => {
  it.each([
    ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
    ['interim answers only', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)],
    ['headers without end', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(100_000)}`],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
    ['no HTTP', '\0\xff\r\n\r\n'],
    ['a chunk without end', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\nxx'],
  ])('%s: fails in words that fit, within its time', async (_, answer) => {
    const { post } = await device(new WatchedClock(), (socket) => socket.write(answer, 'latin1'));
    const error = await post(250).catch((reason: unknown) => reason);
    expect(
      [PlugUnreachable, PlugProtocolError].some((kind) => error instanceof kind),
      String(error),
    ).toBe(true);
  });
});
