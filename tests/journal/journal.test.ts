import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import type { EnergySlice } from '../../model/energy.ts';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import { JournalFull } from '../../model/errors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { reason } from '../../model/policy-reasons.ts';
import type { SessionRecord, SwitchRecord, TokenRecord } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { batchOf, readingOf } from '../support/journal-batch.ts';
import { seeded } from '../support/random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const folder = tempFolder();
const clock = new FakeClock();
const T0 = clock.nowMs();

let path: string;
let journal: SqliteJournal;
beforeEach(async () => {
  path = join(folder, randomUUID(), 'journal.db');
  journal = new SqliteJournal(path, { clock });
  await journal.open();
});
afterEach(() => journal.close());

async function reopen(options: { maxBytes?: number } = {}) {
  await journal.close();
  journal = new SqliteJournal(path, { clock, ...options });
  return journal.open();
}

const slice: EnergySlice = {
  plug: 'key-light',
  startMs: T0,
  sessionId: null,
  phase: 'standby',
  counterWh: 1,
  integratedWh: 0.25,
  gapWh: 0,
  coveredMs: 60_000,
};
const point: IntensityPoint = {
  zone: 'FR',
  startMs: T0,
  endMs: T0 + QUARTER_HOUR_MS,
  gramsPerKwh: 0,
  factorType: 'lifecycle',
  basis: 'production',
  status: 'estimated',
  provider: 'rte-odre',
  fetchedAtMs: T0 + 1000,
};
const session: SessionRecord = {
  id: 's1',
  title: null,
  startedAtMs: T0,
  endedAtMs: null,
  phases: [{ phase: 'setup', atMs: T0 }],
  audience: [],
  startedBy: 'api',
  endedBy: null,
};

const switched: SwitchRecord = {
  commandId: 'c1',
  atMs: T0,
  plug: 'key-light',
  to: 'off',
  by: 'policy',
  reason: 'held by api: nothing is cut until then',
  reasons: [reason('held', { by: 'api' })],
  source: 'obs',
  wattsBefore: 12.5,
  outcome: 'verified',
  detail: 'relay open, 0.1 W',
  tookMs: 812.4,
};

test('commits go through a write-ahead log', async () => {
  const database = new DatabaseSync(path);
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  database.close();
});

test('an increment of a slice is added to what is there, apart for each session and phase', async () => {
  const live: EnergySlice = { ...slice, sessionId: 's1', phase: 'live', counterWh: 7 };
  await journal.write(batchOf({ slices: [slice, live] }));
  // What the counter confirms is taken back from what was only integrated.
  await journal.write(batchOf({ slices: [{ ...slice, counterWh: 2, integratedWh: -0.25, coveredMs: 0 }] }));

  expect(await journal.slices(T0, T0 + 1)).toEqual(
    expect.arrayContaining([{ ...slice, counterWh: 3, integratedWh: 0 }, live]),
  );
  expect(await journal.slices(T0, T0 + 1)).toHaveLength(2);
  expect(await journal.sessionSlices('s1')).toEqual([live]);
  expect(await journal.sessionSlices('')).toEqual([]);
});

test('a slice is found by any interval that overlaps it, and by no other', async () => {
  await journal.write(batchOf({ slices: [slice] }));
  expect(await journal.slices(T0 + QUARTER_HOUR_MS - 1, T0 + QUARTER_HOUR_MS)).toHaveLength(1);
  expect(await journal.slices(T0 + QUARTER_HOUR_MS, T0 + 2 * QUARTER_HOUR_MS)).toEqual([]);
  expect(await journal.slices(T0 - 1, T0)).toEqual([]);
});

test('any number of slices comes once each and in order, and a flush gets its turn in between', async () => {
  const slices = Array.from({ length: 12_000 }, (_, n) => ({
    ...slice,
    plug: `plug-${n % 7}`,
    startMs: T0 + Math.floor(n / 7) * QUARTER_HOUR_MS,
  }));
  await journal.write(batchOf({ slices }));
  let read = false;
  const reading = journal.slices(0, T0 + 1e12).finally(() => {
    read = true;
  });
  await journal.write(batchOf({ state: { flushed: true } }));
  expect(read).toBe(false);
  expect(await reading).toEqual(slices);
});

test('of two intensities of one slot the last written stands, whatever a clock said when it was fetched', async () => {
  const restated: IntensityPoint = { ...point, gramsPerKwh: 21.5, status: 'measured', fetchedAtMs: T0 + 2000 };
  await journal.write(batchOf({ intensities: [restated] }));
  await journal.write(batchOf({ intensities: [point] }));
  expect(await journal.intensities(T0, T0 + 1)).toEqual([point]);
});

test('what a provider restated is kept: the prices of any moment can be told again', async () => {
  const at = (minutes: number, change: Partial<IntensityPoint>) => ({
    ...point,
    fetchedAtMs: T0 + minutes * 60_000,
    ...change,
  });
  const first = at(1, { gramsPerKwh: 20 });
  const second = at(60, { gramsPerKwh: 22 });
  const third = at(120, { gramsPerKwh: 22, status: 'measured' });
  for (const said of [first, second, third]) await journal.write(batchOf({ intensities: [said] }));
  const knownAt = (minutes: number) => journal.intensitiesKnownAt(T0, T0 + 1, T0 + minutes * 60_000);
  expect(await knownAt(0)).toEqual([]);
  expect(await knownAt(59)).toEqual([first]);
  expect(await knownAt(60)).toEqual([second]);
  expect(await knownAt(500)).toEqual([third]);
  expect(await journal.intensities(T0, T0 + 1)).toEqual([third]);
});

test('intensities of different providers and factor types are kept apart', async () => {
  const others: IntensityPoint[] = [
    { ...point, factorType: 'direct', gramsPerKwh: 12 },
    { ...point, provider: 'static-ember-2024' },
  ];
  await journal.write(batchOf({ intensities: [point, ...others] }));
  expect(await journal.intensities(T0 + QUARTER_HOUR_MS - 1, T0 + QUARTER_HOUR_MS)).toHaveLength(3);
  expect(await journal.intensities(T0 + QUARTER_HOUR_MS, T0 + 2 * QUARTER_HOUR_MS)).toEqual([]);
});

test('history gives mean and highest watts per step and leaves out steps without a reading of watts', async () => {
  const at = (seconds: number, watts: number | null) => readingOf({ atMs: T0 + seconds * 1000, watts });
  await journal.write(
    batchOf({
      readings: [at(0, 10), at(30, 30), at(60, null), at(120, -5), readingOf({ plug: 'other', atMs: T0, watts: 900 })],
    }),
  );
  expect(await journal.history('key-light', T0, T0 + 180_000, 60_000)).toEqual([
    { startMs: T0, meanWatts: 20, maxWatts: 30, readings: 2 },
    { startMs: T0 + 120_000, meanWatts: -5, maxWatts: -5, readings: 1 },
  ]);
  await expect(journal.history('key-light', T0, T0 + 1, 0)).rejects.toThrow(/step/);
});

test('a history that takes long is the same as in one piece, and lets a flush through in between', async () => {
  const hours = 24 * 120;
  const readings = Array.from({ length: hours }, (_, n) => readingOf({ atMs: T0 + n * 3_600_000, watts: n % 50 }));
  await journal.write(batchOf({ readings }));
  const toMs = T0 + hours * 3_600_000;
  let finished = false;
  const reads = [7 * 3_600_000, 25 * 3_600_000, 3 * 86_400_000].map((stepMs) =>
    journal.history('key-light', T0 + 1, toMs, stepMs).finally(() => {
      finished = true;
    }),
  );
  await journal.write(batchOf({ state: { flushed: true } }));
  expect(finished).toBe(false);

  for (const [index, stepMs] of [7 * 3_600_000, 25 * 3_600_000, 3 * 86_400_000].entries()) {
    const steps = Map.groupBy(readings.slice(1), ({ atMs }) => Math.floor(atMs / stepMs) * stepMs);
    const whole = [...steps].map(([startMs, within]) => {
      const watts = within.map((reading) => reading.watts ?? 0);
      const sum = watts.reduce((total, value) => total + value, 0);
      return { startMs, meanWatts: sum / watts.length, maxWatts: Math.max(...watts), readings: watts.length };
    });
    expect(await reads[index]).toEqual(whole);
  }
});

test('a journal whose thread ends by itself says so once, and nothing waits for ever', async () => {
  const lost: string[] = [];
  await journal.close();
  const made = once(process, 'worker');
  journal = new SqliteJournal(path, { clock, onLost: (error) => lost.push(error.message) });
  await journal.open();
  const [worker] = (await made) as [Worker];
  // Some may be answered before the thread is gone; all come to an end.
  const waiting = Array.from({ length: 200 }, () => journal.pendingLines());
  void worker.terminate();
  for (const settled of await Promise.allSettled(waiting)) {
    if (settled.status === 'rejected')
      expect(settled.reason.message).toBe(`The journal ${path} stopped (its thread ended): restart offair`);
  }
  await until('the loss is told', () => lost.length > 0);
  expect(lost).toEqual([`The journal ${path} stopped (its thread ended): restart offair`]);
  await expect(journal.write(batchOf({}))).rejects.toThrow(`The journal ${path} is not open`);
});

test('a journal that is closed is not lost', async () => {
  const lost: Error[] = [];
  await journal.close();
  journal = new SqliteJournal(path, { clock, onLost: (error) => lost.push(error) });
  await journal.open();
  await journal.close();
  expect(lost).toEqual([]);
});

test('state survives a restart; what was never kept is undefined', async () => {
  await journal.write(batchOf({ state: { meters: { 'key-light': { wh: 12.5 } }, empty: null } }));
  await reopen();
  expect(await journal.state('meters')).toEqual({ 'key-light': { wh: 12.5 } });
  expect(await journal.state('nothing')).toBeUndefined();
});

test('a session is updated in place and sessions come newest first', async () => {
  await journal.putSession(session);
  await journal.putSession({ ...session, id: 's2', startedAtMs: T0 + 5, title: 'Soirée 🎥' });
  const ended: SessionRecord = { ...session, endedAtMs: T0 + 10, endedBy: 'api' };
  await journal.putSession(ended);
  expect((await journal.sessions(10)).map(({ id }) => id)).toEqual(['s2', 's1']);
  expect(await journal.session('s1')).toEqual(ended);
  expect(await journal.session('s3')).toBeNull();
});

test('all that was said of the audience stays with its session; a list has the peak and the latest of it', async () => {
  await journal.putSession(session);
  // A wall clock that steps back does not make old news the latest.
  const said = [12, 90, 90, 7].map((viewers, n) => ({ atMs: T0 + (n === 3 ? -60_000 : n * 1000), viewers }));
  for (const one of said) await journal.addAudience('s1', one);
  await journal.addAudience('s2', { atMs: T0, viewers: 5000 });
  await journal.putSession({ ...session, title: 'named later' });
  expect((await journal.session('s1'))?.audience).toEqual(said);
  expect((await journal.runningSession())?.audience).toEqual(said);
  expect((await journal.sessions(1))[0]?.audience).toEqual([said[1], said[3]]);
});

test('a running session is found behind any number of sessions that a wrong clock made newer', async () => {
  expect(await journal.runningSession()).toBeNull();
  await journal.putSession(session);
  for (let n = 1; n <= 60; n++) {
    const startedAtMs = T0 + n * 1000;
    await journal.putSession({ ...session, id: `later-${n}`, startedAtMs, endedAtMs: startedAtMs + 500 });
  }
  expect(await journal.runningSession()).toEqual(session);
  await journal.putSession({ ...session, endedAtMs: T0 });
  expect(await journal.runningSession()).toBeNull();
});

test('the switching log gives back what was added, newest first, and can be neither changed nor cleared', async () => {
  const unknown: SwitchRecord = { ...switched, commandId: 'c2', outcome: 'unknown', tookMs: null };
  await journal.addSwitch(switched);
  await journal.addSwitch(unknown);
  expect(await journal.switches(10)).toEqual([unknown, switched]);

  const database = new DatabaseSync(path);
  expect(() => database.exec('DELETE FROM switch_log')).toThrow(/append-only/);
  expect(() => database.exec("UPDATE switch_log SET outcome = 'verified'")).toThrow(/append-only/);
  database.close();
});

test('tokens are kept, replaced and deleted', async () => {
  const token: TokenRecord = {
    id: 't1',
    label: 'stream deck',
    scope: 'control',
    hash: 'ab'.repeat(32),
    createdAtMs: T0,
    lastUsedAtMs: null,
  };
  await journal.putToken(token);
  await journal.putToken({ ...token, lastUsedAtMs: T0 + 5 });
  expect(await journal.tokens()).toEqual([{ ...token, lastUsedAtMs: T0 + 5 }]);
  await journal.touchToken('t1', T0 + 9);
  expect((await journal.tokens())[0]?.lastUsedAtMs).toBe(T0 + 9);
  expect(await journal.deleteToken('t1')).toBe(true);
  await journal.touchToken('t1', T0 + 10);
  expect(await journal.tokens()).toEqual([]);
  expect(await journal.deleteToken('t1')).toBe(false);
});

test('the outbox is first in, first out, and no number is used twice, not even after it ran empty', async () => {
  await journal.write(batchOf({ lines: ['a', 'b'] }));
  await journal.write(batchOf({ lines: ['c'] }));
  const first = await journal.outbox(2);
  expect(first.map(({ line }) => line)).toEqual(['a', 'b']);
  const last = (await journal.outbox(10)).at(-1)?.seq ?? 0;
  await journal.acknowledge(last);
  expect(await journal.pendingLines()).toBe(0);

  await reopen();
  await journal.write(batchOf({ lines: ['d'] }));
  expect((await journal.outbox(1))[0]?.seq).toBeGreaterThan(last);
});

test('a quarantined line leaves the outbox and is kept with the reason', async () => {
  await journal.write(batchOf({ lines: ['good', 'bad', 'also good'] }));
  const bad = (await journal.outbox(10)).filter(({ line }) => line === 'bad');
  await journal.quarantine(bad, 'unable to parse');
  expect((await journal.outbox(10)).map(({ line }) => line)).toEqual(['good', 'also good']);
  expect(await journal.quarantinedLines()).toBe(1);

  const database = new DatabaseSync(path);
  expect(database.prepare('SELECT line, reason, at_ms FROM dead_letter').get()).toEqual({
    line: 'bad',
    reason: 'unable to parse',
    at_ms: T0,
  });
  database.close();
});

test('with InfluxDB away for long the oldest raw power makes room; energy, switchings, sessions and state go through', async () => {
  await reopen({ maxBytes: 700_000 });
  const noise = seeded(1);
  const watts = Array.from({ length: 60_000 }, () => noise() * 1000);
  const power = (n: number) => `power,adapter=tapo,kind=light,plug=key-light,studio=a watts=${watts[n]} ${T0 + n}`;
  const precious = [
    'energy,plug=a wh=1',
    'switch,plug=a to="off"',
    'session,studio=a phase="live"',
    'intensity,zone=FR g=1',
  ];
  await journal.write(batchOf({ lines: precious }));
  let written = 0;
  for (let round = 1; round <= 24; round++) {
    const lines = Array.from({ length: 2500 }, () => power(written++));
    await journal.write(batchOf({ readings: [readingOf({ atMs: T0 + round })], lines, state: { round } }));
    await journal.putSession({ ...session, title: `after round ${round}` });
    await journal.addSwitch({ ...switched, commandId: `c${round}` });
  }
  expect(await journal.state('round')).toBe(24);
  expect((await journal.session('s1'))?.title).toBe('after round 24');
  expect(await journal.switches(100)).toHaveLength(24);

  const kept = (await journal.outbox(100_000)).map(({ line }) => line);
  expect(kept.slice(0, 4)).toEqual(precious);
  expect(kept.at(-1)).toBe(power(written - 1));
  const dropped = await journal.droppedLines();
  expect(dropped).toBeGreaterThan(5000);
  expect(kept).toHaveLength(written + 4 - dropped);
  await reopen();
  expect(await journal.pendingLines()).toBe(kept.length);
  expect(await journal.droppedLines()).toBe(dropped);
});

test('of the lines that the server never takes the last ten thousand are kept, and the others are counted', async () => {
  await journal.write(batchOf({ lines: Array.from({ length: 10_500 }, (_, n) => `bad ${n}`) }));
  const bad = await journal.outbox(20_000);
  await journal.quarantine(bad.slice(0, 9000), 'unable to parse');
  await journal.quarantine(bad.slice(9000), 'unable to parse');
  expect(await journal.quarantinedLines()).toBe(10_000);
  expect(await journal.droppedLines()).toBe(500);
  expect(await journal.pendingLines()).toBe(0);

  const database = new DatabaseSync(path);
  expect(database.prepare('SELECT line FROM dead_letter ORDER BY seq LIMIT 1').get()).toEqual({ line: 'bad 500' });
  database.close();
});

test('a full journal takes nothing of a flush, says which file, and takes the next one when there is room', async () => {
  await reopen({ maxBytes: 400_000 });
  // Of what can't be packed, and what is never given up.
  const long = batchOf({ lines: Array.from({ length: 100 }, () => randomBytes(300).toString('base64')) });
  let written = 0;
  let refusal: unknown;
  while (!refusal) {
    await journal.write({ ...long, state: { round: written + 1 } }).then(
      () => written++,
      (error) => {
        refusal = error;
      },
    );
  }
  expect(refusal).toBeInstanceOf(JournalFull);
  expect(String(refusal)).toContain(path);
  expect(await journal.pendingLines()).toBe(written * 100);
  expect(await journal.state('round')).toBe(written);

  await journal.acknowledge((await journal.outbox(100)).at(-1)?.seq ?? 0);
  await journal.write(long);
  expect(await journal.pendingLines()).toBe(written * 100);
});

test('at the byte limit the oldest readings are thinned to minutes, then to quarter hours, and all else is kept', async () => {
  await reopen({ maxBytes: 250_000 });
  await journal.write(batchOf({ slices: [slice], lines: ['kept'] }));
  await journal.acknowledge(1);
  await journal.write(batchOf({ lines: ['kept too'] }));
  const noise = seeded(2);
  const hours = 200;
  const watts = Array.from({ length: hours * 720 }, () => noise() * 1000);
  for (let hour = 0; hour < hours; hour++) {
    const readings = watts
      .slice(hour * 720, (hour + 1) * 720)
      .map((value, n) => readingOf({ atMs: T0 + (hour * 720 + n) * 5000, watts: value }));
    for (let n = 0; n < 720; n += 60) await journal.write(batchOf({ readings: readings.slice(n, n + 60) }));
  }
  const toMs = T0 + hours * 3_600_000;
  // Nothing of means, highest and counts is lost at the detail that is left.
  const byHour = await journal.history('key-light', T0, toMs, 3_600_000);
  expect(byHour).toHaveLength(hours);
  for (const [hour, { meanWatts, maxWatts, readings }] of byHour.entries()) {
    const own = watts.slice(hour * 720, (hour + 1) * 720);
    expect(readings).toBe(720);
    expect(maxWatts).toBe(Math.max(...own));
    expect(meanWatts).toBeCloseTo(own.reduce((sum, value) => sum + value, 0) / 720, 6);
  }
  const buckets = async (hour: number, stepMs: number) =>
    (await journal.history('key-light', T0 + hour * 3_600_000, T0 + (hour + 1) * 3_600_000, stepMs)).length;
  // Of the last minutes everything is there, of the first hours the quarter hours.
  expect(await buckets(hours - 1, 5000)).toBeGreaterThan(3 * 15);
  expect(await buckets(1, 5000)).toBe(4);
  const detail = await Promise.all(Array.from({ length: hours - 1 }, (_, n) => buckets(n + 1, 5000)));
  expect(new Set(detail)).toContain(60);
  expect(detail).toEqual(detail.toSorted((one, other) => one - other));
  expect(await journal.slices(T0, T0 + 1)).toEqual([slice]);
  expect(await journal.outbox(5)).toEqual([{ seq: 2, line: 'kept too' }]);
});

test('a command may write the journal beside the daemon at the same time', async () => {
  const other = new SqliteJournal(path, { clock });
  await other.open({ exclusive: false });
  const rounds = Array.from({ length: 30 }, (_, n) => n);
  await Promise.all([
    ...rounds.map((n) => journal.write(batchOf({ lines: [`daemon ${n}`] }))),
    ...rounds.map((n) => other.write(batchOf({ state: { [`cli ${n}`]: n } }))),
  ]);
  expect(await journal.pendingLines()).toBe(30);
  expect(await journal.state('cli 29')).toBe(29);
  await expect(other.write(batchOf({ lines: ['a'] }))).rejects.toThrow(/only the daemon/);
  await other.close();
});

test('a call on a journal that is not open fails by name', async () => {
  const closed = new SqliteJournal(path, { clock });
  await expect(closed.pendingLines()).rejects.toThrow(`The journal ${path} is not open`);
});

test('calls made before close are answered', async () => {
  const write = journal.write(batchOf({ lines: ['last words'] }));
  await reopen();
  await write;
  expect(await journal.pendingLines()).toBe(1);
});
