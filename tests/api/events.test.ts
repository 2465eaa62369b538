import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Status } from '../../api/schemas.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { TestApi } from './inject.ts';

let api: TestApi;
let clock: FakeClock;
let origin: string;
const ends = new AbortController();

beforeEach(async () => {
  api = new TestApi();
  clock = api.studio.clock as FakeClock;
  origin = await api.app.listen({ host: '127.0.0.1', port: 0 });
  api.studio.allowedHosts.push(new URL(origin).host);
});
afterEach(async () => {
  await api.app.close();
});

test('begins with a hint for reconnecting and the whole status', async () => {
  const stream = await open();
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  expect(stream.headers.get('cache-control')).toBe('no-store');
  expect(await stream.nextBlock()).toMatch(/^retry: \d+$/);
  expect((await stream.nextStatus()).plugs).toHaveLength(5);
});

test('sends every change at once, and changes that come together as one', async () => {
  const stream = await open();
  await stream.nextStatus();
  await clock.advance(1000);

  await api.post('/api/v1/sessions', { phase: 'live' });
  expect((await stream.nextStatus()).phase).toBe('live');

  for (const watts of [10, 20, 30]) {
    Object.assign(api.studio.plugs[1] ?? {}, { watts });
    api.studio.changed();
  }
  await clock.advance(250);
  expect((await stream.nextStatus()).plugs[1]?.watts).toBe(30);
});

test('sends at most four states a second, and the last one always', async () => {
  const stream = await open();
  await stream.nextStatus();
  await clock.advance(1000);
  for (let i = 1; i <= 100; i++) {
    Object.assign(api.studio.plugs[1] ?? {}, { watts: i });
    api.studio.changed();
    await clock.advance(10);
  }
  await clock.advance(250);
  const seen: number[] = [];
  while (seen.at(-1) !== 100) seen.push((await stream.nextStatus()).plugs[1]?.watts ?? 0);
  expect(seen.length).toBeLessThanOrEqual(6);
});

test('tells the state anew after fifteen quiet seconds: it may have grown stale', async () => {
  const stream = await open();
  await stream.nextStatus();
  Object.assign(api.studio.plugs[1] ?? {}, { watts: null });
  await clock.advance(15_000);
  expect((await stream.nextStatus()).plugs[1]?.watts).toBeNull();
  await clock.advance(15_000);
  expect((await stream.nextStatus()).plugs[1]?.watts).toBeNull();
});

test('forgets a client that went away', async () => {
  const client = new AbortController();
  const stream = await open(client.signal);
  await stream.nextStatus();
  expect(api.studio.listeners.size).toBe(1);
  client.abort();
  await until('the server lets go of the client', () => api.studio.listeners.size === 0);
});

test('drops a client that stopped reading, without keeping what it missed', async () => {
  // Long names make each state fill what the sockets between us hold.
  for (const plug of api.studio.plugs) plug.name = 'x'.repeat(2_000_000);
  const socket = connect(Number(new URL(origin).port), '127.0.0.1').pause();
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: ${new URL(origin).host}\r\n\r\n`);
  await until('the stream is open', () => api.studio.listeners.size === 1);

  let asked = 0;
  const { status } = api.studio;
  api.studio.status = () => {
    asked += 1;
    return status();
  };
  for (let i = 0; i < 40; i++) {
    api.studio.changed();
    await clock.advance(250);
  }
  expect(asked).toBeLessThan(5);
  await clock.advance(20_000);
  await until('the server lets go of the client', () => api.studio.listeners.size === 0);
  socket.destroy();
  expect((await api.get('/metrics')).text).toContain('offair_api_connections_cut_total{reason="stream_unread"} 1');
});

test('many streams make the state once for all of them', async () => {
  const streams = await Promise.all(Array.from({ length: 5 }, () => open()));
  for (const stream of streams) await stream.nextStatus();
  await clock.advance(1000);
  let asked = 0;
  const { status } = api.studio;
  api.studio.status = () => {
    asked += 1;
    return status();
  };
  api.studio.changed();
  for (const stream of streams) await stream.nextStatus();
  expect(asked).toBe(1);
});

test('who speaks no HTTP is cut off, and counted', async () => {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write('\u0000\r\n\r\n'));
  socket.on('error', () => {}).resume();
  await once(socket, 'close');
  expect((await api.get('/metrics')).text).toContain('offair_api_connections_cut_total{reason="malformed"} 1');
});

test('ends when the server closes', async () => {
  const stream = await open();
  await stream.nextStatus();
  const closing = api.app.close();
  expect(await stream.nextBlock()).toBeNull();
  await closing;
});

test('is refused to pages of other sites and to those without a token', async () => {
  const { status: foreign } = await fetch(`${origin}/api/v1/events`, { headers: { origin: 'http://evil.test' } });
  api.studio.tokenRequired = true;
  const { status: stranger } = await fetch(`${origin}/api/v1/events`);
  expect([foreign, stranger]).toEqual([403, 401]);
  expect(api.studio.listeners.size).toBe(0);
});

async function open(signal: AbortSignal = ends.signal) {
  const response = await fetch(`${origin}/api/v1/events`, { signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error('no body');
  let text = '';
  /** One block of the stream, null at its end. */
  const nextBlock = async (): Promise<string | null> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        return block;
      }
      const { value, done } = await reader.read();
      if (done) return null;
      text += value;
    }
  };
  const nextStatus = async () => {
    for (;;) {
      const block = await nextBlock();
      if (block === null) throw new Error('the stream ended');
      const [event, data] = block.split('\n');
      if (event === 'event: status') return Status.parse(JSON.parse(data?.slice('data: '.length) ?? ''));
    }
  };
  return { headers: response.headers, nextBlock, nextStatus };
}
