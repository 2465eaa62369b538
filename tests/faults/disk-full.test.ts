/** A disk, or a journal, that has no more room. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { MeteredStudio } from './metered-studio.ts';

const folder = tempFolder();
const disk = join(folder, 'small disk');
mkdirSync(disk);
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).status === 0;
if (!mounted) console.warn('skipped: no small disk can be mounted here (it takes root)');
afterAll(() => {
  if (mounted) spawnSync('umount', ['--lazy', disk]);
});

/** Leaves no byte free. Gives back the room when called. */
function fill(): () => void {
  const path = join(disk, 'ballast');
  const file = openSync(path, 'w');
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(file);
  return () => rmSync(path);
}

describe.skipIf(noInfluxd)('without room', { timeout: 120_000 }, () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await Influxd.in(join(folder, 'influxd'));
    await influxd.start();
  });
  afterAll(() => influxd.stop());

  test.skipIf(!mounted)(
    'on the disk, readings wait in memory, and nothing is lost when there is room again',
    async () => {
      const path = join(disk, 'journal.db');
      const studio = await MeteredStudio.start({ plugs: 5, path, influxUrl: influxd.url });
      try {
        await studio.run(300);
        const makeRoom = fill();
        await studio.run(1200);
        expect(studio.pipeline.trouble).toContain('no room');
        expect(studio.books().readings.waiting).toBeGreaterThan(500);
        makeRoom();
        await studio.run(10);
        expect(studio.pipeline.trouble).toBeNull();
        expect(studio.books().readings).toMatchObject({ waiting: 0, dropped: 0 });
        await studio.deliver();
        const { readings, points } = studio.books();
        expect(points).toEqual({ ...points, delivered: points.enqueued, queued: 0, deadLetters: 0, dropped: 0 });
        expect(await studio.readingsInInflux()).toBe(readings.taken);
        await studio.expectSameEnergyEverywhere();
      } finally {
        await studio.stop();
      }
    },
  );

  test.skipIf(!mounted)('for a start either, it says so, and later all is booked from the counters', async () => {
    const path = join(disk, 'restarted.db');
    const studio = await MeteredStudio.start({ plugs: 5, path, influxUrl: influxd.url });
    try {
      await studio.run(300);
      const makeRoom = fill();
      await studio.run(300);
      await studio.stop();
      await expect(studio.startAgain()).rejects.toThrow('free some disk space');
      makeRoom();
      await studio.startAgain();
      await studio.run(60);
      await studio.deliver();
      studio.books();
      await studio.expectSameEnergyEverywhere();
    } finally {
      await studio.stop();
    }
  });

  test('in the journal, with InfluxDB away, the oldest readings are given up and counted, and no energy', async () => {
    const path = join(folder, 'bounded.db');
    const away = await Influxd.in(join(folder, 'away'));
    const studio = await MeteredStudio.start({ plugs: 20, path, influxUrl: away.url, maxBytes: 250_000 });
    try {
      await studio.run(6 * 3600, 20);
      const before = studio.books();
      expect(before.points.dropped).toBeGreaterThan(0);
      expect(before.readings.thinned).toBeGreaterThan(0);
      await away.start();
      await studio.deliver();
      const { readings, points } = studio.books();
      expect(points).toEqual({ ...points, delivered: points.enqueued - points.dropped, queued: 0, deadLetters: 0 });
      expect(await studio.readingsInInflux()).toBe(readings.taken - points.dropped);
      await studio.expectSameEnergyEverywhere();
    } finally {
      await studio.stop();
      await away.stop();
    }
  });
});
