import { afterEach, beforeEach, expect, test } from 'vitest';
import { EdfIslands } from '../../adapters/carbon/edf-islands.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { GridStub } from '../support/grid-stub.ts';

const QUARTER_MS = 15 * 60_000;
const NOW = Date.UTC(2026, 10, 24, 12);
const FROM = NOW - 3_600_000;
let clock: FakeClock;
let stub: GridStub;
let baseUrl: string;
beforeEach(async () => {
  clock = new FakeClock(NOW);
  stub = new GridStub();
  baseUrl = await stub.start();
});
afterEach(() => stub.stop());

const source = (zone: string, factorType: 'lifecycle' | 'direct' = 'lifecycle') =>
  new EdfIslands({ clock, baseUrl, zone, factorType });
const at = (minutes: number) => new Date(FROM + minutes * 60_000).toISOString().replace('.000Z', '+00:00');
const ROW = { date: at(0), statut: 'Estimé', total: 400 };

/** A real-sized mix of each territory, with what it gives by hand: g/kWh, and the share of water, sun, wind and earth. */
const TERRITORIES = [
  [
    'FR-COR',
    'corse',
    'production-delectricite-par-filiere-en-temps-reel',
    {
      moteur_diesel: 100,
      tac: 20,
      hydraulique: 60,
      micro_hydro: 10,
      photovoltaique: 8,
      eolien: 1,
      bioenergies: 1,
      liaisons: 120,
    },
    (120 * 650 + 70 * 24 + 8 * 45 + 11 + 230) / 200,
    79 / 200,
  ],
  [
    'RE',
    'reunion',
    'prod-electricite-temps-reel',
    {
      bioenergies: 10,
      charbon: 120,
      diesel: 100,
      turbines_combustion: 20,
      hydraulique: 100,
      photovoltaique: 40,
      eolien: 10,
    },
    (230 * 230 + 20 * 650 + 100 * 24 + 40 * 45 + 10 * 11) / 400,
    150 / 400,
  ],
  [
    'GF',
    'guyane',
    'production-d-electricite-par-filiere-en-temps-reel',
    { bioenergies: 5, hydraulique: 80, moteur_diesel: 10, tac: 0, photovoltaique: 5 },
    (5 * 230 + 80 * 24 + 10 * 650 + 5 * 45) / 100,
    85 / 100,
  ],
  [
    'MQ',
    'martinique',
    'production-delectricite-par-filiere-en-temps-reel',
    { bioenergies: 40, eolien: 10, hydraulique: 0, moteurs_diesels: 130, photovoltaique: 10, turbines_combustion: 10 },
    (40 * 230 + 10 * 11 + 140 * 650 + 10 * 45) / 200,
    20 / 200,
  ],
  [
    'GP',
    'guadeloupe',
    'mix-temps-reel-guadeloupe',
    {
      charbon: 20,
      bioenergies: 20,
      diesel: 120,
      turbines_combustion: 0,
      hydraulique: 5,
      photovoltaique: 5,
      eolien: 15,
      geothermie: 15,
    },
    (20 * 820 + 20 * 230 + 120 * 650 + 5 * 24 + 5 * 45 + 15 * 11 + 15 * 38) / 200,
    40 / 200,
  ],
] as const;

test.each(TERRITORIES)('%s is its mix times the factors', async (zone, name, dataset, mix, grams, lowCarbonShare) => {
  stub.reply = () => ({ body: [{ ...ROW, ...mix }] });
  expect(await source(zone).fetch(FROM, NOW)).toEqual([
    {
      zone,
      startMs: FROM,
      endMs: FROM + QUARTER_MS,
      gramsPerKwh: expect.closeTo(grams, 9),
      factorType: 'lifecycle',
      basis: 'production',
      status: 'estimated',
      provider: `edf-${name}`,
      fetchedAtMs: NOW,
      lowCarbonShare,
    },
  ]);
  expect(stub.requests[0]?.pathname).toBe(`/api/explore/v2.1/catalog/datasets/${dataset}/exports/json`);
  expect(stub.requests[0]?.searchParams.get('timezone')).toBe('UTC');
  expect(await source(zone, 'direct').fetch(FROM, NOW)).toMatchObject([
    { factorType: 'direct', provider: `edf-${name}-direct` },
  ]);
});

const REUNION = { ...ROW, ...TERRITORIES[1][3] };

test('what is not said to be estimated is measured', async () => {
  stub.reply = () => ({ body: [{ ...REUNION, statut: 'Validé' }] });
  expect(await source('RE').fetch(FROM, NOW)).toMatchObject([{ status: 'measured' }]);
});

test('of rows every five minutes those on the quarter hour count', async () => {
  stub.reply = () => ({ body: [0, 5, 10, 15, 20].map((minutes) => ({ ...REUNION, date: at(minutes) })) });
  expect(await source('RE').fetch(FROM, NOW)).toHaveLength(2);
});

test('a fuel whose column has another name is told, not taken for nothing', async () => {
  const { diesel: _, ...others } = REUNION;
  stub.reply = () => ({ body: [{ ...others, moteurs: 100 }] });
  await expect(source('RE').fetch(FROM, NOW)).rejects.toThrow(
    'EDF open data (reunion) has no value for us: its rows have no diesel',
  );
});

test('no rows are no points', async () => {
  stub.reply = () => ({ body: [] });
  expect(await source('RE').fetch(FROM, NOW)).toEqual([]);
});

test('an error that comes with 200 is told in its words', async () => {
  const reset_time = '2026-11-24T13:00:00+00:00';
  stub.reply = () => ({ body: { errorcode: '10002', error: 'Too many requests', reset_time } });
  const failure = await source('RE')
    .fetch(FROM, NOW)
    .catch((error) => error);
  expect(failure.message).toContain(`Too many requests, quota until ${reset_time}`);
  expect(failure.restMs).toBe(3_600_000);
});

test('a zone without a portal can not be asked', () => {
  expect(() => source('FR')).toThrow('no portal');
});
