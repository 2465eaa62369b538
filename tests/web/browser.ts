import type { FastifyInstance } from 'fastify';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import { buildApi } from '../../api/app.ts';
import { systemClock } from '../../daemon/clock.ts';
import { launchChromium } from '../support/chromium.ts';
import { FakeStudio } from '../support/fake-api-deps.ts';
import { until } from '../support/until.ts';

/** A studio in memory, its real server, and a real browser that looks at it. */
export class Visit {
  studio = new FakeStudio(systemClock);
  /** What the page should never do: errors in its console, requests to anybody else. */
  #sins: string[] = [];
  #browser: Browser | null = null;
  #app: FastifyInstance | null = null;
  origin = '';

  /** Starts the server; again, on the same port, after `stopServer`. */
  async startServer(): Promise<void> {
    const port = this.origin ? Number(new URL(this.origin).port) : 0;
    this.#app = buildApi(this.studio);
    this.origin = await this.#app.listen({ host: '127.0.0.1', port });
    this.studio.allowedHosts.push(new URL(this.origin).host);
  }

  async stopServer(): Promise<void> {
    await this.#app?.close();
    this.#app = null;
  }

  async open(path = '/', options: BrowserContextOptions = {}): Promise<Page> {
    if (!this.#app) await this.startServer();
    this.#browser ??= await launchChromium();
    const context = await this.#browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1280, height: 720 },
      ...options,
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.#sins.push(`error: ${error.message}`));
    page.on('console', (message) => {
      // The browser itself notes every refused or failed request; those are what some tests are about.
      const noted = message.text().startsWith('Failed to load resource');
      if (['error', 'warning'].includes(message.type()) && !noted) this.#sins.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${this.origin}/`) && !request.url().startsWith('data:')) {
        this.#sins.push(`request: ${request.url()}`);
      }
    });
    await page.goto(this.origin + path);
    return page;
  }

  /** To another studio. */
  begin(): void {
    this.studio = new FakeStudio(systemClock);
    this.origin = '';
  }

  /** Fails when the page has sinned. */
  async end(): Promise<void> {
    for (const context of this.#browser?.contexts() ?? []) await context.close();
    await this.stopServer();
    expect(this.#sins.splice(0)).toEqual([]);
  }

  async close(): Promise<void> {
    await this.#browser?.close();
  }
}

/** One for each test of a file, in one browser. */
export function eachVisit(): Visit {
  const visit = new Visit();
  beforeEach(() => visit.begin());
  afterEach(() => visit.end());
  afterAll(() => visit.close());
  return visit;
}

/** Waits until the element reads as expected. */
export async function reads(page: Page, selector: string, expected: string | RegExp): Promise<void> {
  const text = async () => (await page.locator(selector).first().textContent())?.trim() ?? '';
  await until(`${selector} reads ${expected}`, async () => {
    const found = await text();
    return typeof expected === 'string' ? found === expected : expected.test(found);
  });
}

/** How much wider than the window the page is, px. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}
