import { yearly2025 } from '@tgwf/co2/data/electricity-maps';
import pino from 'pino';
import { expect, test } from 'vitest';
import { withBreaker } from '../../adapters/carbon/breaker.ts';
import { createIntensity, type GridSettings, whyNot } from '../../adapters/carbon/index.ts';
import { ProviderClient } from '../../adapters/carbon/provider-client.ts';
import { yearlyAverage } from '../../adapters/carbon/static.ts';
import { IntensityUnavailable } from '../../model/errors.ts';
import { FRENCH_LIFECYCLE, mixIntensity, WORLD_LIFECYCLE } from '../../model/grid-factors.ts';
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

test('a source that asks to be left alone is left alone for that long', async () => {
  const clock = new FakeClock();
  let calls = 0;
  const refuse = async () => {
    calls += 1;
    throw new IntensityUnavailable('too many requests', 60_000);
  };
  const guarded = withBreaker({ provider: 'busy', fetch: refuse }, 'lifecycle', { clock, log });
  await expect(guarded.fetch(0, 1)).rejects.toThrow('too many requests');
  await clock.advance(59_999);
  await expect(guarded.fetch(0, 1)).rejects.toThrow('too many requests');
  expect(calls).toBe(1);
  await clock.advance(1);
  await expect(guarded.fetch(0, 1)).rejects.toThrow('too many requests');
  expect(calls).toBe(2);
});

test('a plan without forecasts does not cost the studio its measured grid', async () => {
  const source = new Scripted();
  source.failing = false;
  const forecast = () => Promise.reject(new IntensityUnavailable('not in the plan', 3_600_000));
  const guarded = withBreaker(Object.assign(source, { forecast }), 'lifecycle', { clock: new FakeClock(), log });
  await expect(guarded.forecast?.(0, 1)).rejects.toThrow('not in the plan');
  expect(await guarded.fetch(0, 1)).toEqual([point]);
});

test('a source without forecasts stays one', () => {
  expect(withBreaker(new Scripted(), 'lifecycle', { clock: new FakeClock(), log }).forecast).toBeUndefined();
});

test('a source of the other factor type is refused, never mixed in', async () => {
  const source = new Scripted();
  source.failing = false;
  source.points = [point, { ...point, factorType: 'direct' }];
  const guarded = withBreaker(source, 'lifecycle', { clock: new FakeClock(), log });
  await expect(guarded.fetch(0, 1)).rejects.toThrow('scripted gave direct factors, the studio counts lifecycle');
});

test('a secret that a provider repeats is not told, not even the half that fits', () => {
  const client = new ProviderClient({ who: 'Grid', clock: new FakeClock(), secrets: ['s3cr3t-t0k3n'] });
  expect(client.unavailable(`${'x'.repeat(294)}s3cr3t-t0k3n`).message).not.toContain('s3cr3t');
});

const noSecret = () => undefined;
const everySecret = (name: string) => `the-${name}`;

/** The providers of a grid, in order. */
function chain(settings: GridSettings, secret: (name: string) => string | undefined = noSecret): string[] {
  return createIntensity(settings, { clock: new FakeClock(), log, secret }).sources.map(({ provider }) => provider);
}

test('a French studio asks RTE, then Energy-Charts, and falls back on the ADEME average', () => {
  const grid = createIntensity({ zone: 'FR' }, { clock: new FakeClock(), log, secret: noSecret });
  expect(grid.sources.map(({ provider }) => provider)).toEqual(['rte-odre', 'energy-charts']);
  expect(grid.fallback).toMatchObject({
    zone: 'FR',
    gramsPerKwh: 51.9,
    factorType: 'lifecycle',
    basis: 'consumption',
    status: 'static',
    provider: 'static-ademe-2021-2024',
  });
});

test('providers with a token come in when there is one', () => {
  expect(chain({ zone: 'FR' }, everySecret)).toEqual(['rte-odre', 'energy-charts', 'electricity-maps', 'entsoe']);
  expect(chain({ zone: 'JP' }, everySecret)).toEqual(['electricity-maps']);
});

test.each([
  ['FR-COR', 'edf-corse', 546],
  ['RE', 'edf-reunion', 208],
  ['GP', 'edf-guadeloupe', 487],
  ['MQ', 'edf-martinique', 577],
  ['GF', 'edf-guyane', 442],
])('in %s it is the open data of EDF, and the average of the territory', (zone, provider, gramsPerKwh) => {
  expect(chain({ zone })).toEqual([provider]);
  expect(yearlyAverage(zone, 'lifecycle', 0)).toMatchObject({ zone, gramsPerKwh });
});

test.each(['DE', 'BE', 'CH', 'ES', 'IT', 'NL', 'LU'])('in %s it is Energy-Charts', (zone) => {
  expect(chain({ zone })).toEqual(['energy-charts']);
});

test('in Great Britain it is NESO, which counts direct emissions: so does the studio, and nobody else is mixed in', () => {
  expect(createIntensity({ zone: 'GB' }, { clock: new FakeClock(), log, secret: noSecret })).toMatchObject({
    factorType: 'direct',
    sources: [{ provider: 'neso' }],
    fallback: null,
  });
  expect(chain({ zone: 'GB', nesoRegion: 13 })).toEqual(['neso-regional']);
  expect(chain({ zone: 'GB' }, everySecret)).toEqual(['neso', 'electricity-maps-direct', 'entsoe-direct']);
  expect(chain({ zone: 'GB', factorType: 'lifecycle' })).toEqual(['energy-charts']);
});

test('elsewhere the yearly average is all there is without a token, and of an unknown country nothing', () => {
  const deps = { clock: new FakeClock(), log, secret: noSecret };
  expect(createIntensity({ zone: 'JP' }, deps)).toMatchObject({
    sources: [],
    fallback: { zone: 'JP', status: 'static' },
  });
  expect(createIntensity({ zone: 'AQ' }, deps)).toMatchObject({ sources: [], fallback: null });
});

test.each([
  ...[
    ['FR', 51.9],
    ['DE', 342],
    ['BE', 180],
    ['CH', 50],
    ['GB', 176],
    ['ES', 136],
    ['IT', 286],
    ['NL', 253],
  ],
  ...[
    ['LU', 212],
    ['FR-COR', 546],
    ['CA-QC', 41],
    ['CA-ON', 111],
  ],
] as const)('the yearly average of %s is %d g/kWh', (zone, gramsPerKwh) => {
  expect(yearlyAverage(zone, 'lifecycle', 0)).toMatchObject({ zone, gramsPerKwh, status: 'static' });
});

test('a part of a country without an average of its own has that of the country, or of its main grid', () => {
  expect(yearlyAverage('DE-BY', 'lifecycle', 0)).toMatchObject({ zone: 'DE', gramsPerKwh: 342 });
  expect(yearlyAverage('CL', 'lifecycle', 0)).toMatchObject({ zone: 'CL-SEN' });
});

test('every yearly average is one that a grid can have', () => {
  const units = Object.entries(yearly2025.data).map(([zone, { carbonIntensity }]) => {
    const { gramsPerKwh = Number.NaN } = yearlyAverage(zone, 'lifecycle', 0) ?? {};
    return gramsPerKwh > 0 && gramsPerKwh < 1500 ? carbonIntensity.unit : `${zone}: ${gramsPerKwh}`;
  });
  expect([...new Set(units)]).toEqual(['gCO2eq/kWh']);
});

test('with direct factors there is no average to fall back on: they are all lifecycle', () => {
  const settings = { zone: 'FR', factorType: 'direct' } as const;
  expect(chain(settings)).toEqual(['rte-odre-direct']);
  expect(createIntensity(settings, { clock: new FakeClock(), log, secret: noSecret }).fallback).toBeNull();
});

test('the studio may name its providers and their order', () => {
  expect(chain({ zone: 'FR', providers: ['energy-charts', 'rte-odre'] })).toEqual(['energy-charts', 'rte-odre']);
});

test('a provider that was named and has no token says which secret it needs', async () => {
  const settings: GridSettings = { zone: 'FR', providers: ['electricity-maps'] };
  const { sources } = createIntensity(settings, { clock: new FakeClock(), log, secret: noSecret });
  await expect(sources[0]?.fetch(0, 1)).rejects.toThrow("can't be asked: give the secret electricitymaps_token");
});

test('what a provider can not do is told before it is asked', () => {
  expect(whyNot('neso', { zone: 'GB' })).toBeNull();
  expect(whyNot('neso', { zone: 'FR' })).toContain('neso does not');
  expect(whyNot('neso', { zone: 'GB', factorType: 'lifecycle' })).toContain('neso has none');
});

test('every factor says where it is from', () => {
  for (const { gramsPerKwh, source } of [...Object.values(FRENCH_LIFECYCLE), ...Object.values(WORLD_LIFECYCLE)]) {
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
