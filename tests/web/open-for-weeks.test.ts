import type { Page, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../support/chromium.ts';
import { reads, Visit } from './browser.ts';

const UPDATES = 5000;
const MOST_GROWTH_BYTES = 2_000_000;

/** Resolves when the page has got so many answers of the live stream. */
function answered(page: Page, count: number): Promise<void> {
  let seen = 0;
  return new Promise((resolve) => {
    const look = (response: Response) => {
      if (!response.ok() || !response.url().endsWith('/api/v1/events')) return;
      seen += 1;
      if (seen < count) return;
      page.off('response', look);
      resolve();
    };
    page.on('response', look);
  });
}

describe.skipIf(!chromiumIsThere)('the page in an open tab (needs /usr/bin/chromium)', () => {
  const visit = new Visit();
  beforeAll(() => visit.startServer());
  afterAll(async () => {
    await visit.end();
    await visit.close();
  });

  /** Answers the page's next stream with so many states of the studio, a second apart, and then ends it. */
  async function replay(page: Page, count: number, fromMs: number): Promise<void> {
    const status = await (await fetch(`${visit.origin}/api/v1/status`)).json();
    const events = Array.from({ length: count }, (_, i) => {
      const plugs = status.plugs.map((plug: { watts: number | null }) => ({
        ...plug,
        watts: plug.watts === null ? null : plug.watts + (i % 40),
      }));
      const now = new Date(fromMs + i * 1000).toISOString();
      return `event: status\ndata: ${JSON.stringify({ ...status, now, watts: 400 + (i % 40), plugs })}\n\n`;
    });
    await page.route(
      '**/api/v1/events',
      (route) => route.fulfill({ contentType: 'text/event-stream', body: events.join('') }),
      { times: 1 },
    );
    // The stream breaks; the page comes back, hears all that, and then the real one again.
    const real = answered(page, 2);
    await visit.stopServer();
    await visit.startServer();
    await real;
    await reads(page, '#link-text', 'Connected');
    await reads(page, '#watts', '412');
  }

  test('stays as small as it was, whatever comes', async () => {
    const page = await visit.open();
    await page.locator('.chart-legend b').first().waitFor();
    const cdp = await page.context().newCDPSession(page);
    const measure = async () => {
      await cdp.send('HeapProfiler.collectGarbage');
      const { usedSize } = await cdp.send('Runtime.getHeapUsage');
      return { bytes: usedSize, elements: await page.evaluate(() => document.getElementsByTagName('*').length) };
    };
    const startMs = visit.studio.nowMs();
    await replay(page, 500, startMs);
    const before = await measure();
    await replay(page, UPDATES, startMs + 500_000);
    const after = await measure();
    expect(after.elements - before.elements).toBeLessThan(20);
    expect(after.bytes - before.bytes).toBeLessThan(MOST_GROWTH_BYTES);
  });
});
