import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RteOdre } from '../../adapters/carbon/rte-odre.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { SimulatedGrid } from '../../daemon/demo/grid.ts';
import type { Report } from '../../model/report.ts';
import { testConfig, testDaemon } from '../support/daemon.ts';
import { fastClock } from '../support/fast-clock.ts';
import { openBroker } from '../support/open-broker.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const DEVICE = 'shellyplugsg3-8cbfeaa133f1';
const folder = tempFolder();

test('a live of the real daemon has its report beside the journal, and the API gives the same', async () => {
  const clock = fastClock(20);
  const broker = await openBroker();
  const grid = new SimulatedGrid(() => clock.nowMs());
  const shelly = new SimulatedShelly({
    ...{ clock, outlet: new SimulatedOutlet(clock, () => 180), brokerUrl: broker.url, device: DEVICE },
  });
  await shelly.start();
  const daemon = await testDaemon({
    config: await testConfig({
      mqtt: { url: broker.url },
      reports: { languages: ['fr'], formats: ['html', 'png'] },
      plugs: [{ id: 'light', name: 'Key light', kind: 'light', adapter: 'shelly', device: DEVICE, pollSeconds: 10 }],
    }),
    journalPath: join(folder, 'journal.sqlite'),
    clock,
    intensitySources: [new RteOdre({ clock, baseUrl: await grid.start(), provider: 'simulated-rte' })],
  });
  try {
    await until('the light is measured', async () => {
      const status = (await (await fetch(`${daemon.url}/api/v1/status`)).json()) as { watts: number };
      return status.watts > 100;
    });
    const { id } = await daemon.sessions.start({ title: 'Matinale', phase: 'live', by: 'test' });
    await clock.sleep(60_000);
    await daemon.sessions.end('test');
    const own = join(folder, 'reports', id);
    await until('the report is written', () => existsSync(join(own, 'report.json')));
    expect(readdirSync(own).sort()).toEqual(['card-fr.png', 'report-fr.html', 'report.json', 'story-fr.png']);
    const kept = JSON.parse(readFileSync(join(own, 'report.json'), 'utf8')) as Report;
    expect(kept.session).toMatchObject({ id, title: 'Matinale' });
    expect(kept.measured.byPlug.map(({ name }) => name)).toEqual(['Key light']);
    expect(kept.measured.wh.central).toBeGreaterThan(1);
    expect(kept.measured.footprint.origins[0]?.provider).toBe('simulated-rte');
    expect(kept.timeline.kinds[0]?.watts.some((watts) => (watts ?? 0) > 100)).toBe(true);
    const asked = (await (await fetch(`${daemon.url}/api/v1/sessions/${id}/report?format=json`)).json()) as Report;
    expect(asked.session).toEqual(kept.session);
    expect(asked.measured.wh).toEqual(kept.measured.wh);
  } finally {
    await daemon.stop();
    await shelly.stop();
    await grid.stop();
    await broker.stop();
  }
});
