import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatheredSocket } from '../../adapters/mqtt/gathered-socket.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

describe('A socket that gathers', () => {
  let clock: FakeClock;
  let server: Server;
  let peer: Socket;
  let socket: GatheredSocket;
  let heard: string;
  let taken: () => number;

  beforeEach(async () => {
    clock = new FakeClock();
    heard = '';
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    socket = new GatheredSocket({ host: '127.0.0.1', port, waitingBytes: 1024 * 1024, clock });
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    peer = await connected;
    let said = 0;
    peer.on('data', (chunk: Buffer) => {
      said += chunk.length;
    });
    taken = () => said;
    peer.write('first ');
    await until('the first bytes are there, without any time', () => heard === 'first ');
  });

  afterEach(async () => {
    socket.destroy();
    peer.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('hands on together what comes within a tenth of a second, in order', async () => {
    peer.write('second ');
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    peer.write('third');
    expect(heard).toBe('first ');
    await until('all of it has come', async () => {
      await clock.advance(100);
      return heard === 'first second third';
    });
  });

  it('lets an answer wait for nothing', async () => {
    socket.write('question');
    await until('it was heard', () => taken() === 8);
    peer.write('answer');
    await until('the answer is there', () => heard === 'first answer');
  });

  it('lets a flood wait for nothing', async () => {
    peer.write('x'.repeat(200_000));
    await until('most of it is there', () => heard.length > 150_000);
  });

  it('hands on the rest when the other side ends', async () => {
    peer.end('rest');
    await until('the rest is there', () => heard === 'first rest');
    await until('it is closed', () => socket.destroyed);
  });
});
