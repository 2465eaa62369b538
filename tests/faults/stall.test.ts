/** An SD card in its mood: a sync that takes five seconds. */
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../daemon/clock.ts';
import type { Daemon } from '../../daemon/run.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { Api, daemonOf, Plugs } from './daemon-studio.ts';
import { sized } from './size.ts';

const STALL_MS = 5000;
/** On a machine that others use meanwhile, the process itself waits for its turn: a journal in the loop would be seconds. */
const MOST_DELAY_MS = sized({ quick: 1000, thorough: 100 });
/** A delay that comes from the journal would come every time. */
const ATTEMPTS = 3;

const folder = tempFolder();
let plugs: Plugs;
let daemon: Daemon | null = null;
let api: Api;

beforeAll(async () => {
  plugs = await Plugs.start(systemClock);
  for (const id of ['one', 'two', 'three']) await plugs.addShelly(id, 100);
  const switching = { dryRun: false, graceSeconds: 0, staggerSeconds: 1, maxSwitchesPerHour: 60 };
  daemon = await daemonOf(await plugs.config(folder, { switching }), systemClock);
  api = new Api(daemon.url);
  await api.allOnline();
});
afterAll(async () => {
  await daemon?.stop();
  await plugs.stop();
});

const relays = () => [...plugs.outlets.values()].map(({ relay }) => relay);
const verified = async () =>
  ((await api.call('switching/log')).json.entries as { outcome: string }[]).filter(
    ({ outcome }) => outcome === 'verified',
  ).length;

/** A live begins, and right after it the journal's file can't be written. Gives the longest delay of the event loop, ms. */
async function liveDuringStall(): Promise<number> {
  const before = await verified();
  await api.call('sessions', { phase: 'live' });
  await api.call('sessions/current/end', {});
  await until('all are cut', async () => relays().every((on) => !on) && (await verified()) >= before + 3);

  await api.call('sessions', { phase: 'live' });
  const startMs = systemClock.monotonicMs();
  // A flush may be under way.
  const stall = new DatabaseSync(join(folder, 'journal.sqlite'), { timeout: 2000 });
  stall.exec('BEGIN IMMEDIATE');
  const { written } = (await api.books()).readings;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  let restoredMs = Number.NaN;
  let slowestAnswerMs = 0;
  while (systemClock.monotonicMs() - startMs < STALL_MS) {
    const askedMs = systemClock.monotonicMs();
    expect((await api.call('status')).status).toBe(200);
    slowestAnswerMs = Math.max(slowestAnswerMs, systemClock.monotonicMs() - askedMs);
    if (Number.isNaN(restoredMs) && relays().every(Boolean)) restoredMs = systemClock.monotonicMs() - startMs;
    await systemClock.sleep(50);
  }
  delay.disable();
  const { readings } = await api.books();
  // The card did stall, and what was read meanwhile waits.
  expect(readings.written).toBe(written);
  expect(readings.waiting).toBeGreaterThan(0);
  stall.exec('ROLLBACK');
  stall.close();
  // One after the other, a second apart, by the policy's ticks.
  expect(restoredMs).toBeLessThan(STALL_MS - 1000);
  expect(slowestAnswerMs).toBeLessThan(1000);
  await until('what waited is written', async () => (await api.books()).readings.written > written);
  await api.call('sessions/current/end', {});
  return delay.max / 1e6;
}

test('a journal that stalls for 5 s holds up neither the event loop, the API nor the policy', async () => {
  const delaysMs: number[] = [];
  while (delaysMs.length < ATTEMPTS && !delaysMs.some((ms) => ms < MOST_DELAY_MS))
    delaysMs.push(await liveDuringStall());
  expect(Math.min(...delaysMs), `longest delays: ${delaysMs.map(Math.round)} ms`).toBeLessThan(MOST_DELAY_MS);
  const { readings, points } = await api.books();
  expect(readings.dropped).toBe(0);
  expect(points.dropped).toBe(0);
}, 90_000);
