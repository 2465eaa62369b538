/** A network that does its worst between offair and InfluxDB. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { seeded } from '../support/random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { MeteredStudio } from './metered-studio.ts';
import { MISHAPS, type Mishap, RoughLine } from './rough-line.ts';
import { sized } from './size.ts';

const onSetUp = sized<readonly Mishap[]>({
  quick: ['hangs within the answer', 'reset within the answer', 'hangs after the write', 'half closed after the write'],
  thorough: MISHAPS,
});
const rounds = sized({ quick: 2, thorough: 30 });

describe.skipIf(noInfluxd)('a line that resets, hangs, half closes, drips, floods and lies', () => {
  const folder = tempFolder();

  test(`loses nothing and doubles nothing, through each of its mishaps ${rounds} times`, async () => {
    const influxd = await Influxd.in(join(folder, 'influxd'));
    await influxd.start();
    const line = new RoughLine(() => influxd.url);
    const influxUrl = await line.start();
    const studio = await MeteredStudio.start({ plugs: 5, path: join(folder, 'journal.db'), influxUrl });
    try {
      const random = seeded(rounds);
      const ahead = Array.from({ length: rounds }, () => MISHAPS)
        .flat()
        .map((mishap) => ({ mishap, order: random() }))
        .sort((one, other) => one.order - other.order)
        // A success between two of them: or else the pauses grow.
        .flatMap(({ mishap }): Mishap[] => ['none', mishap]);
      line.choose = () => ahead.pop() ?? 'none';
      while (ahead.length > 0) await studio.run(60);
      const { readings } = studio.books();
      await studio.deliver();

      const { points } = studio.books();
      expect(points).toEqual({ ...points, delivered: points.enqueued, queued: 0, deadLetters: 0, dropped: 0 });
      expect(await studio.readingsInInflux()).toBe(readings.taken);
      await studio.expectSameEnergyEverywhere();
    } finally {
      await studio.stop();
      await line.stop();
      await influxd.stop();
    }
  }, 900_000);

  test(`leads to a database that is set up and filled, through ${onSetUp.length} mishaps of the setting up`, async () => {
    const influxd = await Influxd.in(join(folder, 'influxd-set-up'));
    await influxd.start();
    const line = new RoughLine(() => influxd.url);
    const influxUrl = await line.start();
    const ahead = [...onSetUp];
    line.chooseForQuery = () => ahead.pop() ?? 'none';
    const studio = await MeteredStudio.start({ plugs: 2, path: join(folder, 'set-up.db'), influxUrl });
    try {
      await studio.run(600);
      await studio.deliver();
      expect(ahead).toEqual([]);
      await studio.expectSameEnergyEverywhere();
    } finally {
      await studio.stop();
      await line.stop();
      await influxd.stop();
    }
  }, 300_000);
});
