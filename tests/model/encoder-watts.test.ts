import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  learnThresholds,
  type Suspicion,
  suspicionOf,
  type WattSample,
  wattHistory,
} from '../../model/encoder-watts.ts';
import type { HistoryBucket } from '../../model/ports.ts';
import { changePhase, endSession, startSession } from '../../model/session.ts';

const HOLD_MS = 120_000;
const THRESHOLDS = { idleWatts: 80, liveWatts: 95 };
const before = fc.constantFrom<Suspicion>('on', 'off', 'unknown');
/** Samples of the hold time, `stepMs` apart, up to `nowMs`. */
const every = (stepMs: number, watts: readonly number[]): WattSample[] =>
  watts.map((one, i) => ({ watts: one, atMs: (i - watts.length) * stepMs }));
const says = (was: Suspicion, samples: readonly WattSample[], nowMs = 0) =>
  suspicionOf(was, samples, THRESHOLDS, HOLD_MS, nowMs);
const drawn = (min: number, max: number) =>
  fc.array(fc.double({ min, max, noNaN: true }), { minLength: 12, maxLength: 30 });

describe('what the draw of an encoder lets suspect', () => {
  test('is a live at or above the upper threshold for the hold time, and none at or below the lower', () => {
    fc.assert(
      fc.property(before, drawn(95, 3000), (was, watts) => {
        expect(says(was, every(10_000, watts))).toBe('on');
      }),
    );
    fc.assert(
      fc.property(before, drawn(-5, 80), (was, watts) => {
        expect(says(was, every(10_000, watts))).toBe('off');
      }),
    );
  });

  test('between the thresholds stays what it was', () => {
    fc.assert(
      fc.property(before, drawn(80.01, 94.99), (was, watts) => {
        expect(says(was, every(10_000, watts))).toBe(was);
      }),
    );
  });

  test('never changes at once: a spike or a rest of less than a fifth of the hold time does nothing', () => {
    fc.assert(
      fc.property(drawn(0, 80), fc.nat(2000), fc.integer({ min: 0, max: 9 }), (watts, spike, at) => {
        const spiked = every(10_000, watts.slice(-12)).map((one, i) => (i === at ? { ...one, watts: spike } : one));
        expect(says('off', spiked)).toBe('off');
      }),
    );
  });

  test('does not turn from one to the other with any single reading', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 60, max: 120 }), { minLength: 24, maxLength: 80 }), (watts) => {
        let was: Suspicion = 'unknown';
        let turnedAtMs = Number.NEGATIVE_INFINITY;
        for (let count = 12; count <= watts.length; count += 1) {
          const now = says(was, every(10_000, watts.slice(0, count)));
          // From on to off most of the hold time must have gone by.
          if (was !== 'unknown' && now !== was) {
            expect(count * 10_000 - turnedAtMs).toBeGreaterThanOrEqual(0.6 * HOLD_MS);
            turnedAtMs = count * 10_000;
          } else if (was === 'unknown' && now !== 'unknown') turnedAtMs = count * 10_000;
          was = now;
        }
      }),
    );
  });

  test('is not known when the plug has not been heard for half of the hold time', () => {
    fc.assert(
      fc.property(before, fc.integer({ min: 121_000, max: 10_000_000 }), (was, silentMs) => {
        expect(says(was, every(10_000, Array(12).fill(200)), silentMs)).toBe('unknown');
      }),
    );
    expect(says('on', [])).toBe('unknown');
    expect(says('unknown', every(10_000, [200, 200, 200]))).toBe('unknown');
  });
});

describe('what past lives teach', () => {
  const MINUTE_MS = 60_000;
  const watts = (live: number, idle: number, noise = 5) =>
    ({
      live: Array.from({ length: 200 }, (_, i) => live + (i % 3) * noise),
      idle: Array.from({ length: 400 }, (_, i) => idle - (i % 3) * noise),
      lives: 4,
    }) as const;

  test('are two thresholds between what it draws in lives and between them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 300 }), fc.integer({ min: 30, max: 300 }), (idle, more) => {
        const learned = learnThresholds({ ...watts(idle + more, idle) });
        if ('code' in learned) throw new Error(learned.text);
        expect(learned.idleWatts).toBeGreaterThanOrEqual(idle);
        expect(learned.liveWatts).toBeGreaterThan(learned.idleWatts);
        expect(learned.liveWatts).toBeLessThanOrEqual(idle + more);
      }),
    );
  });

  test('is nothing when the two do not differ, or too little was seen, and it is said why', () => {
    expect(learnThresholds({ ...watts(78, 75) })).toMatchObject({ code: 'encoder-alike', data: { liveWatts: 78 } });
    expect(learnThresholds({ ...watts(100, 60), lives: 2 })).toMatchObject({
      text: 'still learning: it has seen 2 of 3 lives',
    });
    expect(learnThresholds({ live: [], idle: [], lives: 9 })).toMatchObject({ code: 'encoder-learning' });
  });

  test('an hour of work between lives, or a live with a break, does no harm', () => {
    const { live, idle, lives } = watts(100, 60);
    const learned = learnThresholds({
      live: [...live, ...Array(15).fill(60)],
      idle: [...idle, ...Array(30).fill(180)],
      lives,
    });
    expect(learned).toMatchObject({ idleWatts: expect.closeTo(74, 0), liveWatts: expect.closeTo(86, 0) });
  });

  test('a minute counts as live within one, as idle outside of every session, and else not at all', () => {
    let session = startSession({ id: 's', title: null, phase: 'setup', by: 'api', atMs: 100 * MINUTE_MS });
    session = changePhase(session, 'live', 130 * MINUTE_MS, 'obs');
    session = changePhase(session, 'wrap', 190 * MINUTE_MS, 'api');
    session = endSession(session, 'api', 200 * MINUTE_MS);
    const buckets = Array.from(
      { length: 300 },
      (_, i): HistoryBucket => ({
        ...{ startMs: i * MINUTE_MS, meanWatts: i, maxWatts: i, readings: 1 },
      }),
    );
    const { live, idle, lives } = wattHistory(buckets, [session]);
    expect([live[0], live.at(-1), lives]).toEqual([132, 187, 1]);
    expect(idle.filter((minute) => minute > 50 && minute < 250)).toEqual([
      ...Array.from({ length: 48 }, (_, i) => 51 + i),
      ...Array.from({ length: 48 }, (_, i) => 202 + i),
    ]);
  });
});

const trace = new URL('../../../shared/traces/streaming-pc.csv.gz', import.meta.url);

test.skipIf(!existsSync(trace))(
  'a day of a real PC (trace in ../shared; skipped without it) is told on and off a few times, not hundreds',
  () => {
    const lines = gunzipSync(readFileSync(trace)).toString().trim().split('\n').slice(1);
    const samples = lines.map((line): WattSample => {
      const [seconds = 0, watts = 0] = line.split(',').map(Number);
      return { watts, atMs: seconds * 1000 };
    });
    let was: Suspicion = 'unknown';
    let first = 0;
    let turns = 0;
    for (let nowMs = 0; nowMs < 86_400_000; nowMs += 10_000) {
      const end = samples.findIndex(({ atMs }, i) => i >= first && atMs > nowMs);
      const seen = samples
        .slice(first, end === -1 ? undefined : end)
        .filter(({ atMs }) => atMs > nowMs - HOLD_MS - 60_000);
      first = Math.max(0, (end === -1 ? samples.length : end) - seen.length);
      const now = suspicionOf(was, seen, { idleWatts: 30, liveWatts: 60 }, HOLD_MS, nowMs);
      if (now !== was) turns += 1;
      was = now;
    }
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(turns).toBeLessThan(20);
  },
);
