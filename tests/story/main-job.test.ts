/** The whole story on real input: real broker, real database, simulated plugs that replay traces, a live, a cut. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { RteOdre } from '../../adapters/carbon/rte-odre.ts';
import { query } from '../../adapters/influx/index.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import { loadConfig } from '../../config/load.ts';
import { SimulatedGrid } from '../../daemon/demo/grid.ts';
import type { Daemon } from '../../daemon/run.ts';
import { callApi } from '../support/api.ts';
import { testDaemon } from '../support/daemon.ts';
import { endAfterAll } from '../support/ends.ts';
import { fastClock } from '../support/fast-clock.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { noTraces, readTrace } from '../support/trace.ts';
import { until } from '../support/until.ts';

/** Ten times as fast as life: two minutes of live in twelve seconds. */
const FACTOR = 10;
/** Where in the day of the traces the story plays: everything is on. */
const TRACE_OFFSET_MS = 17.67 * 3_600_000;

const skip = noTraces || (noInfluxd && 'no influxd');

describe.skipIf(skip)(`the main job${skip ? ` (skipped: ${skip})` : ''}`, () => {
  const clock = fastClock(FACTOR);
  const folder = tempFolder();
  const ending = endAfterAll();
  const outlets = new Map<string, SimulatedOutlet>();
  const lights: SimulatedTapo[] = [];
  let influxd: Influxd;
  let grid: SimulatedGrid;
  let daemon: Daemon;
  let influxSettings: Parameters<typeof query>[0];

  const call = (path: string, body?: object) => callApi(daemon.url, path, body);
  const minutes = (count: number) => clock.sleep(count * 60_000);
  const outlet = (id: string) => {
    const found = outlets.get(id);
    if (!found) throw new Error(`no outlet ${id}`);
    return found;
  };

  beforeAll(async () => {
    const broker = await startMosquitto({ offair: 'a-broker-secret' });
    ending(() => broker.stop());
    influxd = await Influxd.in(join(folder, 'influxd'));
    ending(() => influxd.stop());
    grid = new SimulatedGrid(() => clock.nowMs());
    const gridUrl = await grid.start();
    ending(() => grid.stop());

    const traced = (id: string, trace: string) => {
      const { load } = readTrace(trace);
      const made = new SimulatedOutlet(clock, (ms) => load(ms + TRACE_OFFSET_MS));
      outlets.set(id, made);
      return made;
    };
    const account = { username: 'me@example.com', password: 'a-tapo-secret' };
    const tapo = async (id: string, trace: string, mac: string, model: 'P110' | 'P115') => {
      const device = new SimulatedTapo({
        clock,
        outlet: traced(id, trace),
        mac,
        model,
        nickname: id,
        firmware: '1.3.1',
        ...account,
      });
      const port = await device.start();
      ending(() => device.stop());
      return { device, port };
    };
    const shelly = async (id: string, trace: string, device: string) => {
      const plug = new SimulatedShelly({
        clock,
        outlet: traced(id, trace),
        brokerUrl: broker.url.replace('//', '//offair:a-broker-secret@'),
        device,
      });
      await plug.start();
      ending(() => plug.stop());
    };
    const light = await tapo('key-light', 'light-halogen', '02AA00000001', 'P110');
    lights.push(light.device);
    const pc = await tapo('streaming-pc', 'streaming-pc', '02AA00000002', 'P115');
    await shelly('monitor', 'monitor', 'shellyplusplugs-02aa00000003');
    await shelly('network', 'network-switch', 'shellyplugsg3-02aa00000004');

    const config = join(folder, 'studio.yaml');
    writeFileSync(
      config,
      `
studio: { id: story, name: Story }
discovery: { interface: 127.0.0.1 }
api: { port: ${await freePort()} }
mqtt: { url: '${broker.url}', username: offair }
influx: { url: '${influxd.url}', database: story }
switching: { dryRun: false, graceSeconds: 10 }
journal: { path: ${join(folder, 'journal.sqlite')} }
plugs:
  - { id: key-light, name: Key light, kind: light, essential: false, idleWatts: any, minOnSeconds: 5, adapter: tapo, host: 127.0.0.1, port: ${light.port}, mac: 02AA00000001, pollSeconds: 2 }
  - { id: streaming-pc, name: PC, kind: pc, essential: false, idleWatts: 5, adapter: tapo, host: 127.0.0.1, port: ${pc.port}, mac: 02AA00000002, pollSeconds: 2 }
  - { id: monitor, name: Monitor, kind: monitor, essential: false, idleWatts: any, minOnSeconds: 5, quietSeconds: 5, adapter: shelly, generation: 2, device: shellyplusplugs-02aa00000003, pollSeconds: 10 }
  - { id: network, name: Network, kind: network, adapter: shelly, generation: 3, device: shellyplugsg3-02aa00000004, pollSeconds: 10 }
`,
    );
    const secrets: Record<string, string> = {
      tapo_username: account.username,
      tapo_password: account.password,
      mqtt_password: 'a-broker-secret',
    };
    const loaded = loadConfig(config);
    daemon = await testDaemon({
      config: loaded,
      journalPath: join(folder, 'journal.sqlite'),
      clock,
      secret: (name) => secrets[name],
      intensitySources: [new RteOdre({ clock, baseUrl: gridUrl, provider: 'simulated-rte' })],
    });
    if (loaded.influx?.flavour !== 1) throw new Error('no influx section of 1.x');
    influxSettings = loaded.influx;
  });

  test('a live is measured, ends, the lights are cut and verified, and energy and grams are in the database', async () => {
    let status = await call('status');
    const refresh = async () => {
      status = await call('status');
      return status;
    };
    const online = () =>
      status.plugs.every((plug: { online: boolean }) => plug.online) && status.intensity?.status !== 'static';
    for (let round = 0; round < 200 && !online(); round += 1) {
      await clock.sleep(500);
      await refresh();
    }
    expect(status.problems.filter(({ code }: { code: string }) => !code.startsWith('influx'))).toEqual([]);
    expect(online(), JSON.stringify(status, null, 1)).toBe(true);
    expect(status).toMatchObject({ demo: false, phase: 'standby', onAir: false, dryRun: false });

    const whenOnline = new Map([...outlets].map(([id, each]) => [id, each.wattHours]));

    // The database is away when the live begins.
    const total = () => [...outlets.values()].reduce((sum, each) => sum + each.wattHours, 0);
    const beforeStart = total();
    const session = await call('sessions', { title: 'Matinale', phase: 'live' });
    const afterStart = total();
    await minutes(1);
    expect(await refresh()).toMatchObject({ onAir: true, phase: 'live' });
    expect(status.influx.pendingPoints).toBeGreaterThan(0);
    await influxd.start();
    await minutes(1);
    expect(await call('plugs/key-light/commands', { power: 'off' }).catch(String)).toContain('409');
    const beforeEnd = total();
    const ended = await call('sessions/current/end', {});
    const afterEnd = total();

    // Grace period, then the cut; the PC is in use and stays.
    for (let round = 0; round < 200 && outlet('key-light').relay; round += 1) await clock.sleep(1000);
    expect(outlet('key-light')).toMatchObject({ relay: false, watts: 0 });
    const log = async () =>
      (await call('switching/log')).map?.((row: object) => row) ?? (await call('switching/log')).entries;
    for (let round = 0; round < 200 && (await log()).length < 2; round += 1) await clock.sleep(1000);
    expect(await log()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ plug: 'key-light', to: 'off', outcome: 'verified', by: 'policy' }),
        expect.objectContaining({ plug: 'monitor', to: 'off', outcome: 'verified', by: 'policy' }),
      ]),
    );
    expect(outlet('streaming-pc').relay).toBe(true);
    expect(outlet('network').relay).toBe(true);
    expect(lights[0]?.executed.length).toBe(1);

    // The session's energy is what the outlets delivered between its two calls, within the polls' coarseness.
    await clock.sleep(30_000);
    const kept = await call(`sessions/${session.id}`);
    expect(kept.footprint.wh).toBeGreaterThan((beforeEnd - afterStart) * 0.95);
    expect(kept.footprint.wh).toBeLessThan((afterEnd - beforeStart) * 1.05);
    expect(kept.footprint.origins).toEqual([
      expect.objectContaining({ provider: 'simulated-rte', factorType: 'lifecycle' }),
    ]);
    expect(ended.id).toBe(session.id);

    // Everything reaches the database, and it is the same everywhere.
    await until('the outbox is nearly empty', async () => (await call('status')).influx.pendingPoints < 20);
    await daemon.stop();
    const rows = await query(influxSettings, 'SELECT sum(wh) AS wh, sum(grams) AS grams FROM energy GROUP BY plug');
    const metered = new Map(rows.map((row) => [String(row.plug), { wh: Number(row.wh), grams: Number(row.grams) }]));
    expect([...metered.keys()].sort()).toEqual(['key-light', 'monitor', 'network', 'streaming-pc']);
    for (const [id, { wh, grams }] of metered) {
      expect(wh, id).toBeGreaterThan(0);
      expect((grams / wh) * 1000, id).toBeCloseTo(status.intensity.gramsPerKwh, 0);
      // What was drawn before the first reading is nobody's.
      expect(wh, id).toBeGreaterThan((outlet(id).wattHours - (whenOnline.get(id) ?? 0)) * 0.95);
      expect(wh, id).toBeLessThan(outlet(id).wattHours * 1.05);
    }
    const switches = await query(influxSettings, 'SELECT verified FROM "switch" GROUP BY plug');
    expect(switches.map(({ plug, verified }) => `${plug} ${verified}`).sort()).toEqual(['key-light 1', 'monitor 1']);
    const phases = await query(influxSettings, 'SELECT phase FROM "session"');
    expect(phases.map(({ phase }) => phase)).toEqual(['live', 'standby']);
    const power = await query(influxSettings, 'SELECT count(watts) AS n FROM power');
    expect(Number(power[0]?.n)).toBeGreaterThan(100);
  }, 120_000);
});
