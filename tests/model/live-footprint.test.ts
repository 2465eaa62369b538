import { describe, expect, test } from 'vitest';
import { audienceOf } from '../../model/audience.ts';
import { embodiedGrams, kitOfPlugs } from '../../model/hardware.ts';
import {
  type Component,
  gramsOf,
  type LiveFacts,
  liveFootprint,
  type NetworkModel,
} from '../../model/live-footprint.ts';
import { LADDER_MBPS, liveParameters, type ParameterName, SIXTY_FRAMES } from '../../model/live-parameters.ts';
import { sciOf } from '../../model/sci.ts';
import { estimate, estimateDifference, twoFigures } from '../../model/uncertainty.ts';

const FACTS: LiveFacts = { onAirHours: 0, viewerHours: 1, sentGigabytes: 0, replayYears: 0, hardwareGrams: [] };

/** Grams of one component for one viewer-hour, all parameters central but these. */
function central(
  component: Component,
  model: NetworkModel,
  changed: Partial<Record<ParameterName, number>>,
  country = 'FR',
  facts = FACTS,
): number {
  const parameters = liveParameters(country);
  const values = Object.fromEntries(Object.entries(parameters).map(([name, { central: value }]) => [name, value]));
  return gramsOf(component, facts, { ...values, ...changed } as Record<ParameterName, number>, model);
}
const PHONES = { tabletShare: 0, computerShare: 0 };

describe('a viewer-hour', () => {
  test.each([
    { rung: '360p', mbps: LADDER_MBPS['360p'], fr: [2.5, 6.7], eu: [8.3, 25.9], watts: [18.03, 2.1] },
    { rung: '540p', mbps: LADDER_MBPS['540p'], fr: [4.2, 11.1], eu: [13.9, 43.2], watts: [18.05, 2.7] },
    { rung: '720p', mbps: LADDER_MBPS['720p'], fr: [6.7, 17.8], eu: [22.2, 69.1], watts: [18.08, 3.6] },
    { rung: '720p60', mbps: LADDER_MBPS['720p'] * SIXTY_FRAMES, fr: [10.8, 28.9], eu: [36, 112], watts: [18.13, 5.1] },
    {
      rung: '1080p60',
      mbps: LADDER_MBPS['1080p'] * SIXTY_FRAMES,
      fr: [16.7, 44.4],
      eu: [55.5, 173],
      watts: [18.2, 7.2],
    },
  ])('of $rung over the network: $fr g in France, $eu g in Europe, $watts W by the power model', (vector) => {
    const network = (model: NetworkModel, mobileShare: number, country: string, more = {}) =>
      central('network', model, { viewerMbps: vector.mbps, mobileShare, ...more }, country);
    const close = (found: number, expected: number | undefined) =>
      expect(Math.abs(found / (expected ?? 0) - 1)).toBeLessThan(0.012);
    for (const mobileShare of [0, 1]) {
      close(network('per-gb', mobileShare, 'FR'), vector.fr[mobileShare]);
      close(network('per-gb', mobileShare, 'CH'), vector.eu[mobileShare]);
      close(network('power', mobileShare, 'FR', { gridGramsPerKwh: 1000 }), vector.watts[mobileShare]);
    }
  });

  test('in France, on a phone: 4.6 g by Wi-Fi, 11.6 g on the mobile network', () => {
    const whole = (mobileShare: number) =>
      (['dataCentre', 'network', 'devices'] as const).reduce(
        (sum, component) => sum + central(component, 'per-gb', { ...PHONES, mobileShare }),
        0,
      );
    expect(whole(0)).toBeCloseTo(4.17 + 0.16 + 0.07 + 0.24, 1);
    expect(whole(1)).toBeCloseTo(11.6, 1);
    // 1000 viewers for two hours: about 9 kg and 23 kg.
    expect(2000 * whole(0)).toBeCloseTo(9280, -2);
    expect(2000 * whole(1)).toBeCloseTo(23_100, -2);
  });

  test('by the power model costs more by Wi-Fi than on the mobile network, and by gigabytes less', () => {
    const network = (model: NetworkModel, mobileShare: number) => central('network', model, { mobileShare });
    expect(network('per-gb', 1) / network('per-gb', 0)).toBeCloseTo(2.66, 2);
    expect(network('power', 0)).toBeGreaterThan(network('power', 1));
  });

  test('a lower resolution saves 2.5 g by gigabytes and next to nothing by the power model', () => {
    const saved = (model: NetworkModel) =>
      central('network', model, { viewerMbps: 1.6, mobileShare: 0 }) -
      central('network', model, { viewerMbps: 1, mobileShare: 0 });
    expect(saved('per-gb')).toBeCloseTo(2.5, 1);
    expect((saved('power') / 51.9) * 1000).toBeCloseTo(0.03, 3);
  });
});

describe('a whole live', () => {
  const facts = { ...FACTS, onAirHours: 2, viewerHours: 2000, sentGigabytes: null, replayYears: 1 };

  test('is the sum of its components, each with its band', () => {
    const live = liveFootprint(
      { ...facts, hardwareGrams: [{ low: 60, central: 86, high: 112 }] },
      liveParameters('FR'),
      'per-gb',
    );
    const components = Object.values(live.components);
    expect(components.reduce((sum, one) => sum + one.central, 0)).toBeCloseTo(live.total.central, 6);
    for (const { lowest, low, central, high, highest } of [...components, live.total, live.otherTotal]) {
      expect(lowest).toBeLessThanOrEqual(low);
      expect(low).toBeLessThanOrEqual(central);
      expect(central).toBeLessThanOrEqual(high);
      expect(high).toBeLessThanOrEqual(highest);
    }
    expect(live.components.hardware).toMatchObject({ low: 60, central: 86, high: 112 });
    // 6 Mbit/s for two hours.
    expect(live.components.upload.central).toBeCloseTo(5.4 * 9.27, 6);
    expect(live.components.replay.central).toBeCloseTo(5.4 * 0.9, 6);
    expect(live.deviceMaking.central).toBeGreaterThan(2000 * 29);
  });

  test('is surer of its upload where the bytes were counted', () => {
    const usual = liveFootprint(facts, liveParameters('FR'), 'per-gb').components.upload;
    const counted = liveFootprint({ ...facts, sentGigabytes: 5.4 }, liveParameters('FR'), 'per-gb').components.upload;
    expect(counted.central).toBeCloseTo(usual.central, 6);
    expect(counted.high).toBeLessThan(usual.high);
  });

  test('without viewers has only its own side', () => {
    const live = liveFootprint({ ...facts, viewerHours: 0 }, liveParameters('FR'), 'per-gb');
    expect(live.components.network).toEqual({ lowest: 0, low: 0, central: 0, high: 0, highest: 0 });
    expect(live.components.dataCentre.central).toBeCloseTo(((2 * 100 * 1.3) / 1000) * 51.9, 6);
  });

  test('doubles with its length and its viewers', () => {
    const once = liveFootprint(facts, liveParameters('FR'), 'power').total;
    const twice = liveFootprint({ ...facts, onAirHours: 4, viewerHours: 4000 }, liveParameters('FR'), 'power').total;
    for (const end of ['low', 'central', 'high', 'highest'] as const) expect(twice[end]).toBeCloseTo(2 * once[end], 6);
  });
});

describe('a band', () => {
  test('of a product is exp(±√Σ ln²) of its factors, within the product of all lows and all highs', () => {
    const factors = { a: { low: 1, central: 2, high: 4 }, b: { low: 5, central: 10, high: 30 } };
    const found = estimate(factors, ({ a, b }) => a * b);
    expect(found.high).toBeCloseTo(20 * Math.exp(Math.hypot(Math.log(2), Math.log(3))), 9);
    expect(found.low).toBeCloseTo(20 * Math.exp(-Math.hypot(Math.log(2), Math.log(2))), 9);
    expect(found).toMatchObject({ central: 20, lowest: 5, highest: 120 });
  });

  test('knows a factor that lowers the result, and one that is known exactly', () => {
    const one = { low: 1, central: 2, high: 4 };
    expect(estimate({ one, sure: { low: 3, central: 3, high: 3 } }, (v) => v.sure / v.one)).toMatchObject({
      central: 1.5,
      lowest: 0.75,
      highest: 3,
    });
  });

  test('of a difference may lie on both sides of zero', () => {
    const a = { low: 8, central: 10, high: 12 };
    expect(estimateDifference({ a, b: a }, (v) => v.a - v.b)).toEqual({
      low: -Math.hypot(2, 2),
      central: 0,
      high: Math.hypot(2, 2),
    });
  });

  test('is shown with two figures', () => {
    expect([0, 4.637, 11.57, 23_123, 0.0123].map(twoFigures)).toEqual([0, 4.6, 12, 23_000, 0.012]);
  });
});

describe('the making of equipment', () => {
  test('costs a desktop 5.1 g per hour of its life and 86 g per hour of use at ten hours a week', () => {
    const grams = (allocation: 'calendar' | 'use-hours') =>
      embodiedGrams([{ item: 'desktop', count: 1, kgCo2e: 268.5 }], 1, 10, allocation)[0]?.grams.central;
    expect(grams('calendar')).toBeCloseTo(5.1, 1);
    expect(grams('use-hours')).toBeCloseTo(86, 0);
  });

  test("is the maker's figure where it is given, and a marked assumption where there is none", () => {
    const [own, guess] = embodiedGrams(
      [
        { item: 'camera', count: 2, kgCo2e: 55, lifeYears: 8 },
        { item: 'camera', count: 2 },
      ],
      2,
      10,
      'use-hours',
    );
    expect(own).toMatchObject({ assumed: false, source: "the maker's figure, as configured" });
    expect(own?.grams.low).toBe(own?.grams.high);
    expect(guess?.assumed).toBe(true);
    expect((guess?.grams.high ?? 0) / (guess?.grams.central ?? 1)).toBeCloseTo(150 / 70, 9);
  });

  test('is guessed from the plugs where no list was made', () => {
    expect(kitOfPlugs(['light', 'light', 'pc', 'other'])).toEqual([
      { item: 'led-panel', count: 2 },
      { item: 'desktop', count: 1 },
    ]);
  });

  test('makes 28 g an hour of a ton over four years, as in the example of the SCI specification', () => {
    const [server] = embodiedGrams([{ item: 'desktop', count: 1, kgCo2e: 1000, lifeYears: 4 }], 1, 10, 'calendar');
    expect(server?.grams.central).toBeCloseTo(28.5, 1);
  });
});

describe('the audience', () => {
  const HOUR_MS = 3_600_000;
  const spans = [{ startMs: 0, endMs: HOUR_MS }];

  test('is each figure until the next one, on air only', () => {
    const said = [
      { atMs: 0, viewers: 100 },
      { atMs: HOUR_MS / 2, viewers: 300 },
      { atMs: 2 * HOUR_MS, viewers: 9000 },
    ];
    expect(audienceOf(said, spans)).toMatchObject({ viewerHours: 200, meanViewers: 200, guessedShare: 0 });
  });

  test('before its first figure is counted with it, and says so', () => {
    expect(audienceOf([{ atMs: HOUR_MS / 4, viewers: 80 }], spans)).toEqual({
      viewerHours: 80,
      meanViewers: 80,
      peakViewers: 80,
      figures: 1,
      guessedShare: 0.25,
    });
  });

  test('is not known when nobody said anything: not zero', () => {
    expect(audienceOf([], spans)).toBeNull();
    expect(audienceOf([{ atMs: 0, viewers: 0 }], spans)?.viewerHours).toBe(0);
  });
});

describe('the SCI block', () => {
  const studio = {
    ...{ wh: 800, grams: 41.52, coverage: 1, counterWh: 800, integratedWh: 0, gapWh: 0, unpricedWh: 0 },
    origins: [{ provider: 'rte-odre', factorType: 'lifecycle' as const, status: 'measured' as const, wh: 800 }],
  };

  test('is (E × I + M) per R, without offsets and contracts', () => {
    const sci = sciOf(studio, 100, 0, { unit: 'live-hour', count: 2 });
    expect(sci?.sci).toBeCloseTo((0.8 * 51.9 + 100) / 2, 9);
    expect(sci?.I_g_per_kWh).toBeCloseTo(51.9, 9);
    expect(sci).toMatchObject({
      unit: 'gCO2e/live-hour',
      E_kWh: 0.8,
      M_g: 100,
      quantification: 'measured',
      excluded: ['market-based', 'offsets'],
      version: 'ISO/IEC 21031:2024',
    });
  });

  test('is not made of nothing, nor of energy whose intensity is not known', () => {
    expect(sciOf(studio, 100, 0, { unit: 'viewer-hour', count: 0 })).toBeNull();
    expect(sciOf({ ...studio, unpricedWh: 1 }, 0, 0, { unit: 'live-hour', count: 2 })).toBeNull();
  });
});
