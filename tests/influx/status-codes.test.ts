import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InfluxSink } from '../../adapters/influx/index.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { batchOf } from '../support/journal-batch.ts';
import { OK, type Reply, ScriptedInflux } from '../support/scripted-influx.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const TIMEOUT_MS = 10_000;
const FLAVOURS = [1, 2, 3] as const;

/** Remembers the pauses that were asked for, time-outs of requests aside. */
class PauseClock extends FakeClock {
  pauses: number[] = [];
  override after(delayMs: number, run: () => void): () => void {
    if (delayMs !== TIMEOUT_MS) this.pauses.push(delayMs);
    return super.after(delayMs, run);
  }
}

const folder = tempFolder();
let clock: PauseClock;
let journal: SqliteJournal;
let server: ScriptedInflux;
let sink: InfluxSink;

beforeEach(async () => {
  clock = new PauseClock();
  server = await ScriptedInflux.start();
  journal = new SqliteJournal(join(folder, randomUUID(), 'journal.db'), { clock });
  await journal.open();
  sinkOf(1);
});
afterEach(async () => {
  await sink.stop();
  await journal.close();
  server.stop();
});

function sinkOf(flavour: 1 | 2 | 3): void {
  if (flavour === 2) server.adminAnswer = () => ({ status: 200, body: '{"buckets":[{"id":"b","retentionRules":[]}]}' });
  sink = new InfluxSink(server.settings(flavour), {
    ...{ journal, clock, random: () => 0 },
    log: pino({ level: 'silent' }),
  });
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

const WRITTEN = {
  1: { path: '/write', parameters: { db: 'offair', rp: 'offair', precision: 'ms' }, who: undefined },
  2: {
    path: '/api/v2/write',
    parameters: { org: 'studio', bucket: 'offair', precision: 'ms' },
    who: 'Token token-secret',
  },
  3: {
    path: '/api/v3/write_lp',
    parameters: { db: 'offair', precision: 'ms', accept_partial: 'false' },
    who: 'Bearer token-secret',
  },
};
/** How each says that a line is bad. */
const POISONED: [1 | 2 | 3, Reply][] = [
  [1, { status: 400, error: "partial write: unable to parse 'bad': missing fields dropped=0" }],
  [1, { status: 400, error: 'partial write: field type conflict: input field "v" … dropped=1' }],
  [2, { status: 400, body: '{"code":"invalid","message":"unable to parse \'bad\': missing fields"}' }],
  [2, { status: 422, body: '{"code":"unprocessable entity","message":"partial write: field type conflict"}' }],
  [
    3,
    {
      status: 400,
      body: '{"error":"partial write of line protocol occurred","data":[{"original_line":"bad","line_number":2,"error_message":"No fields"}]}',
    },
  ],
  [3, { status: 422, error: 'field type conflict' }],
  // Some are written: which ones shows only one by one.
  [2, { status: 201, body: '{"code":"partial","message":"some were not written"}' }],
  [3, { status: 201, error: 'partial write of line protocol occurred' }],
];
const MISSING = {
  1: { status: 404, error: 'database not found: "offair"' },
  2: { status: 404, body: '{"code":"not found","message":"bucket \\"offair\\" not found"}' },
  3: { status: 404, error: 'database not found' },
};

describe.each(FLAVOURS)('InfluxDB %i', (flavour) => {
  beforeEach(() => sinkOf(flavour));

  test('lines go to its own address with ms, compressed, and say who writes', async () => {
    await startWith(['m v=1 1', 'm v=2 2']);
    await allDelivered();
    const { path, parameters, headers } = server.lastWrite ?? {};
    expect({ path, parameters, who: headers?.authorization }).toEqual(WRITTEN[flavour]);
    expect(headers?.['content-encoding']).toBe('gzip');
    expect(server.writes).toEqual([['m v=1 1', 'm v=2 2']]);
  });

  test('a database that is missing again right after it was made is not made in a loop', async () => {
    server.script = [() => MISSING[flavour], () => MISSING[flavour]];
    await startWith(['a']);
    await paused(30_000);
    expect(server.writes).toHaveLength(2);
    expect(sink.status()).toMatchObject({ state: 'refused', pendingPoints: 1, quarantinedPoints: 0 });
  });

  test('too large a request is halved until the server takes it', async () => {
    const tooLarge = (lines: string[]): Reply => (lines.length > 2 ? { status: 413, error: 'too large' } : OK);
    server.script = Array.from({ length: 10 }, () => tooLarge);
    await startWith(['a', 'b', 'c', 'd', 'e']);
    await allDelivered();
    expect(server.writes.filter((lines) => lines.length <= 2).flat()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(sink.status().quarantinedPoints).toBe(0);
  });

  test('a single line that is too large is quarantined', async () => {
    server.script = [() => ({ status: 413 })];
    await startWith(['huge']);
    await allDelivered();
    expect(sink.status().quarantinedPoints).toBe(1);
  });
});

test.each([
  [{ status: 429, headers: { 'retry-after': '7' } }, 7000],
  [{ status: 503, headers: { 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT' } }, 30_000],
  [{ status: 500, error: 'timeout' }, 500],
])('%j keeps the points and pauses %i ms', async (reply, pauseMs) => {
  server.script = [() => reply];
  await startWith(['a', 'b']);
  await paused(pauseMs);
  expect(sink.status()).toMatchObject({ state: 'waiting', pendingPoints: 2 });
  expect(sink.status().problem).toContain(`${reply.status}`);
  await clock.advance(pauseMs);
  await allDelivered();
  expect(server.writes).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test.each([
  { status: 400, body: '<h1>The plain HTTP request was sent to HTTPS port</h1>' },
  { status: 403, body: '{"code":"forbidden","message":"no write permission"}' },
  { status: 404, body: 'no such page' },
])('%j is a refusal: nothing is lost or quarantined, and it is tried again after 30 s', async (reply) => {
  server.script = [() => reply];
  await startWith(['a']);
  await paused(30_000);
  expect(sink.status()).toMatchObject({ state: 'refused', pendingPoints: 1, quarantinedPoints: 0 });
  expect(sink.status().problem).toMatch(/they are kept\. Check .*the secret influx_.*run as administrator/);
  expect(sink.status().problem).not.toContain('token-secret');
  await clock.advance(30_000);
  await allDelivered();
});

test.each(POISONED)('InfluxDB %i with %j: only the bad line is set aside, with the reason', async (flavour, reply) => {
  sinkOf(flavour);
  const taken: string[] = [];
  server.script = Array.from({ length: 20 }, () => (lines: string[]) => {
    if (lines.includes('bad')) return reply;
    taken.push(...lines);
    return OK;
  });
  await startWith(['a', 'b', 'bad', 'c', 'd', 'e']);
  await allDelivered();
  expect(taken).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(await journal.deadLetters(10)).toEqual([
    { seq: 3, line: 'bad', reason: expect.stringMatching(`^${reply.status} [a-z].*`), atMs: clock.nowMs() },
  ]);
});

test('whichever lines are bad, each of them is set aside, and every other arrives once and in order', async () => {
  await sink.start();
  await allDelivered();
  const kept = fc.array(fc.constantFrom('good', 'bad'), { minLength: 1, maxLength: 24 });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(kept, async (kinds) => {
      round += 1;
      const lines = kinds.map((kind, n) => `${kind} ${round}.${n}`);
      const [good, bad] = ['good', 'bad'].map((kind) => lines.filter((line) => line.startsWith(kind)));
      const taken: string[] = [];
      server.script = Array.from({ length: 200 }, () => (sent: string[]) => {
        if (sent.some((line) => line.startsWith('bad'))) return { status: 400, error: 'unable to parse' };
        taken.push(...sent);
        return OK;
      });
      await journal.write(batchOf({ lines }));
      sink.poke();
      await allDelivered();
      expect(taken).toEqual(good);
      const dead = (await journal.deadLetters(bad?.length || 1)).map(({ line }) => line).toReversed();
      if (bad?.length) expect(dead).toEqual(bad);
    }),
    { numRuns: 25 },
  );
});

test('the reason of a line of InfluxDB 3 is the one for this line', async () => {
  sinkOf(3);
  server.script = [() => POISONED[4]?.[1] ?? OK];
  await startWith(['bad']);
  await allDelivered();
  expect((await journal.deadLetters(1))[0]?.reason).toBe('400 partial write of line protocol occurred: No fields');
});

test.each([1, 2] as const)('lines that InfluxDB %i drops all together are set aside all together', async (flavour) => {
  sinkOf(flavour);
  const said = 'partial write: points beyond retention policy dropped=3';
  server.script = [() => ({ status: flavour === 1 ? 400 : 422, error: said })];
  await startWith(['a', 'b', 'c']);
  await allDelivered();
  expect(server.writes).toHaveLength(1);
  expect((await journal.deadLetters(10)).map(({ line }) => line)).toEqual(['c', 'b', 'a']);
});

test('InfluxDB 3 at its limit of databases is a refusal, not a bad line', async () => {
  sinkOf(3);
  const full = { status: 422, error: 'Adding a new database would exceed limit of 5 databases' };
  server.script = [() => full];
  await startWith(['a', 'b']);
  await paused(30_000);
  expect(sink.status()).toMatchObject({ state: 'refused', pendingPoints: 2, quarantinedPoints: 0 });
});

test('a missing retention policy of InfluxDB 1 is made again at once, and is an alarm when that does not help', async () => {
  const missing = { status: 500, error: 'retention policy not found: offair' };
  server.script = [() => missing, () => missing];
  await startWith(['a']);
  await paused(30_000);
  expect(server.writes).toHaveLength(2);
  expect(sink.status()).toMatchObject({ state: 'refused', pendingPoints: 1 });
  expect(sink.status().problem).toContain('500 retention policy not found');
});

test('pauses double from one second to a minute while the server fails, with an alarm; a success starts them over', async () => {
  server.script = Array.from({ length: 11 }, () => () => ({ status: 502 }));
  await startWith(['a']);
  for (const ms of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]) {
    await until(`a pause of ${ms} ms`, () => clock.pauses.at(-1) === ms);
    expect(sink.status().problem).not.toContain('look at its own log');
    clock.pauses = [];
    await clock.advance(ms);
  }
  await paused(30_000);
  expect(sink.status().problem).toContain('It has failed many times in a row: look at its own log');
  clock.pauses = [];
  await clock.advance(30_000);
  await paused(30_000);
  await clock.advance(30_000);
  await allDelivered();
  server.script = [() => ({ status: 502 })];
  await journal.write(batchOf({ lines: ['b'] }));
  sink.poke();
  await paused(500);
});

test('a poke does not shorten a pause that the server asked for, but counts what waits', async () => {
  server.script = [() => ({ status: 429, headers: { 'retry-after': '60' } })];
  await startWith(['a']);
  await paused(60_000);
  await journal.write(batchOf({ lines: ['b'] }));
  sink.poke();
  await until('both counted', () => sink.status().pendingPoints === 2);
  await clock.advance(59_999);
  expect(server.writes).toHaveLength(1);
  await clock.advance(1);
  await allDelivered();
  expect(server.writes.slice(1)).toEqual([['a', 'b']]);
});

test('when the server fails in the middle of a bisection, what it took is gone and the rest is kept in order', async () => {
  const bad = { status: 400, error: 'unable to parse' };
  server.script = [() => bad, () => OK, () => ({ status: 503 })];
  await startWith(['a', 'b', 'c', 'd']);
  await paused(500);
  expect(sink.status()).toMatchObject({ pendingPoints: 2, quarantinedPoints: 0 });
  await clock.advance(500);
  await allDelivered();
  expect(server.writes).toEqual([
    ['a', 'b', 'c', 'd'],
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ]);
});

test('an empty outbox on a server that refuses us is a refusal, and the next line is tried at once', async () => {
  server.adminAnswer = () => ({ status: 403, error: 'not authorized' });
  await sink.start();
  await paused(30_000);
  expect(sink.status()).toMatchObject({ state: 'refused', pendingPoints: 0 });
  expect(sink.status().problem).toContain('CREATE DATABASE "offair"');
  await journal.write(batchOf({ lines: ['a'] }));
  sink.poke();
  await allDelivered();
});

test('a page instead of the answer to a query is no InfluxDB, and is told so', async () => {
  server.adminAnswer = () => ({ status: 200, body: '<h1>Welcome to the hotel</h1>' });
  await sink.start();
  await paused(30_000);
  expect(sink.status()).toMatchObject({ state: 'refused' });
  expect(sink.status().problem).toContain("its answer is not one of InfluxDB 1's");
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

describe('on a bad line to the server', () => {
  test.each(['reset', 'half'] as const)('%s: the very same lines are sent again', async (fault) => {
    server.script = [() => fault];
    await startWith(['a', 'b']);
    await paused(500);
    expect(sink.status()).toMatchObject({ state: 'waiting', pendingPoints: 2, quarantinedPoints: 0 });
    await clock.advance(500);
    await allDelivered();
    expect(server.writes[1]).toEqual(server.writes[0]);
  });

  test('a server that does not answer is given up after 10 s', async () => {
    server.script = [() => 'hang'];
    await startWith(['a']);
    await until('the write arrives', () => server.writes.length === 1);
    await clock.advance(TIMEOUT_MS);
    await paused(500);
    expect(sink.status().problem).toContain('no answer within 10 s');
  });

  test('one that does not answer to large batches gets smaller ones, and large ones when it does', async () => {
    server.script = [...Array.from({ length: 8 }, () => () => 'reset' as const)];
    await startWith(Array.from({ length: 1000 }, (_, n) => `m v=${n} ${n}`));
    for (const ms of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      await until(`a pause of ${ms} ms`, () => clock.pauses.at(-1) === ms);
      clock.pauses = [];
      await clock.advance(ms);
    }
    await allDelivered();
    expect(server.writes.map((lines) => lines.length)).toEqual([
      ...[1000, 1000, 1000, 625, 312, 156, 100, 100],
      ...[100, 200, 400, 300],
    ]);
  });

  test.each([
    ['says no', { status: 401 }, { state: 'refused', pendingPoints: 2 }],
    ['fails', { status: 500 }, { state: 'waiting', pendingPoints: 2 }],
    ['finds a line bad', { status: 400 }, { state: 'ok', pendingPoints: 0, quarantinedPoints: 1 }],
  ])('a server that %s in 10 MB is understood all the same', async (_what, { status }, expected) => {
    const body = `{"error":"unable to parse 'bad'${'x'.repeat(10 * 1024 * 1024)}"}`;
    server.script = Array.from(
      { length: 4 },
      () => (lines: string[]) => (lines.includes('bad') ? { status, body } : OK),
    );
    await startWith(['a', 'bad']);
    await until('the outcome', async () => sink.status().state === expected.state);
    await until('the count', () => sink.status().pendingPoints === expected.pendingPoints);
    expect(sink.status()).toMatchObject(expected);
  });
});

test.each(['the database', 'a write'] as const)(
  'stop waits no longer than two seconds for a server that hangs over %s; the points stay in the journal',
  async (where) => {
    if (where === 'a write') server.script = [() => 'hang'];
    else server.adminAnswer = () => 'hang';
    await startWith(['a']);
    const asked = () => (where === 'a write' ? server.writes : server.admin).length;
    await until('the request arrives', () => asked() === 1);
    const stopped = sink.stop();
    await clock.advance(2000);
    await stopped;
    expect(await journal.pendingLines()).toBe(1);
    expect(asked()).toBe(1);
  },
);
