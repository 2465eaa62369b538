import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatOf } from '../../api/report/format.ts';
import { PAGE_POLICY, page } from '../../api/report/page.ts';
import { chromiumIsThere, launchChromium } from '../support/chromium.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { reportOfStory } from './live.ts';

const HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)> & \u202egnissap \u0007';

describe('the page of a report', () => {
  test('writes French as French: commas, narrow spaces, dates', async () => {
    const text = page(await reportOfStory(), 'fr');
    expect(text).toContain('<html lang="fr">');
    expect(text).toContain('1,32\u202fkWh');
    expect(text).toContain('46,9\u202fg CO₂e');
    expect(text).toContain('24 novembre 2026');
    expect(text).toContain('18:00');
    expect(text).toContain('1\u202fh\u202f58\u202fmin à l’antenne');
    expect(text).toContain('1\u202f168');
    expect(text).toContain('Au-delà du studio');
    expect(text).toContain('Fourchette du mesuré\u00a0: ±1\u202f%');
    const format = formatOf('fr', 'Europe/Paris');
    expect(format.day('2026-12-01T12:00:00Z')).toBe('1er décembre 2026');
    expect(format.day('2026-12-21T12:00:00Z')).toBe('21 décembre 2026');
    expect(format.span('2026-10-31T22:30:00Z', '2026-11-01T01:00:00Z')).toContain('1er novembre 2026');
  });

  test('writes English as English', async () => {
    const text = page(await reportOfStory(), 'en');
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('1.32\u00a0kWh');
    expect(text).toContain('46.9\u00a0g CO₂e');
    expect(text).toContain('24 November 2026');
    expect(text).toContain('1,168');
    expect(text).toContain('Beyond the studio');
  });

  test('marks what is measured and what is modelled, with bands and where it is from', async () => {
    const text = page(await reportOfStory(), 'en');
    expect(text).toContain('Measured and modelled stand side by side and are never added up.');
    // As people know it, not as the API names it.
    expect(text).toContain('RTE éCO2mix');
    expect(text).not.toContain('rte-odre');
    expect(text).toContain('whole life cycle');
    expect(text).toContain('estimated');
    expect(text).toContain('100% of the time was measured');
    expect(text).toContain('RTE – éCO2mix / ODRÉ');
    expect(text).toContain('ADEME, Impact CO2');
  });

  test('says that it was revised, that it is a demo, that it is provisional', async () => {
    const revised = page(await reportOfStory({ gramsPerKwh: () => 40, saidAtItsEnd: () => 30, demo: true }), 'fr');
    expect(revised).toContain('Révisé le 24 novembre 2026');
    expect(revised).toContain('+13,2\u202fg');
    expect(revised).toContain('DÉMO');
    expect(revised).toContain('Provisoire');
    const final = page(await reportOfStory({ nowMs: Date.parse('2026-11-27T12:00:00Z') }), 'fr');
    expect(final).not.toContain('Provisoire');
  });

  test('shows a hostile title as the text that it is', async () => {
    const text = page(await reportOfStory({ title: HOSTILE }), 'en');
    expect(text).not.toMatch(/<script|<img|onerror=alert\(2\)>/);
    expect(text).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(text).not.toContain('\u202e');
  });

  test('has no script, no inline style and no address but namespaces', async () => {
    const text = page(await reportOfStory(), 'fr');
    expect(text).not.toMatch(/<script|\son\w+=|\sstyle=|<link|@import|https?:\/\//);
    expect(PAGE_POLICY).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+=*'/);
  });

  test.each([
    ['without viewers', { viewers: [] }, 'needs the number of viewers'],
    ['without a known grid', { gramsPerKwh: null }, 'The carbon intensity of the grid is not known for this live.'],
    ['with a gap', { gap: [60, 120] as [number, number] }, 'Only 66% of the time was measured'],
    ['of two minutes', { phases: [['live', 2]] as ['live', number][] }, 'It takes 10 minutes on air for a grade.'],
    ['that never was on air', { phases: [['setup', 20]] as ['setup', number][], viewers: [] }, 'never on air'],
  ])('of a live %s says so, and nothing is NaN', async (_, story, expected) => {
    const text = page(await reportOfStory(story), 'en');
    expect(text).toContain(expected);
    expect(text).not.toMatch(/NaN|undefined|Infinity|\bnull\b/);
  });
});

describe.skipIf(!chromiumIsThere)('in a browser', () => {
  const folder = tempFolder();
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test.each([
    ['fr', 'light', 1280],
    ['en', 'dark', 390],
  ] as const)(
    '%s, %s, %i px wide: styled, accessible, nothing refused, nothing asked for',
    async (language, colorScheme, width) => {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 844 } });
      const tab = await context.newPage();
      const sins: string[] = [];
      tab.on('console', (message) => sins.push(message.text()));
      tab.on('pageerror', (error) => sins.push(error.message));
      const file = join(folder, `${language}.html`);
      tab.on('request', (request) => {
        if (request.url() !== `file://${file}`) sins.push(request.url());
      });
      writeFileSync(file, page(await reportOfStory({ title: `${HOSTILE} ${'é'.repeat(300)} 😀 مباشر` }), language));
      await tab.goto(`file://${file}`);
      expect(await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      // The policy of the page lets its own style through.
      const round = () => getComputedStyle(document.querySelector('.card') as Element).borderRadius;
      expect(await tab.evaluate(round)).toBe('16px');
      await tab.evaluate(axe.source);
      const { violations } = (await tab.evaluate('axe.run(document)')) as AxeResults;
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      expect(sins).toEqual([]);
      await context.close();
    },
  );
});
