import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../daemon/clock.ts';
import { until } from '../support/until.ts';
import { TestApi } from './inject.ts';

const SOON_MS = 1000;

let api: TestApi;
let origin: URL;
const sockets: Socket[] = [];

beforeEach(async () => {
  api = new TestApi();
  origin = new URL(await api.app.listen({ host: '127.0.0.1', port: 0 }));
  api.studio.allowedHosts.push(origin.host);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await api.app.close();
});

/** A connection that sends `text` and then waits, whatever is answered. */
async function say(text: string): Promise<void> {
  const socket = connect(Number(origin.port), origin.hostname);
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text.replaceAll('\n', '\r\n'));
}

test.each([
  ['a connection that says nothing', ''],
  ['half a header', 'GET /api/v1/sta'],
  ['half a body', 'POST /api/v1/sessions HTTP/1.1\nHost: $\nContent-Type: application/json\nContent-Length: 100\n\n{'],
  ['a kept-alive connection', 'GET /healthz HTTP/1.1\nHost: $\n\n'],
  ['a live stream that nobody reads', 'GET /api/v1/events HTTP/1.1\nHost: $\n\n'],
])('closing waits for nobody: %s', async (_name, text) => {
  const arrived = once(api.app.server, text.includes('\n\n') ? 'request' : 'connection');
  await say(text.replace('$', origin.host));
  await arrived;
  if (text.includes('events')) await until('the stream is open', () => api.studio.listeners.size === 1);

  const sinceMs = systemClock.monotonicMs();
  await api.app.close();
  expect(systemClock.monotonicMs() - sinceMs).toBeLessThan(SOON_MS);
  expect(api.studio.listeners.size).toBe(0);
});
