import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumIsThere } from '../support/chromium.ts';
import { until } from '../support/until.ts';
import { overflow, reads, Visit } from './browser.ts';

const SIZES = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
  { width: 390, height: 844 },
];
/** Each page, its heading in both languages, and what shows that it has loaded. */
const PAGES = [
  ['#/', 'Studio', 'Studio', '.chart-legend b'],
  ['#/history?range=month', 'History', 'Historique', '.bars'],
  ['#/sessions', 'Sessions', 'Sessions', 'tbody tr'],
  ['#/sessions/2026-11-24-1', 'Evening live', 'Evening live', '.chart-legend b'],
  ['#/plugs/key-light', 'Key light', 'Key light', '.chart-legend b'],
  ['#/grid', 'The grid, and when to go live', 'Le réseau, et quand passer en direct', '.figures'],
  ['#/whatif', 'What a change would bring', 'Ce que changerait…', '.card table'],
  ['#/alarms', 'Alarms', 'Alarmes', 'tbody tr'],
  ['#/settings', 'Settings', 'Réglages', '.code'],
  ['#/setup', 'Set up a studio', 'Configurer un studio', '.code'],
] as const;

describe.skipIf(!chromiumIsThere)('the pages (needs /usr/bin/chromium)', () => {
  const visit = new Visit();
  let page: Page;
  beforeAll(async () => {
    await visit.studio.startSession({ title: 'Evening live', phase: 'live', by: 'api' });
    await visit.studio.setAudience(1284);
    await visit.studio.endSession('api');
    visit.studio.log = [
      {
        ...{ commandId: 'c-1', atMs: visit.studio.nowMs() - 60_000, plug: 'key-light', to: 'off', by: 'policy' },
        ...{ reason: 'idle', outcome: 'verified', detail: 'read back', tookMs: 400, source: null },
        ...{ reasons: [{ code: 'idle', text: 'no session, and not in use' }], wattsBefore: 2.4 },
      } as never,
    ];
    visit.studio.outcomes.raise({ code: 'essential-off', data: { name: 'Camera A' } });
    Object.assign(visit.studio.plugs[1] ?? {}, { about: { model: 'P110M', firmware: '1.2.3 Build 240617' } });
    page = await visit.open('/', { reducedMotion: 'reduce' });
    await reads(page, '#watts', '412');
  });
  afterAll(async () => {
    await visit.end();
    await visit.close();
  });

  async function go(hash: string, heading: string, loaded: string): Promise<void> {
    await page.evaluate((to) => {
      location.hash = to;
    }, hash);
    await reads(page, hash === '#/' ? '#board h1' : '#page h1', heading);
    await page.locator(loaded).first().waitFor();
  }

  const serious = async () => {
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  };

  test.each(PAGES)(
    '%s can be read and used by everybody, in both themes and on every screen',
    async (hash, en, _, loaded) => {
      await go(hash, en, loaded);
      await page.evaluate(axe.source);
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await serious(), colorScheme).toEqual([]);
      }
      for (const size of SIZES) {
        await page.setViewportSize(size);
        expect(await overflow(page), `${size.width} px`).toBe(0);
      }
    },
  );

  test('say DEMO and dry run so that both can be read in both themes', async () => {
    Object.assign(visit.studio, { demo: true, dryRun: true });
    visit.studio.changed();
    await page.locator('#demo').waitFor();
    await page.evaluate(axe.source);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await serious(), colorScheme).toEqual([]);
    }
    Object.assign(visit.studio, { demo: false, dryRun: false });
    visit.studio.changed();
    await page.locator('#demo').waitFor({ state: 'hidden' });
  });

  test('speak French', async () => {
    await page.getByRole('button', { name: 'FR, français' }).click();
    for (const [hash, , fr, loaded] of PAGES) {
      await go(hash, fr, loaded);
      const text = await page.evaluate(() => document.querySelector('main')?.textContent ?? '');
      // Words that only English pages have.
      expect(text, hash).not.toMatch(/\b(the|with|energy|between|nothing|watched|measured)\b/i);
    }
    await page.getByRole('button', { name: 'English' }).click();
  });

  test('have addresses of their own, and the back button leads back', async () => {
    await go('#/history?range=year', 'History', '.bars');
    await reads(page, '[aria-current=page]', 'History');
    await page.getByRole('link', { name: 'Sessions' }).click();
    await page.getByRole('link', { name: 'Evening live' }).press('Enter');
    await reads(page, '#page h1', 'Evening live');
    // The link is gone: who has no mouse is not sent back to the top of the document.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    // A tab and the browser's history tell the pages apart.
    await until('the title names the page', async () => (await page.title()).startsWith('Evening live · Standby'));
    await page.goBack();
    await reads(page, '#page h1', 'Sessions');
    await page.goBack();
    await reads(page, '#page h1', 'History');
    expect(await page.evaluate(() => location.hash)).toContain('range=year');
    await page.reload();
    await reads(page, '#page h1', 'History');
    await reads(page, '.segments [aria-pressed=true]', 'Year');
  });

  test('a session tells by plug what it took itself, not what its quarter hours took', async () => {
    const startMs = Math.floor(visit.studio.nowMs() / 900_000) * 900_000;
    const quarter = {
      sessionId: '2026-11-24-1',
      phase: 'live',
      integratedWh: 0,
      gapWh: 0,
      coveredMs: 900_000,
    } as const;
    visit.studio.slices = [
      { ...quarter, plug: 'obs-pc', startMs, counterWh: 63.15 },
      { ...quarter, plug: 'key-light', startMs, counterWh: 21.05 },
    ];
    await go('#/sessions/2026-11-24-1', 'Evening live', '.chart-legend b');
    const rows = await page.locator('section', { hasText: 'By plug' }).first().locator('tbody tr').allInnerTexts();
    expect(rows.map((row) => row.replaceAll(/\s+/g, ' '))).toEqual([
      'OBS computer 63.2 Wh 75% 2.0 g',
      'Key light 21.1 Wh 25% 0.7 g',
    ]);
    visit.studio.slices = [];
  });

  test('are live: what changes in the studio shows on each of them', async () => {
    await go('#/plugs/monitor-wall', 'Monitor wall', '.chart-legend b');
    Object.assign(visit.studio.plugs[3] ?? {}, { watts: 77.7, relay: true });
    visit.studio.changed();
    await reads(page, '#page .figure-plug', '77.7\u00a0W');
    await page.getByRole('switch', { name: 'Power of Monitor wall' }).click();
    await reads(page, '#page .relay', 'Off');
    await go('#/sessions', 'Sessions', 'tbody tr');
    await visit.studio.startSession({ title: 'Night live', phase: 'live', by: 'api' });
    await reads(page, '#air-chip', 'On air');
    await reads(page, 'tbody th', 'Night live');
    await visit.studio.endSession('api');
    await reads(page, '#air-chip', 'Off air · Standby');
  });

  test('a plug says its model and firmware', async () => {
    await go('#/plugs/key-light', 'Key light', '.chart-legend b');
    const rows = (await page.locator('#page tbody tr').allTextContents()).map((row) => row.replaceAll(/\s+/g, ' '));
    expect(rows).toEqual(expect.arrayContaining(['ModelP110M', 'Firmware1.2.3 Build 240617']));
  });

  test('say what is wrong when the server does, and when there is nothing', async () => {
    visit.studio.failure = new Error('broken');
    await go('#/history?range=today', 'History', '.empty');
    visit.studio.failure = null;
    await go('#/plugs/nowhere', 'Plug', '.empty');
    await reads(page, '.empty', 'There is no plug of this name.');
    await go('#/sessions/nowhere', 'Session', '.empty');
    await reads(page, '.empty', /^there is no session "nowhere"/);
  });

  test('say it in French, of plugs that were found too', async () => {
    const who = { adapter: 'tapo', model: 'HS110', firmware: null, mac: '9C5322000002', name: null };
    const obstacle = 'an older Kasa device: offair does not speak its protocol';
    visit.studio.inNetwork = [{ ...who, address: '192.0.2.9', obstacle, yaml: null }];
    await page.getByRole('button', { name: 'FR, français' }).click();
    visit.studio.failure = new Error('broken');
    await go('#/history?range=today', 'Historique', '.empty');
    await reads(page, '.empty', 'offair n’y est pas parvenu\u00a0: la raison est dans son journal');
    visit.studio.failure = null;
    const found = 'a key that means nothing here';
    const problem = { path: 'studio.timezone', line: 4, found, expected: 'one of id, timeZone' };
    const problems = [{ ...problem, hint: 'Did you mean timeZone?' }];
    Object.assign(visit.studio.configuration, { onDisk: 'wrong', problems });
    await go('#/settings', 'Réglages', '.code');
    await reads(page, '#page tbody td:last-child', 'au choix\u00a0: id, timeZone. Serait-ce timeZone\u202f?');
    await go('#/setup', 'Configurer un studio', '.code');
    await page.getByLabel('Nom', { exact: true }).fill('');
    await reads(page, '.warn', /^Il manque encore quelque chose\u00a0: un nom/);
    await page.getByRole('button', { name: 'Chercher dans le réseau' }).click();
    await reads(
      page,
      '.note',
      'HS110 · 192.0.2.9\u00a0: un ancien appareil Kasa\u00a0: offair ne parle pas son protocole',
    );
    await page.getByRole('button', { name: 'English' }).click();
  });

  test('settings tell that the file has become wrong, and where', async () => {
    Object.assign(visit.studio.configuration, {
      onDisk: 'wrong',
      problems: [{ path: 'plugs[0].mac', line: 12, found: '"x"', expected: '12 hex digits', hint: null }],
    });
    await go('#/settings', 'Settings', '.code');
    await reads(page, '#page .refusal', /would not start with it again/);
    await reads(page, '#page tbody th', 'plugs[0].mac');
  });

  test('a file that has changed is read anew on demand, and what waits for a restart is named', async () => {
    Object.assign(visit.studio.configuration, { onDisk: 'changed', problems: [] });
    const reload = visit.studio.configDesk.reload;
    visit.studio.configDesk.reload = () => ({
      ...{ outcome: 'applying', problems: [] },
      changes: [{ path: 'api.port', kind: 'changed', needsRestart: true }],
    });
    await go('#/', 'Studio', '.chart-legend b');
    await go('#/settings', 'Settings', '.code');
    await page.getByRole('button', { name: 'Read the file anew' }).click();
    await reads(page, '#page [role=status]', 'It is taken within seconds. After a restart: api.port.');
    visit.studio.configDesk.reload = reload;
  });

  test('the way to a first configuration goes from a search to a checked file', async () => {
    const yaml = '  - id: p110\n    name: P110\n    adapter: tapo\n    host: 192.0.2.8\n    mac: 9C5322000001\n';
    const who = { adapter: 'tapo', model: 'P110', firmware: null, mac: '9C5322000001', name: null };
    visit.studio.inNetwork = [{ ...who, address: '192.0.2.8', obstacle: null, yaml }];
    await go('#/setup', 'Set up a studio', '.code');
    await page.getByRole('button', { name: 'Search the network' }).click();
    // Before it is there, the first label is that of the folded form.
    await page.getByRole('checkbox', { name: 'P110' }).waitFor();
    await page.getByLabel('Label').first().fill('Key light');
    await page.getByLabel('Kind').first().selectOption('light');
    await page.getByLabel('May be cut between lives').check();
    await page.getByLabel('In use above, W').fill('3,5');
    await page.getByLabel('Name', { exact: true }).fill('Studio B');
    await reads(page, '.better', 'This file is right.');
    const text = (await page.locator('.code').textContent()) ?? '';
    expect(text).toContain('  id: studio-b\n');
    expect(text).toContain('    name: "Key light"\n    adapter: tapo\n');
    expect(text).toContain('    kind: light\n    essential: false\n    idleWatts: 3.5\n');
    await page.getByText('Add a plug by hand').click();
    const form = page.locator('details form');
    // A family that needs more than one key is not offered.
    expect(await form.locator('option').allTextContents()).toEqual(['Tapo', 'Tasmota']);
    await form.locator('select').selectOption('tasmota');
    const address = form.getByLabel('Address, device id or topic');
    expect(await address.getAttribute('placeholder')).toBe('tasmota_1A2B3C');
    await form.getByLabel('Label').fill('Fill light');
    await address.fill('tasmota_0001');
    await form.getByRole('button', { name: 'Add' }).click();
    const whole = (await page.locator('.code').textContent()) ?? '';
    expect(whole).toContain('    adapter: tasmota\n    topic: "tasmota_0001"\n');
    expect(whole).toContain('mqtt:\n  url:');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download studio.yaml' }).click();
    expect((await download).suggestedFilename()).toBe('studio.yaml');
  });

  test('what-if compares scenarios side by side as sliders move', async () => {
    await go('#/whatif', 'What a change would bring', '.card table');
    await page.getByRole('button', { name: 'Add a scenario' }).click();
    await reads(page, 'thead th:last-child', 'Scenario 3');
    await page.getByLabel('Length of the live').last().press('ArrowRight');
    await until('the answer is there', async () => (await page.locator('.whatif-cell, .card table td').count()) > 0);
    await page.getByRole('button', { name: 'Remove' }).first().click();
    await reads(page, 'thead th:last-child', 'Scenario 2');
  });
});
