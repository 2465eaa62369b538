/** The computer is without power, the plugs are not: what they drew meanwhile comes from their counters and histories. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clock } from '../../model/clock.ts';
import { fastClock } from '../support/fast-clock.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { Api, DATABASE, daemonOf, Plugs } from './daemon-studio.ts';
import { influxEnergy, influxRows } from './influx-query.ts';

const HOUR_MS = 3_600_000;
const FACTOR = 10;
const WATTS = 600;
/** What a plug draws within the seconds between two readings, and within a whole Wh of its counter. */
const COARSE_WH = (WATTS * 2 * 11 * FACTOR) / 3600 + 1;

/** Ten times as fast as life, and hours can be left out while nobody waits for anything. */
function skippingClock(): Clock & { skip(ms: number): void } {
  const clock = fastClock(FACTOR);
  let skippedMs = 0;
  return {
    nowMs: () => clock.nowMs() + skippedMs,
    monotonicMs: () => clock.monotonicMs() + skippedMs,
    after: clock.after,
    sleep: clock.sleep,
    skip(ms) {
      skippedMs += ms;
    },
  };
}

describe.skipIf(noInfluxd)('after a time without the daemon', () => {
  const folder = tempFolder();
  const clock = skippingClock();
  let influxd: Influxd;
  let plugs: Plugs;
  beforeAll(async () => {
    influxd = await Influxd.in(join(folder, 'influxd'));
    await influxd.start();
    plugs = await Plugs.start(clock);
    await plugs.addShelly('shelly', WATTS);
    await plugs.addTapo('tapo', WATTS);
  });
  afterAll(async () => {
    await plugs.stop();
    await influxd.stop();
  });

  test('of minutes and of hours, each plug has all its energy, marked as gap, in the hours in which it was drawn', async () => {
    const config = await plugs.config(folder, { influx: { url: influxd.url, database: DATABASE } });
    let daemon = await daemonOf(config, clock);
    let api = new Api(daemon.url);
    await api.allOnline();
    const first = plugs.deliveredWh();
    const awayMs = [3 * 60_000, 5 * HOUR_MS];
    const gaps = { shelly: 0, tapo: 0 };
    for (const ms of awayMs) {
      await clock.sleep(30_000);
      await daemon.stop();
      clock.skip(ms / 2);
      // In the second half twice as much was on.
      for (const outlet of plugs.outlets.values()) outlet.setLoad(() => 2 * WATTS);
      clock.skip(ms / 2);
      for (const outlet of plugs.outlets.values()) outlet.setLoad(() => WATTS);
      daemon = await daemonOf(config, clock);
      api = new Api(daemon.url);
      await api.allOnline();
      const drawnWh = (1.5 * WATTS * ms) / HOUR_MS;
      for (const id of ['shelly', 'tapo'] as const) {
        await until(`the gap of ${id} is booked`, async () => (await gapWh(api, id)) > gaps[id] + drawnWh - COARSE_WH);
        const gap = await gapWh(api, id);
        expect(gap - gaps[id], id).toBeLessThan(drawnWh + 2 * COARSE_WH);
        gaps[id] = gap;
      }
    }
    await clock.sleep(30_000);
    const { readings } = await api.books();
    expect(readings.dropped).toBe(0);
    const kept = await api.energyWh(clock.nowMs());
    const drawn = plugs.deliveredWh();
    for (const [id, wh] of drawn) {
      const owed = wh - (first.get(id) ?? 0);
      expect(kept.get(id), id).toBeGreaterThan(owed - COARSE_WH);
      expect(kept.get(id), id).toBeLessThan(owed + COARSE_WH);
    }
    await daemon.stop();
    for (const [id, wh] of await influxEnergy(influxd.url, DATABASE)) {
      expect(wh, id).toBeGreaterThan((kept.get(id) ?? 0) - 1e-6);
      expect(wh, id).toBeLessThan((kept.get(id) ?? 0) + COARSE_WH);
    }
    // The history of a Tapo tells the hours with the small load from those with the large; a Shelly keeps none.
    expect(await quarters('tapo', WATTS / 4)).toBeGreaterThanOrEqual(4);
    expect(await quarters('tapo', WATTS / 2)).toBeGreaterThanOrEqual(4);
    expect(await quarters('shelly', (1.5 * WATTS) / 4)).toBeGreaterThanOrEqual(18);
  }, 120_000);

  const period = () => {
    const [from, to] = [clock.nowMs() - 24 * HOUR_MS, clock.nowMs() + HOUR_MS].map((ms) => new Date(ms).toISOString());
    return `from=${from}&to=${to}`;
  };

  async function gapWh(api: Api, plug: string): Promise<number> {
    const { json } = await api.call(`emissions?groupBy=plug&${period()}`);
    const groups = json.groups as { key: string; footprint: { gapWh: number } }[];
    return groups.find(({ key }) => key === plug)?.footprint.gapWh ?? 0;
  }

  /** How many quarter hours of a plug have this energy, in InfluxDB. */
  async function quarters(plug: string, wh: number): Promise<number> {
    const rows = await influxRows(influxd.url, DATABASE, `SELECT wh FROM energy WHERE plug = '${plug}'`);
    return rows.filter((row) => Math.abs(Number(row.wh) - wh) < 2).length;
  }
});
