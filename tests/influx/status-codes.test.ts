import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InfluxSink } from '../../adapters/influx/index.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { batchOf } from '../support/journal-batch.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const TIMEOUT_MS = 10_000;

/** Remembers the pauses that were asked for, time-outs of requests aside. */
class PauseClock extends FakeClock {
  pauses: number[] = [];
  override after(delayMs: number, run: () => void): () => void {
    if (delayMs !== TIMEOUT_MS) this.pauses.push(delayMs);
    return super.after(delayMs, run);
  }
}

interface Reply {
  status: number;
  headers?: Record<string, string>;
  error?: string;
  body?: string;
}
const OK: Reply = { status: 204 };

const folder = tempFolder();
let clock: PauseClock;
let journal: SqliteJournal;
let server: Server;
let sink: InfluxSink;
/** What each write brought, and how it is answered; after the script everything is taken. */
let writes: string[][];
let queries: number;
let script: ((lines: string[]) => Reply | 'hang' | 'reset')[];
/** Replies to CREATE DATABASE and the like. */
let queryReply: Reply | 'hang';

beforeEach(async () => {
  clock = new PauseClock();
  writes = [];
  queries = 0;
  script = [];
  queryReply = { status: 200, body: '{"results":[{"statement_id":0}]}' };
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  journal = new SqliteJournal(join(folder, randomUUID(), 'journal.db'), { clock });
  await journal.open();
  sink = new InfluxSink(
    { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, database: 'offair', retention: 'INF' },
    { journal, clock, random: () => 0, log: pino({ level: 'silent' }) },
  );
});
afterEach(async () => {
  await sink.stop();
  await journal.close();
  server.closeAllConnections();
  server.close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += chunk;
  let reply: Reply | 'hang' | 'reset' = queryReply;
  if (request.url?.startsWith('/write?')) {
    const lines = text.split('\n');
    writes.push(lines);
    reply = script.shift()?.(lines) ?? OK;
  } else queries += 1;
  if (reply === 'hang') return;
  if (reply === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  response.writeHead(reply.status, reply.headers);
  response.end(reply.body ?? (reply.error === undefined ? '' : JSON.stringify({ error: reply.error })));
}

async function startWith(lines: string[]): Promise<void> {
  await journal.write(batchOf({ lines }));
  await sink.start();
}

const paused = (ms: number) => until(`a pause of ${ms} ms`, () => clock.pauses.includes(ms));
/** The sink's own count may be older than the last flush: the journal is asked too. */
const allDelivered = () =>
  until(
    'all delivered',
    async () =>
      (await journal.pendingLines()) === 0 && sink.status().state === 'ok' && sink.status().pendingPoints === 0,
  );

test.each([
  [{ status: 429, headers: { 'retry-after': '7' } }, 7000],
  [{ status: 503, headers: { 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT' } }, 30_000],
  [{ status: 503, headers: { 'retry-after': '86400' } }, 300_000],
  [{ status: 503, headers: { 'retry-after': 'soon' } }, 500],
  [{ status: 429 }, 500],
  [{ status: 500, error: 'timeout' }, 500],
])('%j keeps the points and pauses %i ms', async (reply, pauseMs) => {
  script = [() => reply];
  await startWith(['a', 'b']);
  await paused(pauseMs);
  expect(sink.status()).toMatchObject({ state: 'waiting', pendingPoints: 2 });
  expect(sink.status().problem).toContain(`${reply.status}`);
  await clock.advance(pauseMs);
  await allDelivered();
  expect(writes).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test('pauses double from one second to a minute while the server fails, and start over after a success', async () => {
  script = Array.from({ length: 8 }, () => () => ({ status: 502 }));
  await startWith(['a']);
  for (const ms of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    await until(`a pause of ${ms} ms`, () => clock.pauses.at(-1) === ms);
    clock.pauses = [];
    await clock.advance(ms);
  }
  await allDelivered();
  script = [() => ({ status: 502 })];
  await journal.write(batchOf({ lines: ['b'] }));
  sink.poke();
  await paused(500);
});

test('a poke does not shorten a pause that the server asked for, but counts what waits', async () => {
  script = [() => ({ status: 429, headers: { 'retry-after': '60' } })];
  await startWith(['a']);
  await paused(60_000);
  await journal.write(batchOf({ lines: ['b'] }));
  sink.poke();
  await until('both counted', () => sink.status().pendingPoints === 2);
  await clock.advance(59_999);
  expect(writes).toHaveLength(1);
  await clock.advance(1);
  await allDelivered();
  expect(writes.slice(1)).toEqual([['a', 'b']]);
});

test('a connection that breaks before the answer is retried with the very same lines', async () => {
  script = [() => 'reset'];
  await startWith(['a', 'b']);
  await paused(500);
  expect(sink.status().state).toBe('waiting');
  await clock.advance(500);
  await allDelivered();
  expect(writes[1]).toEqual(writes[0]);
});

test('a server that does not answer is given up after 10 s', async () => {
  script = [() => 'hang'];
  await startWith(['a']);
  await until('the write arrives', () => writes.length === 1);
  await clock.advance(TIMEOUT_MS);
  await paused(500);
  expect(sink.status().problem).toContain('no answer within 10 s');
});

test('too large a request is halved until the server takes it', async () => {
  const tooLarge = (lines: string[]): Reply => (lines.length > 2 ? { status: 413, error: 'too large' } : OK);
  script = Array.from({ length: 10 }, () => tooLarge);
  await startWith(['a', 'b', 'c', 'd', 'e']);
  await allDelivered();
  expect(writes.filter((lines) => lines.length <= 2).flat()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(sink.status().quarantinedPoints).toBe(0);
});

test('a single line that is too large is quarantined', async () => {
  script = [() => ({ status: 413 })];
  await startWith(['huge']);
  await allDelivered();
  expect(sink.status().quarantinedPoints).toBe(1);
});

test('when the server fails in the middle of a bisection, what it took is gone and the rest is kept in order', async () => {
  const bad = { status: 400, error: 'unable to parse' };
  script = [() => bad, () => OK, () => ({ status: 503 })];
  await startWith(['a', 'b', 'c', 'd']);
  await paused(500);
  expect(sink.status()).toMatchObject({ pendingPoints: 2, quarantinedPoints: 0 });
  await clock.advance(500);
  await allDelivered();
  expect(writes).toEqual([
    ['a', 'b', 'c', 'd'],
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ]);
});

test.each([
  { status: 400, body: '<h1>The plain HTTP request was sent to HTTPS port</h1>' },
  { status: 200, body: '<h1>Welcome to the hotel</h1>' },
  { status: 302, headers: { location: '/login' } },
  { status: 403, error: 'forbidden' },
  { status: 405 },
])('%j is a refusal: nothing is lost or quarantined, and it is tried again after 30 s', async (reply) => {
  script = [() => reply];
  await startWith(['a']);
  await paused(30_000);
  expect(sink.status()).toMatchObject({ state: 'refused', pendingPoints: 1, quarantinedPoints: 0 });
  await clock.advance(30_000);
  await allDelivered();
});

test('a database that is missing again right after it was made is not made in a loop', async () => {
  const missing = { status: 404, error: 'database not found: "offair"' };
  script = [() => missing, () => missing];
  await startWith(['a']);
  await paused(30_000);
  expect(writes).toHaveLength(2);
  expect(queries).toBe(4);
  expect(sink.status().state).toBe('refused');
});

test('an empty outbox on a server that refuses us is a refusal, and the next line is tried at once', async () => {
  queryReply = { status: 403, error: 'not authorized' };
  await sink.start();
  await paused(30_000);
  expect(sink.status()).toMatchObject({ state: 'refused', pendingPoints: 0 });
  expect(sink.status().problem).toContain('CREATE DATABASE "offair"');
  await journal.write(batchOf({ lines: ['a'] }));
  sink.poke();
  await allDelivered();
});

test('a journal that fails is reported, and delivery goes on when it works again', async () => {
  await sink.start();
  await allDelivered();
  await journal.close();
  sink.poke();
  await until('the failure shows', () => sink.status().problem !== null);
  // Which of the two depends on whether the thread is still ending.
  expect(sink.status().problem).toMatch(/^The journal .*(is not open|it was closed)/);
  await journal.open();
  await journal.write(batchOf({ lines: ['a'] }));
  await paused(500);
  await clock.advance(500);
  await allDelivered();
});

test.each(['the database', 'a write'] as const)(
  'stop waits no longer than two seconds for a server that hangs over %s; the points stay in the journal',
  async (where) => {
    if (where === 'a write') script = [() => 'hang'];
    else queryReply = 'hang';
    await startWith(['a']);
    await until('the request arrives', () => (where === 'a write' ? writes.length : queries) === 1);
    const stopped = sink.stop();
    await clock.advance(2000);
    await stopped;
    expect(await journal.pendingLines()).toBe(1);
    expect(writes.length + queries).toBe(where === 'a write' ? 3 : 1);
  },
);
