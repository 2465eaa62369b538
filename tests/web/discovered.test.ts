import { describe, expect, test } from 'vitest';
import type { DiscoveredView } from '../../api/deps.ts';
import { chromiumIsThere } from '../support/chromium.ts';
import { until } from '../support/until.ts';
import { eachVisit, overflow, reads } from './browser.ts';

const YAML = `  - id: regie
    name: Régie
    adapter: shelly
    generation: 3
    device: shellyplugsg3-8cbfeaa133f0
    topicPrefix: studio/regie
`;

function found(more: Partial<DiscoveredView> = {}): DiscoveredView {
  const who = { adapter: 'shelly', model: 'S3PL-00112EU', firmware: '1.7.5', mac: '8CBFEAA133F0', name: 'Régie' };
  return { ...who, address: '192.0.2.7', obstacle: null, yaml: YAML, ...more };
}

describe.skipIf(!chromiumIsThere)('what is not configured, on the page (needs /usr/bin/chromium)', () => {
  const visit = eachVisit();

  test('is not there when there is nothing', async () => {
    const page = await visit.open();
    await reads(page, '#watts', '412');
    expect(await page.locator('#discovered').isVisible()).toBe(false);
  });

  test('is shown with the lines to paste, and copied by a button', async () => {
    const locked = { name: null, mac: '9C5322000001', address: '192.168.1.21', model: 'P110', adapter: 'tapo' };
    const obstacle = 'it is not set up yet: add it in the Tapo app';
    visit.studio.unconfigured = [found(), found({ ...locked, obstacle, yaml: null })];
    const page = await visit.open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await reads(page, '#discovered-heading', 'Not configured');
    await reads(page, '.found:first-child .found-name', 'Régie');
    await reads(page, '.found:first-child .muted', 'S3PL-00112EU · 192.0.2.7 · 8C:BF:EA:A1:33:F0 · 1.7.5');
    await reads(page, '.found:last-child .found-name', 'P110');
    await reads(page, '.found:last-child .warn', obstacle);
    expect(await page.locator('.found-copy:visible').count()).toBe(1);
    await page.getByText('Lines for studio.yaml').first().click();
    expect(await page.locator('.found-lines:visible').textContent()).toBe(YAML);
    await page.getByRole('button', { name: 'Copy: Régie' }).click();
    await reads(page, '.found-copy', 'Copied');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(YAML);
  });

  test('is copied where the browser gives its clipboard to encrypted pages only', async () => {
    visit.studio.unconfigured = [found()];
    const page = await visit.open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.evaluate(() => {
      Object.defineProperty(navigator.clipboard, 'writeText', { value: () => Promise.reject(new Error('insecure')) });
    });
    await page.getByRole('button', { name: 'Copy: Régie' }).click();
    await reads(page, '.found-copy', 'Copied');
    expect((await page.evaluate(() => navigator.clipboard.readText())).trim()).toBe(YAML.trim());
  });

  test('follows what comes and goes', async () => {
    visit.studio.unconfigured = [found()];
    const page = await visit.open('/', { locale: 'fr-FR' });
    await page.clock.install();
    await reads(page, '#discovered-heading', 'Non configuré');
    await reads(page, '.found-copy', 'Copier');
    visit.studio.unconfigured = [found({ name: 'Prise 2', mac: '8CBFEAA133F1', address: '192.0.2.8' })];
    await page.clock.fastForward(20_000);
    await reads(page, '.found-name', 'Prise 2');
    expect(await page.locator('.found').count()).toBe(1);
    visit.studio.unconfigured = [];
    await page.clock.fastForward(20_000);
    await until('it is hidden', async () => !(await page.locator('#discovered').isVisible()));
  });

  test('is text, whatever the names, and fits a small window', async () => {
    const hostile = `<img src=x onerror="document.title='owned'">${'W'.repeat(120)}`;
    visit.studio.unconfigured = [
      found({ name: hostile, model: hostile, obstacle: hostile, yaml: `  - id: ${hostile}\n` }),
    ];
    const page = await visit.open('/', { viewport: { width: 320, height: 844 } });
    await reads(page, '.found-name', hostile);
    await page.getByText('Lines for studio.yaml').click();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).not.toContain('owned');
    expect(await overflow(page)).toBe(0);
  });
});
