import pino from 'pino';
import { expect, test } from 'vitest';
import type { ServiceManager } from '../../adapters/systemd/index.ts';
import { serviceManager } from '../../adapters/systemd/index.ts';
import { Vitals, watchJournal } from '../../daemon/vitals.ts';
import { feedWatchdog } from '../../daemon/watchdog.ts';
import { FakeClock } from '../support/fake-clock.ts';

const log = pino({ level: 'silent' });

function watched() {
  const clock = new FakeClock();
  const vitals = new Vitals(clock);
  const told: string[] = [];
  const manager: ServiceManager = { watchdogMs: 60_000, tell: async (state) => void told.push(state) };
  const end = feedWatchdog(manager, { clock, log, late: () => vitals.late() });
  return { clock, vitals, told, end };
}

test('a part that shows no life within its patience is late, until it shows some', async () => {
  const { clock, vitals } = watched();
  const beat = vitals.watch('policy', 60_000);
  vitals.watch('journal', 120_000);
  await clock.advance(60_000);
  expect(vitals.late()).toEqual([]);
  await clock.advance(1);
  expect(vitals.late()).toEqual(['policy']);
  beat();
  expect(vitals.late()).toEqual([]);
});

test('systemd hears of a daemon that is well three times within its patience', async () => {
  const { clock, told, end } = watched();
  expect(told).toEqual(['WATCHDOG=1']);
  await clock.advance(60_000);
  expect(told).toHaveLength(4);
  end();
  await clock.advance(60_000);
  expect(told).toHaveLength(4);
});

test('it hears nothing while a part of it shows no life, and again when it does', async () => {
  const { clock, vitals, told } = watched();
  const beat = vitals.watch('polls', 30_000);
  await clock.advance(60_000);
  expect(told).toHaveLength(2);
  beat();
  await clock.advance(20_000);
  expect(told).toHaveLength(3);
});

test('a step of the wall clock makes no part late', () => {
  const { clock, vitals } = watched();
  vitals.watch('policy', 60_000);
  clock.stepWall(3_600_000);
  expect(vitals.late()).toEqual([]);
});

test('a journal that answers with an error shows life; one that does not answer is late, and is let go at a stop', async () => {
  const { clock, vitals } = watched();
  let asked = 0;
  let answer: () => Promise<unknown> = () => Promise.reject(new Error('disk I/O error'));
  const ask = () => {
    asked += 1;
    return answer();
  };
  const stop = watchJournal(ask, vitals, clock);
  for (let count = 0; count < 20; count += 1) await clock.advance(15_000);
  expect(vitals.late()).toEqual([]);
  const { promise, resolve } = Promise.withResolvers<void>();
  answer = () => promise;
  await clock.advance(150_000);
  expect(vitals.late()).toEqual(['journal']);
  await stop();
  resolve();
  const before = asked;
  await clock.advance(60_000);
  expect(asked).toBe(before);
});

test('without systemd there is nobody to tell; with it, the commands that offair runs can not speak in its name', () => {
  expect(serviceManager({})).toBeNull();
  const env: NodeJS.ProcessEnv = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '60000000' };
  expect(serviceManager(env)?.watchdogMs).toBe(60_000);
  expect(env.NOTIFY_SOCKET).toBeUndefined();
  const other = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '1' };
  expect(serviceManager(other)?.watchdogMs).toBeNull();
});
