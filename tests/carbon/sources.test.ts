import pino from 'pino';
import { expect, test } from 'vitest';
import { withBreaker } from '../../adapters/carbon/breaker.ts';
import { createIntensity } from '../../adapters/carbon/index.ts';
import { IntensityUnavailable } from '../../model/errors.ts';
import { FRENCH_LIFECYCLE, mixIntensity, YEARLY_AVERAGES } from '../../model/grid-factors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';

const log = pino({ level: 'silent' });

const point: IntensityPoint = {
  zone: 'FR',
  startMs: 0,
  endMs: 900_000,
  gramsPerKwh: 20,
  factorType: 'lifecycle',
  basis: 'production',
  status: 'estimated',
  provider: 'scripted',
  fetchedAtMs: 0,
};

/** Fails while `failing`; counts its calls. */
class Scripted implements IntensitySource {
  readonly provider = 'scripted';
  failing = true;
  calls = 0;
  points = [point];
  async fetch(): Promise<IntensityPoint[]> {
    this.calls += 1;
    if (this.failing) throw new IntensityUnavailable(`failure ${this.calls}`);
    return this.points;
  }
}

test('after three failures in a row a source is left alone for five minutes, then asked again', async () => {
  const clock = new FakeClock();
  const source = new Scripted();
  const guarded = withBreaker(source, 'lifecycle', { clock, log });
  for (const n of [1, 2, 3]) await expect(guarded.fetch(0, 1)).rejects.toThrow(`failure ${n}`);
  await clock.advance(299_999);
  await expect(guarded.fetch(0, 1)).rejects.toThrow('failure 3');
  expect(source.calls).toBe(3);
  await clock.advance(1);
  source.failing = false;
  expect(await guarded.fetch(0, 1)).toEqual([point]);
});

test('a success forgives earlier failures', async () => {
  const source = new Scripted();
  const guarded = withBreaker(source, 'lifecycle', { clock: new FakeClock(), log });
  for (const failing of [true, true, false, true, true, false]) {
    source.failing = failing;
    await guarded.fetch(0, 1).catch(() => {});
  }
  expect(await guarded.fetch(0, 1)).toEqual([point]);
});

test('a fetch that we broke off ourselves is no failure of the source', async () => {
  const source = new Scripted();
  const guarded = withBreaker(source, 'lifecycle', { clock: new FakeClock(), log });
  for (let n = 0; n < 5; n++) await guarded.fetch(0, 1, AbortSignal.abort()).catch(() => {});
  expect(source.calls).toBe(5);
});

test('a source of the other factor type is refused, never mixed in', async () => {
  const source = new Scripted();
  source.failing = false;
  source.points = [point, { ...point, factorType: 'direct' }];
  const guarded = withBreaker(source, 'lifecycle', { clock: new FakeClock(), log });
  await expect(guarded.fetch(0, 1)).rejects.toThrow('scripted gave direct factors, the studio counts lifecycle');
});

test('a French studio asks RTE and falls back on the ADEME average', () => {
  const clock = new FakeClock();
  const { sources, fallback } = createIntensity('FR', 'lifecycle', { clock, log });
  expect(sources.map(({ provider }) => provider)).toEqual(['rte-odre']);
  expect(fallback).toMatchObject({
    zone: 'FR',
    gramsPerKwh: 51.9,
    factorType: 'lifecycle',
    basis: 'consumption',
    status: 'static',
    provider: 'static-ademe-2021-2024',
  });
});

test('elsewhere the yearly average of the country is all there is, and of an unknown country nothing', () => {
  const clock = new FakeClock();
  expect(createIntensity('CH', 'lifecycle', { clock, log })).toMatchObject({
    sources: [],
    fallback: { zone: 'CH', gramsPerKwh: 36.72, provider: 'static-ember-2024' },
  });
  expect(createIntensity('AQ', 'lifecycle', { clock, log })).toEqual({ sources: [], fallback: null });
});

test('with direct factors there is no average to fall back on: they are all lifecycle', () => {
  const { sources, fallback } = createIntensity('FR', 'direct', { clock: new FakeClock(), log });
  expect(sources.map(({ provider }) => provider)).toEqual(['rte-odre-direct']);
  expect(fallback).toBeNull();
});

test('every factor and average says where it is from', () => {
  for (const { gramsPerKwh, source } of [...Object.values(FRENCH_LIFECYCLE), ...YEARLY_AVERAGES.values()]) {
    expect(gramsPerKwh).toBeGreaterThan(0);
    expect(source).not.toBe('');
  }
});

test('a grid of one fuel has the intensity of that fuel, and a grid without production none', () => {
  const nothing = { nuclear: 0, hydro: 0, wind: 0, solar: 0, gas: 0, oil: 0, coal: 0, biomass: 0 };
  expect(mixIntensity({ ...nothing, wind: 7 }, FRENCH_LIFECYCLE)).toBe(12.62);
  expect(mixIntensity({ ...nothing, nuclear: 1, gas: 1 }, FRENCH_LIFECYCLE)).toBeCloseTo((5.13 + 498.34) / 2, 10);
  expect(mixIntensity(nothing, FRENCH_LIFECYCLE)).toBeNull();
});
