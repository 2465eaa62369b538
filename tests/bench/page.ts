import pino from 'pino';
import type { Browser } from 'playwright-core';
import { systemClock as clock, systemRandom as random } from '../../daemon/clock.ts';
import { startDemo } from '../../daemon/demo/studio.ts';
import { launchChromium } from '../support/chromium.ts';
import { freePort } from '../support/ports.ts';
import { spreadOf } from './timing.ts';

const VISITS = 11;
/** A Raspberry Pi 4 runs a page's scripts about four times slower than a desktop computer. */
const SLOWED = 4;

/** The demo's page in Chromium, from its address to the first watts, each time as a new visitor with an empty cache. */
export async function bench(): Promise<Record<string, unknown>> {
  const onLost = () => {};
  const demo = await startDemo({ clock, random, log: pino({ level: 'silent' }), onLost, port: await freePort() });
  const browser = await launchChromium();
  try {
    const asItIs = await visits(browser, demo.url, 1);
    const slowed = await visits(browser, demo.url, SLOWED);
    return { visits: VISITS, liveWithinMs: asItIs, [`liveWithinMsSlowed${SLOWED}Times`]: slowed, wantedMs: 1000 };
  } finally {
    await browser.close();
    await demo.stop();
  }
}

async function visits(browser: Browser, url: string, slowed: number): Promise<object> {
  const times: number[] = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowed });
    await page.addInitScript(() => {
      const look = () => {
        if (/\d/.test(document.getElementById('watts')?.textContent ?? '')) performance.mark('live');
        else requestAnimationFrame(look);
      };
      look();
    });
    await page.goto(url);
    await page.waitForFunction(() => performance.getEntriesByName('live').length > 0);
    times.push(await page.evaluate(() => performance.getEntriesByName('live')[0]?.startTime ?? Number.NaN));
    await context.close();
  }
  return spreadOf(times);
}
