import pino from 'pino';
import { expect, test } from 'vitest';
import { withMarginalBreaker } from '../../adapters/carbon/breaker.ts';
import { createIntensity } from '../../adapters/carbon/index.ts';
import { marginalOf } from '../../daemon/marginal.ts';
import { IntensityUnavailable } from '../../model/errors.ts';
import type { MarginalPoint } from '../../model/intensity.ts';
import type { MarginalSource } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';

const log = pino({ level: 'silent' });
const clock = new FakeClock();
const NOW = clock.nowMs();
const STEP_MS = 300_000;

const points = (status: MarginalPoint['status'], fromMs: number, toMs: number): MarginalPoint[] => {
  const all: MarginalPoint[] = [];
  for (let startMs = fromMs; startMs < toMs; startMs += STEP_MS)
    all.push({
      zone: 'X',
      startMs,
      endMs: startMs + STEP_MS,
      marginalGramsPerKwh: 400,
      status,
      provider: 'watttime',
      fetchedAtMs: NOW,
    });
  return all;
};
const source: MarginalSource = {
  provider: 'watttime',
  fetch: async (fromMs, toMs) => points('estimated', fromMs, toMs + STEP_MS),
  forecast: async (fromMs, toMs) => points('forecast', fromMs, toMs),
};

test('a time that is past and future is told without a gap or an overlap', async () => {
  const told = (await marginalOf(source, { clock, log })(NOW - 2 * STEP_MS, NOW + 2 * STEP_MS)) ?? [];
  expect(told.map(({ startMs, status }) => [(startMs - NOW) / STEP_MS, status])).toEqual([
    [-2, 'estimated'],
    [-1, 'estimated'],
    [0, 'estimated'],
    [1, 'forecast'],
  ]);
});

test('nobody to ask and nobody who answers are null', async () => {
  expect(await marginalOf(null, { clock, log })(NOW, NOW + 1)).toBeNull();
  const failing = { ...source, fetch: () => Promise.reject(new IntensityUnavailable('down')) };
  expect(await marginalOf(failing, { clock, log })(NOW - 1, NOW)).toBeNull();
});

test('the same time is asked for once in five minutes, also by several at once', async () => {
  const ticking = new FakeClock();
  let calls = 0;
  const counting = {
    ...source,
    fetch: async (fromMs: number, toMs: number) => {
      calls += 1;
      return points('estimated', fromMs, toMs);
    },
  };
  const marginal = marginalOf(counting, { clock: ticking, log });
  await Promise.all([1, 2, 3].map(() => marginal(NOW - STEP_MS, NOW)));
  expect(calls).toBe(1);
  await ticking.advance(5 * 60_000);
  await marginal(NOW - STEP_MS, NOW);
  expect(calls).toBe(2);
});

test('an account that is refused is not tried again with every question', async () => {
  let logins = 0;
  const refused = () => {
    logins += 1;
    return Promise.reject(new IntensityUnavailable('it refuses the account', 3_600_000));
  };
  const guarded = withMarginalBreaker({ provider: 'watttime', fetch: refused, forecast: refused }, { clock, log });
  const marginal = marginalOf(guarded, { clock, log });
  for (const ms of [1, 2, 3]) expect(await marginal(NOW - ms * STEP_MS, NOW)).toBeNull();
  expect(logins).toBe(1);
});

test('WattTime is asked where a place and an account are given', () => {
  const marginal = (settings: object, secret: () => string | undefined) =>
    createIntensity({ zone: 'US', ...settings }, { clock, log, secret }).marginal;
  expect(marginal({}, () => 'x')).toBeNull();
  expect(marginal({ wattTime: 'CAISO_NORTH' }, () => undefined)).toBeNull();
  expect(marginal({ wattTime: 'CAISO_NORTH' }, () => 'x')?.provider).toBe('watttime');
});
