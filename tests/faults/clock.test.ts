/** The wall clock of a small computer: without a battery, put right when the network comes. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quarterHourStart } from '../../model/energy.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { influxRows } from './influx-query.ts';
import { MeteredStudio } from './metered-studio.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 24, 12, 7);

describe.skipIf(noInfluxd)('a wall clock that jumps', { timeout: 120_000 }, () => {
  const folder = tempFolder();
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await Influxd.in(join(folder, 'influxd'));
    await influxd.start();
  });
  afterAll(() => influxd.stop());

  test.each([
    { what: 'an hour ahead', startMs: NOW_MS, jumpMs: HOUR_MS },
    { what: 'an hour back', startMs: NOW_MS, jumpMs: -HOUR_MS },
    { what: 'from 1970 to now', startMs: 30_000, jumpMs: NOW_MS },
  ])('$what loses no energy and makes none, with a restart before and after', async ({ what, startMs, jumpMs }) => {
    const path = join(folder, `${what}.db`);
    const studio = await MeteredStudio.start({ plugs: 3, path, influxUrl: influxd.url, startMs });
    try {
      await studio.run(600);
      await studio.restart(60);
      await studio.run(600);
      studio.clock.stepWall(jumpMs);
      await studio.run(600);
      await studio.restart(60);
      await studio.run(600);
      await studio.deliver();
      const { readings, points } = studio.books();
      expect(readings).toMatchObject({ waiting: 0, dropped: 0 });
      expect(points).toMatchObject({ delivered: points.enqueued, deadLetters: 0, dropped: 0 });
      expect(await studio.readingsInInflux()).toBe(4 * 60 * 3);
      await studio.expectSameEnergyEverywhere();
    } finally {
      await studio.stop();
    }
  });

  test('from 1970 to now: what was read before has the times that it really had', async () => {
    const path = join(folder, 'set.db');
    const studio = await MeteredStudio.start({ plugs: 3, path, influxUrl: influxd.url, startMs: 30_000 });
    try {
      await studio.run(300);
      expect(studio.books().readings).toMatchObject({ taken: 90, waiting: 90 });
      studio.clock.stepWall(NOW_MS);
      await studio.run(300);
      await studio.deliver();
      expect(studio.books().readings).toMatchObject({ taken: 180, waiting: 0 });
      await studio.expectSameEnergyEverywhere();
      expect(await studio.readingsInInflux()).toBe(180);
      const [{ time } = {}] = await influxRows(influxd.url, studio.database, 'SELECT first(watts) FROM power');
      expect(time).toBe(NOW_MS + 30_000 + 10_000);
      expect(Math.min(...(await studio.journal.slices(0, 2 * NOW_MS)).map(({ startMs }) => startMs))).toBe(
        quarterHourStart(NOW_MS + 40_000),
      );
    } finally {
      await studio.stop();
    }
  });

  test('between two runs leaves the energy of the absence whole, in both directions', async () => {
    for (const jumpMs of [HOUR_MS, -HOUR_MS]) {
      const path = join(folder, `away ${jumpMs}.db`);
      const studio = await MeteredStudio.start({ plugs: 2, path, influxUrl: influxd.url, startMs: NOW_MS });
      try {
        await studio.run(600);
        await studio.restart(60);
        studio.clock.stepWall(jumpMs);
        await studio.run(600);
        await studio.deliver();
        studio.books();
        await studio.expectSameEnergyEverywhere();
      } finally {
        await studio.stop();
      }
    }
  });
});
