import { describe, expect, test } from 'vitest';
import { QuarterReport as Schema } from '../../api/quarter-schema.ts';
import { compare } from '../../model/compare.ts';
import type { Pricing } from '../../model/emissions.ts';
import { EMPTY_ENERGY, type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { measuredLive } from '../../model/lives.ts';
import type { SessionRecord } from '../../model/ports.ts';
import { isoWeek, QuarterEnergy, type QuarterReport, quarterReport, quarterSpan } from '../../model/quarter.ts';

const HOUR_MS = 3_600_000;
const PARIS = 'Europe/Paris';
const price = (startMs: number): IntensityPoint => ({
  ...{ zone: 'FR', startMs, endMs: startMs + QUARTER_HOUR_MS, gramsPerKwh: 50, factorType: 'lifecycle' },
  ...{ basis: 'production', status: 'measured', provider: 'rte-odre', fetchedAtMs: 0 },
});

/** Each live is an hour at 20:00 UTC on its day, with a light of so many watts and a PC of 200 W; 10 W a day between. */
function reportOf(
  lives: { day: string; lightWatts: number; viewers?: number }[],
  nowMs = Date.UTC(2027, 1, 1),
  gridOf: Pricing = price,
) {
  const slices: EnergySlice[] = [];
  const made = lives.map(({ day, lightWatts, viewers }) => {
    const fromMs = Date.parse(`${day}T20:00:00Z`);
    const own: EnergySlice[] = [];
    for (const [plug, watts] of [
      ['secret-lamp', lightWatts],
      ['secret-pc', 200],
    ] as const) {
      for (let quarter = 0; quarter < 4; quarter++) {
        const slice = { plug, ...EMPTY_ENERGY, coveredMs: QUARTER_HOUR_MS, counterWh: watts / 4 };
        own.push({ ...slice, startMs: fromMs + quarter * QUARTER_HOUR_MS, sessionId: day, phase: 'live' });
        const idle = { ...slice, counterWh: 10 / 4, startMs: fromMs - (4 - quarter) * QUARTER_HOUR_MS };
        slices.push({ ...idle, sessionId: null, phase: 'standby' });
      }
    }
    slices.push(...own);
    const session: SessionRecord = {
      ...{ id: `secret-${day}`, title: 'Secret show', startedAtMs: fromMs, endedAtMs: fromMs + HOUR_MS },
      ...{ phases: [{ phase: 'live', atMs: fromMs }], audience: [], startedBy: 'secret-person', endedBy: null },
    };
    const audience = viewers === undefined ? null : { grams: viewers * 8, viewerHours: viewers };
    return { live: measuredLive(session, own, gridOf, nowMs), audience };
  });
  const energy = new QuarterEnergy((plug) => (plug === 'secret-lamp' ? 'light' : 'pc'));
  energy.add(slices, gridOf);
  return quarterReport({ ...{ quarter: '2026Q4', country: 'FR', timeZone: PARIS, nowMs, energy }, lives: made });
}
const LIVES = [
  { day: '2026-11-23', lightWatts: 300, viewers: 1000 },
  { day: '2026-11-29', lightWatts: 300 },
  { day: '2026-11-30', lightWatts: 100 },
];
const USUAL = reportOf(LIVES);

describe('the report of a quarter', () => {
  test('has what a studio took, rounded to three figures, by the week', () => {
    expect(USUAL).toMatchObject({
      ...{ schema: 'offair-quarter/1', quarter: '2026Q4', country: 'FR', sizeClass: 'S', complete: true },
      ...{ lives: 3, onAirHours: 3, kwh: 1.36, coverage: 1 },
      items: {
        ...{ whPerLiveHour: 433, gramsPerLiveHour: 21.7, gramsPerKwh: 50, gramsPerViewerHour: 8 },
        ...{ betweenLivesWatts: 20, betweenLivesShare: 0.0441, lightShare: 0.537 },
      },
      letters: { energy: 'D', climate: 'B', overall: 'D' },
      weeks: [
        { week: '2026-W48', lives: 2, onAirHours: 2, whPerLiveHour: 500 },
        { week: '2026-W49', lives: 1, onAirHours: 1, whPerLiveHour: 300 },
      ],
    });
    expect(USUAL.kgCo2e).toBeCloseTo(0.068, 9);
  });

  test('does not tell the island by the provider', () => {
    const corsican: Pricing = (startMs) => ({ ...price(startMs), zone: 'FR-COR', provider: 'edf-corse-direct' });
    const { intensityFrom } = reportOf(LIVES, undefined, corsican);
    expect(intensityFrom).toEqual([{ provider: 'edf-direct', factorType: 'lifecycle', share: 1 }]);
  });

  test('names nobody, and is of the published form', () => {
    expect(JSON.stringify(USUAL)).not.toMatch(/secret|Secret|T\d\d:|Z"/);
    expect(Schema.parse(JSON.parse(JSON.stringify(USUAL)))).toEqual(USUAL);
    expect(Schema.safeParse({ ...USUAL, studio: 'x' }).success).toBe(false);
    expect(Schema.safeParse({ ...USUAL, schema: 'offair-quarter/2' }).success).toBe(false);
  });

  test('of a quarter without a live says nothing that it does not know', () => {
    const empty = reportOf([]);
    for (const item of Object.values(empty.items)) expect(item).toBeNull();
    expect(empty).toMatchObject({
      lives: 0,
      coverage: null,
      kgCo2e: null,
      letters: { energy: null, overall: null },
      weeks: [],
    });
    expect(Schema.safeParse(empty).success).toBe(true);
  });

  test('tells no grams of energy whose intensity is not known', () => {
    const blind = reportOf(LIVES, undefined, () => null);
    expect(blind).toMatchObject({ kwh: 1.36, kgCo2e: null, items: { gramsPerKwh: null, gramsPerLiveHour: null } });
    expect(blind.letters).toMatchObject({ energy: 'D', climate: null });
  });

  test('says when the quarter is not over', () => {
    expect(reportOf(LIVES, Date.UTC(2026, 11, 1)).complete).toBe(false);
  });

  test('is of the local quarter', () => {
    const iso = (quarter: string) => Object.values(quarterSpan(quarter, PARIS)).map((ms) => new Date(ms).toISOString());
    expect(iso('2026Q4')).toEqual(['2026-09-30T22:00:00.000Z', '2026-12-31T23:00:00.000Z']);
    expect(iso('2027Q1')).toEqual(['2026-12-31T23:00:00.000Z', '2027-03-31T22:00:00.000Z']);
  });

  test('has the weeks of ISO 8601', () => {
    expect(['2026-11-29', '2026-11-30', '2027-01-01', '2027-01-04', '2024-12-30', '2021-01-03'].map(isoWeek)).toEqual([
      ...['2026-W48', '2026-W49', '2026-W53', '2027-W01', '2025-W01', '2020-W53'],
    ]);
  });
});

describe('the comparison', () => {
  const withWatts = (whPerLiveHour: number, more: Partial<QuarterReport> = {}): QuarterReport => ({
    ...USUAL,
    ...more,
    items: { ...USUAL.items, whPerLiveHour },
  });

  test('places a studio among those of its size, item by item', () => {
    const others = [200, 433, 600, 800].map((watts, index) => withWatts(watts, { lives: 10 + index }));
    const large = withWatts(5000, { sizeClass: 'XL' });
    const found = compare(USUAL, [...others, large, USUAL]);
    expect(found).toMatchObject({ sizeClass: 'S', reports: 4, notes: [] });
    expect(found.items[0]).toEqual({ item: 'whPerLiveHour', own: 433, median: 516.5, betterThan: 0.625, of: 4 });
  });

  test('takes all sizes where there are too few of its own, and says so', () => {
    const found = compare(USUAL, [withWatts(5000, { sizeClass: 'XL' })]);
    expect(found).toMatchObject({ sizeClass: null, reports: 1 });
    expect(found.notes[0]).toContain('all sizes');
  });

  test('follows the trend over the weeks', () => {
    const found = compare(USUAL, [
      withWatts(1, { weeks: [] }),
      reportOf([LIVES[0], LIVES[0]].flatMap((one) => one ?? [])),
    ]);
    expect(found.trend).toEqual({ own: -0.4, median: null, of: 0 });
  });

  test('says what limits it: countries, factor types, quarters, unfinished ones', () => {
    const other = withWatts(1, {
      ...{ country: 'DE', quarter: '2026Q3', complete: false },
      intensityFrom: [{ provider: 'neso', factorType: 'direct', share: 1 }],
    });
    expect(compare(USUAL, [other]).notes).toHaveLength(5);
  });

  test('knows no place in an item that a side does not know', () => {
    const blind = reportOf([{ day: '2026-11-23', lightWatts: 300 }]);
    const item = (own: QuarterReport, other: QuarterReport) =>
      compare(own, [other]).items.find((one) => one.item === 'gramsPerViewerHour');
    expect(item(blind, USUAL)).toMatchObject({ own: null, betterThan: null, of: 1 });
    expect(item(USUAL, blind)).toMatchObject({ own: 8, median: null, betterThan: null, of: 0 });
  });
});
