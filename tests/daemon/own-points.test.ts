import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { healthOf, OwnPoints } from '../../daemon/own-points.ts';
import { FakeStudio } from '../support/fake-api-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';

const MINUTE_MS = 60_000;
let clock: FakeClock;
let studio: FakeStudio;
let lines: string[];
let own: OwnPoints;
let failure: Error | null;
let known: boolean;
const OWN = { version: '1.2.3', uptimeSeconds: 60, residentMegabytes: 120, readings: 9, readingsDropped: 0 };

const make = (saidAtMs: () => number | null) =>
  new OwnPoints({
    clock,
    log: pino({ level: 'silent' }),
    studio: { id: 'atelier', timeZone: 'Europe/Paris' },
    journal: {
      sessions: async () => {
        if (failure) throw failure;
        return studio.sessions();
      },
    },
    api: studio,
    health: () => healthOf(studio.status(), known, OWN),
    saidAtMs,
    line: (line) => {
      if (line) lines.push(line);
    },
  });
const live = async () => {
  await studio.startSession({ title: 'Matinale', phase: 'live', by: 'test' });
  await clock.advance(30 * MINUTE_MS);
  await studio.endSession('test');
};
const totals = () => lines.filter((line) => line.startsWith('session_total'));

beforeEach(() => {
  clock = new FakeClock();
  studio = new FakeStudio(clock);
  lines = [];
  failure = null;
  known = true;
  own = make(() => null);
});
afterEach(() => own.stop());

test('how the studio is is said once a minute', async () => {
  await studio.startSession({ title: null, phase: 'live', by: 'test' });
  own.start();
  for (let minute = 0; minute < 3; minute++) await clock.advance(MINUTE_MS);
  const said = lines.filter((line) => line.startsWith('health,studio=atelier version="1.2.3",'));
  expect(said).toHaveLength(3);
  expect(said[0]).toMatch(/ version="1.2.3",uptime_seconds=60,.*phase="live",on_air=1,/);
});

test('while nobody knows whether a live runs, it is not said to be off air; without a plug that is heard, not to draw 0 W', async () => {
  known = false;
  const { watts, wattsFrom } = studio.status();
  expect(wattsFrom.plugs).toBeGreaterThan(0);
  own.start();
  await clock.advance(MINUTE_MS);
  expect(lines[0]).toMatch(/phase="unknown",/);
  expect(lines[0]).not.toContain('on_air');
  expect(lines[0]).toContain(`,watts=${watts},`);
  const unheard = { ...studio.status(), watts: 0, wattsFrom: { plugs: 0, of: wattsFrom.of } };
  expect(healthOf(unheard, true, OWN).watts).toBeNull();
});

test('a session that is over is said once, and again when its grams were restated', async () => {
  await live();
  own.start();
  for (let minute = 0; minute < 3; minute++) await clock.advance(MINUTE_MS);
  expect(totals()).toHaveLength(1);
  expect(totals()[0]).toMatch(
    /^session_total,studio=atelier .*title="Matinale",wh=84.2,.*minutes=30,on_air_minutes=30/,
  );
  const [session] = studio.past;
  if (session) session.footprint = { ...session.footprint, grams: 9 };
  for (let minute = 0; minute < 62; minute++) await clock.advance(MINUTE_MS);
  expect(totals()).toHaveLength(2);
  expect(totals()[1]).toContain('grams=9');
});

test('one that still runs, or that ended more than a day ago, is not', async () => {
  await live();
  await clock.advance(26 * 60 * MINUTE_MS);
  await studio.startSession({ title: null, phase: 'live', by: 'test' });
  own.start();
  await clock.advance(MINUTE_MS);
  expect(totals()).toEqual([]);
});

test('where points are not overwritten it is said at the time of saying, with its slot', async () => {
  own = make(() => clock.nowMs());
  await live();
  own.start();
  await clock.advance(MINUTE_MS);
  expect(totals()[0]).toMatch(/^session_total,slot=\d{4}-.*Z,studio=atelier /);
  expect(totals()[0]?.endsWith(` ${clock.nowMs()}`)).toBe(true);
});

test('a journal that fails is asked again', async () => {
  await live();
  failure = new Error('busy');
  own.start();
  await clock.advance(MINUTE_MS);
  expect(totals()).toEqual([]);
  failure = null;
  await clock.advance(MINUTE_MS);
  expect(totals()).toHaveLength(1);
});

test('what cutting saved today and yesterday is said, and again when it has grown', async () => {
  const saved = {
    cuts: 1,
    offMs: 3_600_000,
    coverage: 1,
    grossWh: 13.5,
    ownWh: 1.5,
    wh: 12,
    grams: 0.4,
    unpricedWh: 0,
  };
  const nothing = { ...saved, cuts: 0, offMs: 0, wh: 0, origins: [], euro: null };
  const groups = [
    { key: 'key-light', saved: { ...saved, origins: [], euro: null }, wouldHaveSaved: nothing },
    { key: 'obs-pc', saved: nothing, wouldHaveSaved: nothing },
  ];
  studio.outcomes.savings = async () => ({
    whole: { key: '', saved: nothing, wouldHaveSaved: nothing },
    groups,
    running: [],
  });
  const savings = () => lines.filter((line) => line.startsWith('savings'));
  own.start();
  for (let minute = 0; minute < 31; minute++) await clock.advance(MINUTE_MS);
  expect(savings()).toEqual([
    expect.stringMatching(/^savings,plug=key-light,studio=atelier wh=12,grams=0.4 \d+$/),
    expect.stringMatching(/^savings,plug=key-light,studio=atelier wh=12,grams=0.4 \d+$/),
  ]);
  const [first] = groups;
  if (first) first.saved.wh = 13;
  for (let minute = 0; minute < 15; minute++) await clock.advance(MINUTE_MS);
  expect(
    savings()
      .slice(2)
      .every((line) => line.includes('wh=13')),
  ).toBe(true);
  expect(savings()).toHaveLength(4);
});
