/** The daemon as a service runs it, killed at any moment; the broker restarted; InfluxDB away now and then. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../daemon/clock.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { startOffair } from '../support/offair.ts';
import { seeded } from '../support/random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { Api, energyInInflux, Plugs } from './daemon-studio.ts';
import { sized } from './size.ts';

const kills = sized({ quick: 2, thorough: 25 });
const WATTS = 2000;
/** A Shelly is read every 10 s and tells changes at once; energy of the time since is not known yet, Wh. */
const UNREAD_WH = (WATTS * 11) / 3600;

describe.skipIf(noInfluxd)('the daemon', () => {
  const folder = tempFolder();

  test(`killed ${kills} times, with broker and InfluxDB restarted in between, loses no energy`, async () => {
    const influxd = await Influxd.in(join(folder, 'influxd'));
    await influxd.start();
    const plugs = await Plugs.start(systemClock);
    const random = seeded(kills);
    const config = join(folder, 'studio.yaml');
    let daemon: ReturnType<typeof startOffair> | null = null;
    try {
      await plugs.addShelly('one', WATTS);
      await plugs.addShelly('two', WATTS);
      const text = await plugs.config(folder, { influx: { url: influxd.url, database: 'faults' } });
      writeFileSync(config, JSON.stringify(text));
      const api = new Api(`http://127.0.0.1:${(text.api as { port: number }).port}`);
      let before: Map<string, number> | null = null;
      for (let run = 0; run <= kills; run += 1) {
        const running = startOffair(['run', '--config', config]);
        daemon = running;
        await until('the daemon answers', async () => {
          if (running.process.exitCode !== null) throw new Error(`offair ended: ${running.output()}`);
          return api.call('status').then(
            () => true,
            () => false,
          );
        });
        await api.allOnline();
        if (before === null) {
          // From the first reading on the disk on, every watt-hour is ours.
          before = plugs.deliveredWh();
          await until('the first readings are on the disk', async () => {
            const { taken, written } = (await api.books()).readings;
            return taken >= plugs.outlets.size && written >= taken;
          });
        }
        if (run === kills) break;
        if (run % 2 === 0) {
          await plugs.broker.down();
          await influxd.stop();
          await plugs.broker.up();
          await influxd.start();
        }
        await systemClock.sleep(random() * 4000);
        await api.books();
        running.process.kill('SIGKILL');
        await running.finished;
      }

      const fromWh = before ?? new Map();
      await until('the last readings are in the journal', async () => {
        const kept = await api.energyWh(systemClock.nowMs());
        return [...plugs.deliveredWh()].every(
          ([id, wh]) => (kept.get(id) ?? 0) >= wh - (fromWh.get(id) ?? 0) - UNREAD_WH,
        );
      });
      for (const [id, wh] of await api.energyWh(systemClock.nowMs()))
        expect(wh, id).toBeLessThanOrEqual((plugs.deliveredWh().get(id) ?? 0) - (fromWh.get(id) ?? 0) + UNREAD_WH);
      await api.books();

      // A clean stop says the last energy points; what they are must be what the journal has at the next start.
      daemon?.process.kill('SIGTERM');
      await daemon?.finished;
      daemon = startOffair(['run', '--config', config]);
      await until('all is delivered', async () => {
        const books = await api.books().catch(() => null);
        return books !== null && books.points.enqueued > 0 && books.points.queued === 0;
      });
      const { points } = await api.books();
      expect(points).toMatchObject({ deadLetters: 0, dropped: 0 });
      daemon.process.kill('SIGTERM');
      await daemon.finished;
      daemon = null;
      const delivered = await energyInInflux(influxd.url);
      for (const [id, wh] of plugs.deliveredWh()) {
        expect(delivered.get(id) ?? 0, id).toBeGreaterThan(wh - (fromWh.get(id) ?? 0) - 2 * UNREAD_WH);
        expect(delivered.get(id) ?? 0, id).toBeLessThan(wh - (fromWh.get(id) ?? 0) + UNREAD_WH);
      }
    } finally {
      daemon?.process.kill('SIGKILL');
      await plugs.stop();
      await influxd.stop();
    }
  }, 600_000);
});
