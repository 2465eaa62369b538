import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { tellToShutDown } from '../../adapters/shutdown/index.ts';
import { systemClock as clock } from '../../daemon/clock.ts';
import { FakeClock } from '../support/fake-clock.ts';

const never = new AbortController().signal;
const deps = { clock, bus: null, token: undefined };
const node = (script: string, ...args: string[]) => ({ command: [process.execPath, '-e', script, '--', ...args] });

let close = () => {};
afterEach(() => {
  close();
  close = () => {};
});

test('a command is run without a shell, its arguments as they are', async () => {
  const script = 'process.exit(process.argv[1] === "$HOME; exit 3" ? 0 : 1)';
  expect(await tellToShutDown(node(script, '$HOME; exit 3'), deps, never)).toBe('the command ended with 0');
});

test('one that fails says with what and its last line; one that is not there says that', async () => {
  const script = 'console.error("first\\nno route to host"); process.exit(255)';
  await expect(tellToShutDown(node(script), deps, never)).rejects.toThrow(
    /^the command ended with 255: no route to host$/,
  );
  await expect(tellToShutDown({ command: ['/no/such/program'] }, deps, never)).rejects.toThrow(/could not be started/);
});

test('it sees none of the secrets of offair', async () => {
  process.env.OFFAIR_TAPO_PASSWORD = 'a secret';
  try {
    const script = 'process.exit(Object.keys(process.env).some((name) => name.startsWith("OFFAIR_")) ? 1 : 0)';
    await tellToShutDown(node(script), deps, never);
  } finally {
    delete process.env.OFFAIR_TAPO_PASSWORD;
  }
});

test('a flood of output is not kept', async () => {
  const script = 'for (let n = 0; n < 2000; n += 1) console.log("x".repeat(1000)); process.exitCode = 1';
  const error = await tellToShutDown(node(script), deps, never).catch((reason: Error) => reason);
  expect(String(error).length).toBeLessThan(300);
});

test('one that takes too long is ended', async () => {
  const fake = new FakeClock();
  const script = 'setTimeout(() => {}, 60000)';
  const told = tellToShutDown(node(script), { ...deps, clock: fake }, never).catch((reason: Error) => reason);
  await fake.advance(20_000);
  expect(String(await told)).toContain('took longer than 20 s');
});

test('a live that begins breaks it off', async () => {
  const ending = new AbortController();
  const told = tellToShutDown(node('setTimeout(() => {}, 60000)'), deps, ending.signal).catch(
    (reason: Error) => reason,
  );
  ending.abort(new Error('broken off: a live may be on'));
  expect(String(await told)).toContain('a live may be on');
});

test('a request carries body and token, and only 2xx means told', async () => {
  const seen: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, answer) => {
    let body = '';
    request.on('data', (text) => {
      body += String(text);
    });
    request.on('end', () => {
      seen.push({ url: request.url, headers: request.headers, body });
      answer.writeHead(request.url === '/off' ? 204 : 500).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  close = () => server.close();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const http = { method: 'POST' as const, body: '{"in":0}', token: true };
  const withToken = { ...deps, token: 'a token' };
  expect(await tellToShutDown({ http: { ...http, url: `${url}/off` } }, withToken, never)).toBe(
    'the server answered 204',
  );
  expect(seen[0]).toMatchObject({
    body: '{"in":0}',
    headers: { authorization: 'Bearer a token', 'content-type': 'application/json' },
  });
  await expect(tellToShutDown({ http: { ...http, url: `${url}/no` } }, withToken, never)).rejects.toThrow(
    /answered 500$/,
  );
});

test('a message goes out on the broker, and without one that is said', async () => {
  const sent: string[][] = [];
  const bus = { publish: async (...message: string[]) => void sent.push(message) };
  const mqtt = { topic: 'studio/pc/set', payload: 'shutdown' };
  expect(await tellToShutDown({ mqtt }, { ...deps, bus }, never)).toBe('published on studio/pc/set');
  expect(sent).toEqual([['studio/pc/set', 'shutdown']]);
  await expect(tellToShutDown({ mqtt }, deps, never)).rejects.toThrow(/no broker/);
});
