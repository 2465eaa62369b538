import pino from 'pino';
import { expect, test } from 'vitest';
import { createIntensity } from '../../adapters/carbon/index.ts';
import { marginalPoints } from '../../daemon/marginal.ts';
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
  const told = (await marginalPoints(source, NOW - 2 * STEP_MS, NOW + 2 * STEP_MS, { clock, log })) ?? [];
  expect(told.map(({ startMs, status }) => [(startMs - NOW) / STEP_MS, status])).toEqual([
    [-2, 'estimated'],
    [-1, 'estimated'],
    [0, 'estimated'],
    [1, 'forecast'],
  ]);
});

test('nobody to ask and nobody who answers are null', async () => {
  expect(await marginalPoints(null, NOW, NOW + 1, { clock, log })).toBeNull();
  const failing = { ...source, fetch: () => Promise.reject(new IntensityUnavailable('down')) };
  expect(await marginalPoints(failing, NOW - 1, NOW, { clock, log })).toBeNull();
});

test('WattTime is asked where a place and an account are given', () => {
  const marginal = (settings: object, secret: () => string | undefined) =>
    createIntensity({ zone: 'US', ...settings }, { clock, log, secret }).marginal;
  expect(marginal({}, () => 'x')).toBeNull();
  expect(marginal({ wattTime: 'CAISO_NORTH' }, () => undefined)).toBeNull();
  expect(marginal({ wattTime: 'CAISO_NORTH' }, () => 'x')?.provider).toBe('watttime');
});
