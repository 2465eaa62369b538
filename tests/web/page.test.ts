import { describe, expect, test } from 'vitest';
import { SessionConflict } from '../../api/deps.ts';
import { reason } from '../../model/policy-reasons.ts';
import { faultProblems, problem } from '../../model/problems.ts';
import { chromiumIsThere } from '../support/chromium.ts';
import { CONTROL_TOKEN, plug, READ_TOKEN } from '../support/fake-api-deps.ts';
import { until } from '../support/until.ts';
import { eachVisit, overflow, reads } from './browser.ts';

/** Something that a plug said. */
const odd = (text: string) => ({ code: 'plug-odd' as const, text, plug: null });

describe.skipIf(!chromiumIsThere)('the page (needs /usr/bin/chromium)', () => {
  const visit = eachVisit();

  test('shows what the studio does now', async () => {
    const page = await visit.open();
    await reads(page, '#link-text', 'Connected');
    await reads(page, '#air', 'Off air');
    await reads(page, '#phase', 'Standby');
    await reads(page, '#watts', '412');
    await reads(page, '#watts-from', '4 of 5 plugs report');
    await reads(page, '#grams', '13.4');
    await reads(page, '#intensity-provider', 'RTE (éCO2mix)');
    await reads(page, '#intensity-factor', 'whole life cycle, consumption');
    await reads(page, '#intensity-status', 'estimated');
    await reads(page, '#intensity-age', /^1 min ago$/);
    await reads(page, '#studio', 'Studio Atelier');
    expect(await page.locator('.plug').count()).toBe(5);
    await reads(page, '[data-plug=key-light] .figure', '148\u00a0W');
    await reads(page, '[data-plug=key-light] .relay', 'On');
    expect(await page.locator('#demo').isVisible()).toBe(false);
  });

  test('says when the intensity is one of an earlier time', async () => {
    Object.assign(visit.studio.intensity ?? {}, { startMs: Date.parse('2026-11-24T10:15:00Z') });
    Object.assign(visit.studio.intensity ?? {}, { endMs: Date.parse('2026-11-24T10:30:00Z') });
    Object.assign(visit.studio.intensity ?? {}, { heldFromMs: Date.parse('2026-11-24T09:00:00Z') });
    const page = await visit.open();
    await reads(page, '#intensity-for', '11:15 – 11:30, held from 10:00');
  });

  test('shows a dash for what is not known, never zero', async () => {
    visit.studio.intensity = null;
    const page = await visit.open();
    await reads(page, '[data-plug=mixer] .figure', '–\u00a0W');
    await reads(page, '[data-plug=mixer] .plug-age', 'No reading yet');
    await reads(page, '#grams', '–');
    await reads(page, '#no-intensity', /not known/);
    for (const one of visit.studio.plugs) Object.assign(one, { watts: null, online: false });
    visit.studio.changed();
    await reads(page, '#watts', '–');
  });

  test('shows no grams where no energy has an intensity: not known is not zero', async () => {
    const wh = 120;
    const none = { wh, grams: 0, coverage: 1, counterWh: wh, integratedWh: 0, gapWh: 0, unpricedWh: wh, origins: [] };
    visit.studio.emissions = async () => [{ key: 'key-light', footprint: none }];
    const page = await visit.open();
    await reads(page, '#period-today', /120\u00a0Wh– CO₂e/);
    await page.evaluate(() => {
      location.hash = '#/history';
    });
    await reads(page, '#page tbody tr', /120\u00a0Wh.*100%–/);
    await reads(page, '#page .figures div:nth-child(2) dd', /^–/);
  });

  test('says on the card of a plug what is wrong with it, in the language of the page', async () => {
    Object.assign(visit.studio.plugs[1] ?? {}, { flags: ['overheated', 'clock-unset'] });
    visit.studio.problems = faultProblems({ id: 'key-light', name: 'Key light', flags: ['overheated', 'clock-unset'] });
    const page = await visit.open('/', { locale: 'fr-FR' });
    await reads(page, '[data-plug=key-light] .refusal', 'Key light\u00a0: sa prise signale une surchauffe');
    await page.getByRole('button', { name: 'English' }).click();
    await reads(page, '[data-plug=key-light] .refusal', 'Key light: its plug reports overheating');
    expect(await page.locator('[data-plug=cam-a] .refusal').first().isVisible()).toBe(false);
  });

  test('follows every change', async () => {
    const page = await visit.open();
    await reads(page, '#watts', '412');
    Object.assign(visit.studio.plugs[1] ?? {}, { watts: 0, relay: false });
    visit.studio.problems = [odd('Plug mixer does not answer: check its power')];
    visit.studio.changed();
    await reads(page, '#watts', '264');
    await reads(page, '[data-plug=key-light] .relay', 'Off');
    await reads(page, '#problem-list', 'Plug mixer does not answer: check its power');
    visit.studio.plugs.pop();
    visit.studio.changed();
    await until('the card is gone', async () => (await page.locator('.plug').count()) === 4);
  });

  test('starts a session, leads it through its phases and ends it', async () => {
    const page = await visit.open();
    await page.getByLabel('Title').fill('Evening live');
    await page.getByRole('button', { name: 'Start the session' }).click();
    await reads(page, '#session-name', 'Evening live');
    await reads(page, '#phase', 'Set-up');
    await reads(page, '#session-clock', /^0:0\d$/);
    await reads(page, '#session-energy', '84.2\u00a0Wh');
    await reads(page, '#session-grams', '2.7\u00a0g');
    await reads(page, '#session-origins', /RTE \(éCO2mix\) \(whole life cycle, estimated\)/);
    await page.getByRole('button', { name: 'Next: Rehearsal' }).click();
    await page.getByRole('button', { name: 'Next: Live' }).click();
    await reads(page, '#air', 'On air');
    expect(await page.title()).toContain('●');
    await visit.studio.setAudience(1284);
    await reads(page, '#session-viewers', '1,284');
    await page.getByRole('button', { name: 'Wrap', exact: true }).click();
    await reads(page, '[aria-current=step]', 'Wrap');

    await page.getByRole('button', { name: 'End the session' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(visit.studio.current).not.toBeNull();
    await page.getByRole('button', { name: 'End the session' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End the session' }).click();
    await reads(page, '#phase', 'Standby');
    expect(visit.studio.past).toHaveLength(1);
  });

  test('is never off air while nobody knows, and a person can tell that no live runs', async () => {
    visit.studio.problems = [problem('session-unknown')];
    visit.studio.endSession = async () => {
      visit.studio.problems = [];
      visit.studio.changed();
      throw new SessionConflict('no session was running; offair did not know, and now does');
    };
    const page = await visit.open();
    await reads(page, '#air', 'Unknown');
    await page.evaluate(() => {
      location.hash = '#/sessions';
    });
    await reads(page, '#air-chip', 'Unknown · Standby');
    await page.goBack();
    await page.getByRole('button', { name: 'No live is running' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'No live is running' }).click();
    await reads(page, '#air', 'Off air');
    await reads(page, '#session-refusal', '');
    expect(await page.locator('#session-settle').isVisible()).toBe(false);
  });

  test('a live that begins while a person tells that none runs goes on', async () => {
    visit.studio.problems = [problem('session-unknown')];
    const page = await visit.open();
    await page.getByRole('button', { name: 'No live is running' }).click();
    visit.studio.problems = [];
    await visit.studio.startSession({ title: null, phase: 'live', by: 'obs' });
    await reads(page, '#air', 'On air');
    await page.getByRole('dialog').getByRole('button', { name: 'No live is running' }).click();
    await reads(page, '#session-refusal', /another session than the one that was meant/);
    await reads(page, '#air', 'On air');
    expect(visit.studio.past).toEqual([]);
  });

  test('switches a plug by mouse and by keyboard', async () => {
    const page = await visit.open();
    const key = page.getByRole('switch', { name: 'Power of Key light' });
    await key.click();
    await reads(page, '[data-plug=key-light] .relay', 'Off');
    expect(await key.getAttribute('aria-checked')).toBe('false');
    await reads(page, '[data-plug=key-light] .note', /By hand \(this page or a program\)/);
    await key.press('Space');
    await reads(page, '[data-plug=key-light] .relay', 'On');
    expect(visit.studio.commands.map((one) => one.power)).toEqual(['off', 'on']);
  });

  test('has no switch for an essential plug', async () => {
    const page = await visit.open();
    await reads(page, '[data-plug=cam-a] .lock', 'Essential');
    expect(await page.locator('[data-plug=cam-a] [role=switch]').isVisible()).toBe(false);
  });

  test('shows why a command was refused', async () => {
    visit.studio.answerCommand = () => ({
      accepted: false,
      reasons: [reason('in-use', { watts: 187.6, idleWatts: 8 }), reason('quiet-time')],
    });
    const page = await visit.open();
    await page.getByRole('switch', { name: 'Power of OBS computer' }).click();
    await reads(
      page,
      '[data-plug=obs-pc] .refusal:last-child',
      'Refused – in use: 187.6 W, idle is 8 W or less · quiet time',
    );
    expect(await page.getByRole('switch', { name: 'Power of OBS computer' }).getAttribute('aria-checked')).toBe('true');
  });

  test('says that a demo is one, and that dry run sends nothing', async () => {
    visit.studio.demo = true;
    visit.studio.dryRun = true;
    const page = await visit.open();
    await reads(page, '#demo b', 'DEMO');
    await reads(page, '#dry-run b', 'Dry run');
    await page.getByRole('switch', { name: 'Power of Key light' }).click();
    await reads(page, '[data-plug=key-light] [role=status]', 'Dry run: accepted, nothing is sent');
    await reads(page, '[data-plug=key-light] .relay', 'On');
  });

  test('tells what will be cut when, and why not', async () => {
    const page = await visit.open();
    const list = page.locator('#preview-list');
    await until('the preview is there', async () => (await list.locator('li').count()) === 5);
    const rows = (await list.locator('li').allInnerTexts()).map((row) => row.replaceAll(/\s+/g, ' '));
    expect(rows[2]).toMatch(/^Monitor wall Off in [34]:\d\d grace period after the session$/);
    expect(rows[0]).toBe('Key light Waits in use: 148.2 W, idle is 8 W or less');
    expect(rows[4]).toBe('Camera A Never Essential');
    await visit.studio.startSession({ title: null, phase: 'live', by: 'api' });
    // While a session runs: what its end would bring.
    await reads(page, '#preview-end-list li', /No change\s*nothing to restore$/);
    expect(await list.locator('li').count()).toBe(0);
    expect(await page.locator('#preview-session').isVisible()).toBe(true);
  });

  test('keeps everything on for a while when asked, and lets it go again', async () => {
    const page = await visit.open();
    await page.getByLabel('Keep everything on…').selectOption('60');
    await reads(page, '#hold-state', /^Everything stays on until \d\d:\d\d \(this page or a program\)$/);
    expect(await page.locator('#cut-now').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Cut as usual again' }).click();
    await until('it is over', async () => !(await page.locator('#hold-state').isVisible()));
    expect(visit.studio.held).toBeNull();
  });

  test('cuts without waiting only what a person has seen and confirmed', async () => {
    const rest = { ifEndedNow: null, dueAtMs: null };
    visit.studio.cutNowOffer = () => ({
      confirm: 'a-token',
      expiresAtMs: visit.studio.nowMs() + 60_000,
      plugs: [
        { plug: 'monitor-wall', action: 'cut', reasons: [], ...rest },
        { plug: 'key-light', action: 'cut', reasons: [], ...rest },
        {
          plug: 'obs-pc',
          action: 'hold',
          reasons: [{ code: 'no-fresh-reading' as const, text: 'no fresh reading' }],
          ...rest,
        },
        { plug: 'cam-a', action: 'never', reasons: [], ...rest },
      ],
    });
    const page = await visit.open();
    const dialog = page.getByRole('dialog', { name: 'Cut now?' });
    await page.getByRole('button', { name: 'Cut now…' }).click();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(visit.studio.cutNows).toEqual([]);
    await page.getByRole('button', { name: 'Cut now…' }).click();
    await reads(page, '#cut-stay-list', 'OBS computer – no fresh reading');
    await dialog.getByLabel('Key light').uncheck();
    await dialog.getByRole('button', { name: 'Cut', exact: true }).click();
    await until('it was sent', async () => visit.studio.cutNows.length === 1);
    expect(visit.studio.cutNows).toEqual([{ plugs: ['monitor-wall'], by: 'api' }]);
  });

  test('gives a plug that was switched by hand back to offair', async () => {
    Object.assign(visit.studio.plugs[1] ?? {}, { overriddenBy: 'button' });
    const page = await visit.open();
    await page.locator('[data-plug=key-light]').getByRole('button', { name: 'Give back to offair' }).click();
    await until('it is given back', async () => visit.studio.plugs[1]?.overriddenBy === null);
  });

  test('shows how the last session was when none runs', async () => {
    await visit.studio.startSession({ title: 'Evening live', phase: 'live', by: 'api' });
    await visit.studio.endSession('api');
    const page = await visit.open();
    await reads(page, '#last-name', 'Evening live');
    await reads(page, '#last-facts', /^84\.2\sWh · 2\.7\sg CO₂e · ended \d+ secs? ago$/);
    expect(await page.locator('#last-report').getAttribute('href')).toMatch(/\/report\?format=html&lang=en$/);
  });

  test('tells alarms at once, on every page, until somebody has seen them', async () => {
    const page = await visit.open('/#/history');
    await reads(page, 'h1', /History|Studio/);
    visit.studio.outcomes.raise({ code: 'essential-off', data: { name: 'Camera A' }, text: '' } as never);
    visit.studio.changed();
    await reads(page, '.alarm-text', /Camera A/);
    await page.getByRole('button', { name: /^Seen/ }).click();
    await until('it is acknowledged', async () => visit.studio.outcomes.openAlarms()[0]?.acknowledged?.by === 'api');
    visit.studio.changed();
    await reads(page, '.acknowledged .muted', /seen by this page or a program$/);
    await page.getByRole('link', { name: 'All alarms' }).click();
    await reads(page, '#page tbody th', /Camera A/);
  });

  test('draws the power by plug, follows it, and shows a part of it when asked', async () => {
    const page = await visit.open();
    const plot = page.getByRole('img', { name: /^Power of 5 plugs from/ });
    await plot.waitFor();
    expect(await plot.getAttribute('aria-label')).toMatch(/: between \d+\sW and \d+\sW, at last \d+\sW$/);
    await reads(page, '.chart-legend li:nth-child(2)', /^Key light\d+\sW$/);
    await reads(page, '.chart-legend .legend-grid', 'Grid intensity32.4\u00a0g/kWh');
    Object.assign(visit.studio.plugs[1] ?? {}, { watts: 999.4 });
    await until('the chart has the new value', async () => {
      visit.studio.changed();
      return ((await page.locator('.chart-legend li:nth-child(2)').textContent()) ?? '').endsWith('999\u00a0W');
    });
    await plot.hover();
    await reads(page, '.chart-readout', /^\d\d:\d\d · \d+\sW$/);
    const box = await plot.boundingBox();
    if (!box) throw new Error('the chart has no place');
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 80, y, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Whole period' }).click();
    await page.getByRole('button', { name: '24 h' }).click();
    await until('the day is shown', async () =>
      /from (\d\d:\d\d) to \1/.test((await plot.getAttribute('aria-label')) ?? ''),
    );
  });

  test('speaks French to a French browser, and English when asked', async () => {
    const page = await visit.open('/', { locale: 'fr-FR' });
    await reads(page, '#air', 'Hors antenne');
    await reads(page, '#grams', '13,4');
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
    visit.studio.answerCommand = () => ({
      accepted: false,
      reasons: [reason('in-use', { watts: 187.6, idleWatts: 8 })],
    });
    await page.getByRole('switch', { name: 'Alimentation de OBS computer' }).click();
    await reads(
      page,
      '[data-plug=obs-pc] .refusal:last-child',
      'Refusé – en service\u00a0: 187,6\u00a0W, au repos sous 8\u00a0W',
    );
    await page.getByRole('button', { name: 'English' }).click();
    await reads(page, '#air', 'Off air');
    await reads(page, '#grams', '13.4');
    await page.reload();
    await reads(page, '#air', 'Off air');
  });

  test.each([320, 390, 820, 1280, 1920])('fits a window %i px wide, whatever the names', async (width) => {
    visit.studio.demo = true;
    visit.studio.dryRun = true;
    visit.studio.studio.name = 'Studio-de-la-grande-halle-du-centre-culturel';
    visit.studio.problems = [odd(`plug ${'x'.repeat(120)} does not answer`)];
    visit.studio.plugs.push(plug({ id: 'long', name: 'W'.repeat(80), watts: 3679.9, problem: odd('y'.repeat(90)) }));
    await visit.studio.startSession({ title: 'Z'.repeat(90), phase: 'rehearsal', by: 'api' });
    const page = await visit.open('/', { viewport: { width, height: 844 }, locale: 'fr-FR' });
    await reads(page, '#phase', 'Répétition');
    expect(await overflow(page)).toBe(0);
  });

  test('takes hostile names for text', async () => {
    const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    visit.studio.studio.name = hostile;
    visit.studio.plugs.push(
      plug({ id: 'hostile', name: hostile, problem: odd(hostile), overriddenBy: hostile, flags: [hostile] }),
    );
    visit.studio.problems = [odd(hostile)];
    await visit.studio.startSession({ title: hostile, phase: 'setup', by: hostile });
    const page = await visit.open();
    await reads(page, '[data-plug=hostile] .plug-name', hostile);
    await reads(page, '#session-name', hostile);
    await reads(page, '#problem-list', hostile);
    await until('the preview names it', async () =>
      ((await page.locator('#preview-end-list').textContent()) ?? '').includes(hostile),
    );
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).not.toContain('owned');
  });

  test('never shows old values as present ones when the server is gone, and comes back with it', async () => {
    const page = await visit.open();
    await page.clock.install();
    await reads(page, '#watts', '412');
    await visit.stopServer();
    await reads(page, '#link-text', /^Reconnecting…/);
    expect(await page.locator('body').getAttribute('class')).toContain('stale');
    await page.clock.fastForward(10_000);
    await reads(page, '#watts', '–');
    await reads(page, '#air', 'Unknown');
    await reads(page, '[data-plug=key-light] .figure', '–\u00a0W');
    await reads(page, '#grams', '–');
    expect(await page.getByRole('switch', { name: 'Power of Key light' }).isDisabled()).toBe(true);

    await visit.startServer();
    await page.clock.fastForward(10_000);
    await reads(page, '#link-text', 'Connected');
    await reads(page, '#watts', '412');
  });

  test('asks for a token when one is needed, and keeps it nowhere', async () => {
    visit.studio.tokenRequired = true;
    const page = await visit.open();
    const input = page.locator('#token-input');
    const send = page.getByRole('button', { name: 'Continue' });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await reads(page, '#link-text', 'A token is needed');
    expect(await page.locator('#main').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Token' }).click();
    await input.fill('wrong');
    await send.click();
    await reads(page, '#token-wrong', /not known/);
    await input.fill(READ_TOKEN);
    await send.click();
    await reads(page, '#watts', '412');

    // It may only read: a command asks for another one.
    await page.getByRole('switch', { name: 'Power of Key light' }).click();
    await input.fill(CONTROL_TOKEN);
    await send.click();
    await reads(page, '[data-plug=key-light] .relay', 'Off');
    const kept = await page.evaluate(() =>
      JSON.stringify([localStorage, sessionStorage, document.cookie, location.href]),
    );
    expect(kept).not.toContain(CONTROL_TOKEN);
    expect(await input.inputValue()).toBe('');
  });

  test('every control has a name, every field a label', async () => {
    await visit.studio.startSession({ title: 'Live', phase: 'live', by: 'api' });
    const page = await visit.open();
    await reads(page, '#air', 'On air');
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, a, input, select, [role]')]
        .filter(
          (one) =>
            one.checkVisibility() && one.getAttribute('role') !== 'alert' && one.getAttribute('role') !== 'status',
        )
        .filter((one) => {
          const label =
            one instanceof HTMLInputElement || one instanceof HTMLSelectElement
              ? one.labels?.[0]?.textContent
              : one.textContent;
          return !(one.getAttribute('aria-label') ?? label)?.trim();
        })
        .map((one) => one.outerHTML),
    );
    expect(nameless).toEqual([]);
  });

  test('the documentation works under the same rules', async () => {
    const page = await visit.open('/docs');
    await page.getByText('Switch one plug').waitFor();
    await page.getByText('/api/v1/status').click();
    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.getByText('"Studio Atelier"').first().waitFor();
  });
});
