import { describe, expect, test } from 'vitest';
import { badge, COLOURS, LANGUAGES } from '../../api/badge.ts';
import type { Footprint } from '../../model/emissions.ts';
import { LIMITS, letterOf, rankOf, type Scored, scoreOf, together } from '../../model/score.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 10, 24, 12);

function onAir(wh: number, gramsPerKwh: number, more: Partial<Footprint> = {}): Footprint {
  return {
    ...{ wh, grams: (wh * gramsPerKwh) / 1000, coverage: 1, counterWh: wh, integratedWh: 0, gapWh: 0, unpricedWh: 0 },
    origins: [{ provider: 'rte-odre', factorType: 'lifecycle', status: 'measured', wh }],
    ...more,
  };
}
const scored = (more: Partial<Scored> = {}): Scored => ({
  onAirMs: 2 * HOUR_MS,
  onAir: onAir(800, 51.9),
  endedAtMs: NOW - 2 * DAY_MS,
  audienceGramsPerViewerHour: null,
  ...more,
});
const score = (more: Partial<Scored> = {}) => scoreOf(scored(more), NOW);

describe('the letters', () => {
  test('of the French studio of 400 W: energy D, climate B, overall D', () => {
    const french = score();
    expect(french.gramsPerLiveHour).toBeCloseTo(20.76, 6);
    expect(french).toMatchObject({ whPerLiveHour: 400, energy: 'D', climate: 'B', overall: 'D', provisional: false });
  });

  test('of a frugal studio on coal: energy A, climate far worse, and the worse one counts', () => {
    expect(score({ onAir: onAir(100, 900) })).toMatchObject({ energy: 'A', climate: 'C', overall: 'C' });
  });

  test.each([
    ['energy', 60, 61, 2000, 2001],
    ['climate', 12, 13, 400, 401],
    ['audience', 6, 7, 100, 101],
  ] as const)('of %s change above each limit', (name, a, b, f, g) => {
    expect([0, a, b, f, g].map((value) => letterOf(value, LIMITS[name]))).toEqual(['A', 'A', 'B', 'F', 'G']);
    for (const [index, limit] of LIMITS[name].entries()) expect(letterOf(limit, LIMITS[name])).toBe('ABCDEF'[index]);
  });

  test('of the audience are by grams per viewer-hour, and never in the overall letter', () => {
    expect(score({ audienceGramsPerViewerHour: 55 })).toMatchObject({ audience: 'E', overall: 'D' });
  });

  test('of the audience follow the same rules', () => {
    const audience = (more: Partial<Scored>) => score({ audienceGramsPerViewerHour: 55, ...more }).audience;
    expect(audience({ onAirMs: 599_000 })).toBeNull();
    expect(audience({ onAir: onAir(800, 51.9, { coverage: 0.899 }) })).toBeNull();
    const yearly = { provider: 'x', factorType: 'lifecycle', status: 'static', wh: 800 } as const;
    expect(audience({ onAir: onAir(800, 51.9, { origins: [yearly] }) })).toBeNull();
    // Its own grid is modelled: that of the studio may count direct emissions.
    expect(
      audience({ onAir: onAir(800, 51.9, { origins: [{ ...yearly, factorType: 'direct', status: 'estimated' }] }) }),
    ).toBe('E');
  });

  test('are not given below 90 % coverage or ten minutes, and it is said why', () => {
    const unwatched = score({ onAir: onAir(800, 51.9, { coverage: 0.899 }) });
    expect(unwatched).toMatchObject({ energy: null, climate: null, overall: null });
    expect(unwatched.because).toEqual(['89 % of the time on air was watched: it takes 90 %']);
    expect(score({ onAir: onAir(800, 51.9, { coverage: 0.9 }) }).energy).toBe('D');
    const short = score({ onAirMs: 599_000 });
    expect(short).toMatchObject({ energy: null, because: ['9 minutes on air: it takes 10'] });
    expect(score({ onAirMs: 600_000 }).energy).not.toBeNull();
  });

  test('of climate are not made of a yearly average, of direct factors or of energy without intensity', () => {
    const origin = { provider: 'x', factorType: 'lifecycle' as const, status: 'static' as const, wh: 800 };
    for (const origins of [[origin], [{ ...origin, factorType: 'direct' as const, status: 'measured' as const }], []]) {
      const energyOnly = score({ onAir: onAir(800, 51.9, { origins }) });
      expect(energyOnly).toMatchObject({ energy: 'D', climate: null, overall: null });
      expect(energyOnly.because[0]).toContain('yearly averages do not count');
    }
  });

  test('are provisional while it runs and for a day after', () => {
    expect(score({ endedAtMs: null }).provisional).toBe(true);
    expect(score({ endedAtMs: NOW - DAY_MS + 1 }).provisional).toBe(true);
    expect(score({ endedAtMs: NOW - DAY_MS }).provisional).toBe(false);
  });
});

describe('the rank among earlier lives', () => {
  const withWatts = (watts: number) => score({ onAir: onAir(2 * watts, 50) });

  test('is the share of them that took more', () => {
    const others = [100, 200, 300, 400].map(withWatts);
    expect(rankOf(withWatts(150), others)).toEqual({ energy: 0.75, climate: 0.75, lives: 4 });
    expect(rankOf(withWatts(200), others).energy).toBe(0.625);
  });

  test('leaves out lives without letters, and is not known without others', () => {
    expect(rankOf(withWatts(150), [score({ onAirMs: 1 })])).toEqual({ energy: null, climate: null, lives: 0 });
  });
});

test('a month is scored by all its lives as one', () => {
  const session = { startedAtMs: 0, endedAtMs: 1 } as never;
  const live = (wh: number, hours: number, coverage: number) => ({
    ...{ session, endMs: NOW, onAirMs: hours * HOUR_MS, whole: onAir(0, 0) },
    onAir: onAir(wh, 50, { coverage }),
  });
  const month = together([live(300, 1, 1), live(900, 3, 0.9)]);
  expect(month.onAir).toMatchObject({ wh: 1200, grams: 60, origins: [{ wh: 1200 }] });
  expect(month.onAir.coverage).toBeCloseTo(0.925, 9);
  expect(scoreOf({ ...month, audienceGramsPerViewerHour: null }, NOW + 2 * DAY_MS)).toMatchObject({
    whPerLiveHour: 300,
    energy: 'D',
    climate: 'B',
  });
  expect(together([]).onAir.wh).toBe(0);
});

describe('the badge', () => {
  const of = { atMs: NOW, span: 'day' as const };

  test.each(LANGUAGES)('in %s is an image with the letter, the day and what it grades', (language) => {
    const svg = badge(score(), of, language, 'Europe/Paris');
    expect(svg).toMatch(/^<svg .*<title>offair · .+ · 24\/11\/2026: D<\/title>.*>D<\/text>.*<\/svg>\n$/s);
    expect(svg).toContain(language === 'fr' ? 'énergie et climat' : 'energy and climate');
    expect(svg.match(/<(\w+)/g)?.length).toBe((svg.match(/<\/\w+>|\/>/g) ?? []).length);
  });

  test('says when it may still change, when it grades energy only, and when there is no letter', () => {
    expect(badge(score({ endedAtMs: null }), of, 'fr', 'Europe/Paris')).toContain('provisoire');
    const energyOnly = score({ onAir: onAir(800, 51.9, { origins: [] }) });
    expect(badge(energyOnly, of, 'en', 'Europe/Paris')).toContain('<title>offair · energy · 24/11/2026: D</title>');
    expect(badge(score({ onAirMs: 1 }), of, 'fr', 'Europe/Paris')).toContain(': pas de note</title>');
    const month = { ...of, span: 'month' as const };
    expect(badge(score(), month, 'fr', 'Europe/Paris')).toContain('novembre 2026: D');
  });

  test('can be read: 4.5 to 1 on every colour', () => {
    const luminance = (hex: string) => {
      const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
        const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (const [letter, { field, ink }] of Object.entries(COLOURS)) {
      const [dark = 0, light = 0] = [luminance(field), luminance(ink)].sort((a, b) => a - b);
      expect((light + 0.05) / (dark + 0.05), letter).toBeGreaterThan(4.5);
    }
  });
});
