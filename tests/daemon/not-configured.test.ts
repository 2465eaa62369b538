import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { createMqttUser } from '../../adapters/mqtt/broker/index.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import type { DiscoveredView } from '../../api/deps.ts';
import { parseConfig } from '../../config/load.ts';
import { systemClock as clock } from '../../daemon/clock.ts';
import { keepMqttUsers } from '../../daemon/mqtt.ts';
import { callApi } from '../support/api.ts';
import { testDaemon } from '../support/daemon.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { offair } from '../support/offair.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const KNOWN = 'shellyplugsg3-8cbfeaa133f0';
const NEW = 'shellyplusplugs-8cbfeaa133f1';
const folder = tempFolder();

async function shelly(brokerUrl: string, device: string, prefix = device): Promise<SimulatedShelly> {
  const plug = new SimulatedShelly({ clock, outlet: new SimulatedOutlet(clock, () => 20), brokerUrl, device, prefix });
  await plug.start();
  onTestFinished(() => plug.stop());
  return plug;
}

function studio(mqtt: string, port: number, more = ''): string {
  return `studio: { id: a, name: A }
api: { port: ${port} }
discovery: { interface: 127.0.0.1 }
journal: { path: ${join(folder, 'none.sqlite')} }
mqtt: ${mqtt}
plugs:
  - { id: camera, name: Camera, adapter: shelly, device: ${KNOWN}, pollSeconds: 10 }
${more}`;
}

async function daemonOf(yaml: string, journalPath: string) {
  const daemon = await testDaemon({ config: parseConfig(yaml, 'studio.yaml'), journalPath });
  onTestFinished(() => daemon.stop());
  const discovered = () => callApi<DiscoveredView[]>(daemon.url, 'discovered');
  return { daemon, discovered };
}

describe('a plug on the broker that is not configured', () => {
  test('is shown by the running daemon, by the API and by discover, with lines that then work', async () => {
    const broker = await startMosquitto();
    onTestFinished(() => broker.stop());
    await shelly(broker.url, KNOWN);
    await shelly(broker.url, NEW, 'studio/desk/lamp');
    const port = await freePort();
    const mqtt = `{ url: ${broker.url} }`;
    const { daemon, discovered } = await daemonOf(studio(mqtt, port), join(folder, 'external.sqlite'));
    await until('it is found', async () => (await discovered()).length > 0);
    const [device, ...others] = await discovered();
    expect(others).toEqual([]);
    expect(device).toMatchObject({ adapter: 'shelly', model: 'SNPL-00112EU', mac: '8CBFEAA133F1', obstacle: null });
    await daemon.stop();

    const again = await daemonOf(studio(mqtt, port, device?.yaml ?? ''), join(folder, 'external.sqlite'));
    const status = () => callApi<{ watts: number }>(again.daemon.url, 'status');
    await until('both are measured', async () => (await status()).watts === 40);

    const file = join(folder, 'studio.yaml');
    writeFileSync(file, studio(mqtt, port));
    const { code, stdout, stderr } = await offair(['discover', '--seconds', '3', '--config', file]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/S3PL-00112EU +1\.7\.5 +8C-BF-EA-A1-33-F0 .* camera\n/);
    expect(stdout).toMatch(/SNPL-00112EU .* new\n/);
    expect(stdout).toContain(`plugs:\n${device?.yaml}`);
    const named = await offair([
      'discover',
      '--json',
      '--seconds',
      '3',
      '--interface',
      '127.0.0.1',
      '--broker',
      broker.url,
    ]);
    expect(JSON.parse(named.stdout)).toHaveLength(2);
  });

  test("is found on offair's own broker, where it may touch only what is its own", async () => {
    const journalPath = join(folder, 'embedded.sqlite');
    const journal = new SqliteJournal(journalPath, { clock, maxBytes: 1e9, onLost: () => {} });
    await journal.open();
    const prefix = 'studio/lamp';
    const { user, password } = createMqttUser('lamp', { own: [prefix, NEW], publish: [], subscribe: [] });
    await keepMqttUsers(journal, [user]);
    await journal.close();
    const [port, mqttPort] = [await freePort(), await freePort()];
    const mqtt = `{ embedded: { host: 127.0.0.1, port: ${mqttPort} } }`;
    const { discovered } = await daemonOf(studio(mqtt, port), journalPath);
    await shelly(`mqtt://lamp:${password}@127.0.0.1:${mqttPort}`, NEW, prefix);
    await until('it is found', async () => (await discovered()).length > 0);
    expect(await discovered()).toMatchObject([{ mac: '8CBFEAA133F1', obstacle: null }]);
  });
});

test('discover says when the broker can not be reached, or is none', async () => {
  const nowhere = ['discover', '--seconds', '1', '--interface', '127.0.0.1', '--broker'];
  const { code, stderr } = await offair([...nowhere, `mqtt://127.0.0.1:${await freePort()}`]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/can not be reached: .*\n.*was not searched/s);
  expect((await offair([...nowhere, 'mqtt://a:secret@127.0.0.1'])).stderr).toMatch(
    /without password: .* mqtt_password/,
  );
});
