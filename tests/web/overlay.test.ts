import axe from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../support/chromium.ts';
import { OVERLAY_TOKEN } from '../support/fake-api-deps.ts';
import { until } from '../support/until.ts';
import { eachVisit, overflow, reads } from './browser.ts';

const FULL_HD = { viewport: { width: 1920, height: 1080 } };

describe.skipIf(!chromiumIsThere)('the overlay (needs /usr/bin/chromium)', () => {
  const visit = eachVisit();
  beforeEach(() => {
    // The mixer of the studio in memory is never heard: without it the sum is complete.
    visit.studio.plugs.pop();
  });

  const open = (query = '', options: BrowserContextOptions = {}) =>
    visit.open(`/overlay${query}`, { ...FULL_HD, ...options });
  const item = (name: string) => `[data-item="${name}"] dd`;
  const goLive = async () => {
    await visit.studio.startSession({ title: 'Matinale', phase: 'live', by: 'test' });
  };
  const withMix = (lowCarbonShare: number) => {
    if (visit.studio.intensity) Object.assign(visit.studio.intensity, { lowCarbonShare });
  };

  test('is transparent but for its plate, and fits', async () => {
    const page = await open('?corner=bottom-left');
    await reads(page, item('watts'), '412W');
    expect(await alphaAt(page, 960, 200)).toBe(0);
    const plate = await page.locator('#overlay').boundingBox();
    // It appears in a short fade.
    const alpha = () => alphaAt(page, (plate?.x ?? 0) + 20, (plate?.y ?? 0) + 20);
    await until('the plate is there', async () => (await alpha()) > 180);
    expect(await overflow(page)).toBe(0);
  });

  test.each([
    ['', 1920, 1080],
    ['', 300, 200],
    ['?corner=top-right&theme=light', 200, 400],
    ['?size=xl&theme=clear&title=Le%20direct%20du%20soir', 640, 360],
  ])(
    '%s in a source of %i × %i px cuts nothing off, and is as large as asked where there is room',
    async (query, width, height) => {
      await visit.startServer();
      await goLive();
      visit.studio.demo = true;
      withMix(0.97);
      const page = await open(query, { viewport: { width, height }, locale: 'fr-FR' });
      await reads(page, item('watts'), '412W');
      await reads(page, '#demo', 'DÉMO');
      const cut = () =>
        page.evaluate(() =>
          [...document.querySelectorAll('#overlay, #overlay *')]
            .map((one) => [one.id || one.textContent, one.getBoundingClientRect()] as const)
            .filter(
              ([, { top, left, right, bottom }]) => top < 0 || left < 0 || right > innerWidth || bottom > innerHeight,
            )
            .map(([name]) => name),
        );
      await until('all of it is there', async () => (await cut()).length === 0);
      const px = await page.evaluate(() => Number.parseFloat(document.documentElement.style.fontSize));
      if (width === 1920) expect(px).toBe(20);
      else expect(px).toBeGreaterThan(6);
    },
  );

  test('shows watts, grams and letter, and what a change is within a second', async () => {
    await visit.startServer();
    await goLive();
    const { score } = visit.studio.insight;
    visit.studio.insight.score = async (id) => {
      const found = await score(id);
      return found && { ...found, score: { ...found.score, overall: 'B' } };
    };
    const page = await open('?lang=en');
    await reads(page, item('watts'), '412W');
    await reads(page, item('rate'), '13.4g/h');
    await reads(page, item('grams'), '2.7g');
    visit.studio.changed();
    await reads(page, item('letter'), 'B');

    Object.assign(visit.studio.plugs[1] ?? {}, { watts: 48.2 });
    const startedMs = visit.studio.clock.monotonicMs();
    visit.studio.changed();
    await reads(page, item('watts'), '312W');
    expect(visit.studio.clock.monotonicMs() - startedMs).toBeLessThan(1000);
  });

  test('says so when plugs are missing from the sum', async () => {
    Object.assign(visit.studio.plugs[2] ?? {}, { watts: null, online: false });
    const page = await open();
    await reads(page, item('watts'), '≥\u202f225W');
  });

  test('speaks of low-carbon electricity only where the data does, rounded down', async () => {
    const page = await open('?lang=en');
    // The studio's time, whatever the browser's is.
    const { startMs } = visit.studio.intensity ?? { startMs: 0 };
    const { timeZone } = visit.studio.studio;
    const time = new Date(startMs).toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
    await reads(page, '#source', `RTE éCO2mix · lifecycle · estimated ${time}`);
    expect(await page.locator('#lowcarbon').isVisible()).toBe(false);
    withMix(0.9599);
    visit.studio.changed();
    await reads(page, '#lowcarbon', 'Powered by 95% low-carbon electricity');
  });

  test('speaks French by the browser or when asked, with French numbers', async () => {
    withMix(0.95);
    const page = await open('', { locale: 'fr-FR' });
    await reads(page, item('rate'), '13,4g/h');
    await reads(page, '[data-item="watts"] dt', 'Puissance');
    await reads(page, '#lowcarbon', /^Électricité à 95\s% bas carbone$/);
    const asked = await open('?lang=fr&title=Matinale%20<b>verte</b>');
    await reads(asked, '#title', 'Matinale <b>verte</b>');
    await reads(asked, item('rate'), '13,4g/h');
  });

  test('has themes, sizes, corners and a choice of what it shows; what is not understood is left out', async () => {
    const page = await open('?theme=clear&size=xl&corner=top-right&show=rate,watts,nonsense');
    await reads(page, item('watts'), '412W');
    const names = await page
      .locator('[data-item]')
      .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.item));
    expect(names).toEqual(['rate', 'watts']);
    const box = await page.locator('#overlay').boundingBox();
    expect(box?.y).toBeLessThan(100);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeGreaterThan(1800);
    const size = (one: Page) => one.evaluate(() => getComputedStyle(document.documentElement).fontSize);
    expect(await size(page)).toBe('35px');
    expect(await size(await open('?size=huge&theme=pink&corner=middle'))).toBe('20px');
  });

  test.each(['dark', 'light', 'clear'])(
    'can be read by everybody: axe finds nothing serious, theme %s',
    async (theme) => {
      visit.studio.demo = true;
      const page = await open(`?theme=${theme}&title=Matinale`);
      await reads(page, item('watts'), '412W');
      // What lies below it is the picture: black here, so that contrast can be told.
      await page.evaluate(
        (color) => {
          document.documentElement.style.background = color;
        },
        theme === 'light' ? '#fff' : '#000',
      );
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    },
  );

  test('marks the demo', async () => {
    visit.studio.demo = true;
    const page = await open();
    await page.locator('#demo').waitFor({ state: 'visible' });
  });

  test('keeps its numbers through a restart of the daemon, and goes on by itself', async () => {
    const page = await open();
    await reads(page, item('watts'), '412W');
    await visit.stopServer();
    Object.assign(visit.studio.plugs[1] ?? {}, { watts: 48.2 });
    await reads(page, item('watts'), '412W');
    await visit.startServer();
    await reads(page, item('watts'), '312W');
  });

  test('shows nothing that is older than thirty seconds', async () => {
    await visit.startServer();
    await goLive();
    const page = await visit.open('/overlay', FULL_HD);
    await page.clock.install();
    await page.reload();
    // As much time as the page needs: it may have to wait for a busy machine.
    await until('it shows the watts', async () => {
      await page.clock.runFor(100);
      return (await page.locator(item('watts')).textContent()) === '412W';
    });
    await visit.stopServer();
    await page.clock.runFor(28_000);
    await reads(page, item('watts'), '412W');
    await page.clock.runFor(3000);
    for (const name of ['watts', 'rate', 'grams']) await reads(page, item(name), '—');
    expect(await page.locator('#source').isVisible()).toBe(false);
  });

  test('needs its own token beyond loopback, given behind the #, which no server sees', async () => {
    visit.studio.tokenRequired = true;
    const page = await open('?lang=fr');
    await reads(page, '#problem', /^Pas de données : il faut un jeton/);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.evaluate((token) => {
      location.hash = `token=${token}`;
    }, OVERLAY_TOKEN);
    await reads(page, item('watts'), '412W');
    expect(await page.locator('#problem').isVisible()).toBe(false);
    expect(asked.some((url) => url.replace(/#.*/, '').includes(OVERLAY_TOKEN))).toBe(false);
    await until('the stream was asked for', () => asked.some((url) => url.endsWith('/overlay/events')));
  });

  test('tells the viewers of a live nothing of a token that is revoked', async () => {
    const page = await open();
    await reads(page, item('watts'), '412W');
    visit.studio.tokenRequired = true;
    const refused = page.waitForResponse((response) => response.status() === 401);
    await visit.stopServer();
    await visit.startServer();
    await refused;
    expect(await page.locator('#problem').isVisible()).toBe(false);
  });

  test('does not move for those who asked for less motion', async () => {
    const page = await open('', { reducedMotion: 'reduce' });
    await reads(page, item('watts'), '412W');
    expect(await page.locator('#overlay').evaluate((one) => getComputedStyle(one).animationName)).toBe('none');
    const seen = await page
      .locator(`${item('watts')} span`)
      .first()
      .evaluateHandle((number) => {
        const texts: (string | null)[] = [];
        new MutationObserver(() => texts.push(number.textContent)).observe(number, { childList: true });
        return texts;
      });
    Object.assign(visit.studio.plugs[1] ?? {}, { watts: 48.2 });
    visit.studio.changed();
    await reads(page, item('watts'), '312W');
    expect(await seen.jsonValue()).toEqual(['312']);
  });
});

/** How opaque one pixel is, 0..255, of what OBS would lay over the picture. */
async function alphaAt(page: Page, x: number, y: number): Promise<number> {
  const png = (await page.screenshot({ omitBackground: true })).toString('base64');
  return page.evaluate(
    async ([data, left, top]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas?.drawImage(image, 0, 0);
      return canvas?.getImageData(left, top, 1, 1).data[3] ?? -1;
    },
    [png, Math.round(x), Math.round(y)] as const,
  );
}
