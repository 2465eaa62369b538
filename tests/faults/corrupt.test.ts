/** A card that wrote over pages of the journal. */
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { seeded } from '../support/random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { MeteredStudio } from './metered-studio.ts';
import { sized } from './size.ts';

const PAGE_BYTES = 4096;
const seeds = sized({ quick: 4, thorough: 60 });

/** Writes random bytes over the first page, or over half of the file. */
function damage(path: string, seed: number): void {
  const random = seeded(seed);
  const pages = Math.floor(statSync(path).size / PAGE_BYTES);
  const file = openSync(path, 'r+');
  const bytes = Buffer.from(Array.from({ length: PAGE_BYTES }, () => Math.floor(random() * 256)));
  const hit = Array.from({ length: pages }, (_, page) => page).filter((page) =>
    seed % 3 === 0 ? page === 0 : page > 0 && random() < 0.5,
  );
  for (const page of hit) writeSync(file, bytes, 0, PAGE_BYTES, page * PAGE_BYTES);
  closeSync(file);
}

describe.skipIf(noInfluxd)('a damaged journal', () => {
  const folder = tempFolder();
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await Influxd.in(join(folder, 'influxd'));
    await influxd.start();
  });
  afterAll(() => influxd.stop());

  test(`is set aside, ${seeds} times, and from then on the books balance and all energy arrives`, async () => {
    for (let seed = 0; seed < seeds; seed += 1) {
      const name = `journal-${seed}.db`;
      const path = join(folder, name);
      const studio = await MeteredStudio.start({ plugs: 3, path, influxUrl: influxd.url });
      try {
        await studio.run(100);
        await studio.stop();
        damage(path, seed);
        await studio.startAfterLoss();
        expect(readdirSync(folder).filter((file) => file.startsWith(`${name}.corrupt-`))).not.toEqual([]);
        await studio.run(100);
        await studio.deliver();
        const { readings, points } = studio.books();
        expect(points).toEqual({ ...points, delivered: points.enqueued, queued: 0, deadLetters: 0, dropped: 0 });
        expect(await studio.readingsInInflux()).toBe(2 * readings.taken);
        await studio.expectSameEnergyEverywhere();
      } finally {
        await studio.stop();
      }
    }
  }, 120_000);
});
