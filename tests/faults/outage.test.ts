/** A day without InfluxDB. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { MeteredStudio } from './metered-studio.ts';
import { sized } from './size.ts';

const { hours, plugs, stepSeconds } = sized({
  quick: { hours: 24, plugs: 4, stepSeconds: 60 },
  thorough: { hours: 24, plugs: 100, stepSeconds: 10 },
});

describe.skipIf(noInfluxd)('InfluxDB that is away', () => {
  const folder = tempFolder();

  test(`for ${hours} h with ${plugs} plugs, and a restart in between, gets everything when it comes`, async () => {
    const influxd = await Influxd.in(join(folder, 'influxd'));
    const studio = await MeteredStudio.start({ plugs, path: join(folder, 'journal.db'), influxUrl: influxd.url });
    try {
      const half = (hours / 2) * 3600;
      await studio.run(half, stepSeconds);
      await studio.restart(120);
      await studio.run(half, stepSeconds);
      const away = studio.books();
      expect(away.points).toMatchObject({ delivered: 0, deadLetters: 0, dropped: 0 });

      await influxd.start();
      await studio.deliver();
      const { points } = studio.books();
      expect(points).toEqual({ ...points, delivered: points.enqueued, queued: 0 });
      expect(await studio.readingsInInflux()).toBe((hours * 3600 * plugs) / stepSeconds);
      await studio.expectSameEnergyEverywhere();
    } finally {
      await studio.stop();
      await influxd.stop();
    }
  }, 1_200_000);
});
