import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import { SimulatedTapoUdp } from '../../adapters/simulator/tapo-udp.ts';
import { DISCOVERY_PORT } from '../../adapters/tapo/packet.ts';
import { parseConfig } from '../../config/load.ts';
import { systemClock } from '../../daemon/clock.ts';
import { offair } from '../support/offair.ts';
import { tempFolder } from '../support/temp-folder.ts';

const ACCOUNT = { username: 'user@example.com', password: 'great_password' };
const ENV = { OFFAIR_TAPO_USERNAME: ACCOUNT.username, OFFAIR_TAPO_PASSWORD: ACCOUNT.password };
const ON_LOOPBACK = ['discover', '--interface', '127.0.0.1', '--seconds', '1'];
const folder = tempFolder();

// Nobody else may hear broadcasts on this port, or the tests would find each other's plugs.
describe('offair discover', () => {
  const network = new SimulatedTapoUdp();
  const plugs: SimulatedTapo[] = [];
  let free = true;
  beforeEach(async () => {
    free = await network.start(DISCOVERY_PORT).then(
      () => true,
      () => false,
    );
  });
  afterEach(async () => {
    for (const plug of plugs.splice(0)) await plug.stop();
    await network.stop();
  });

  /** A plug at a loopback address of its own. */
  async function plugAt(host: string, mac: string, nickname: string): Promise<void> {
    const identity = { model: 'P110' as const, mac, nickname, firmware: '1.3.1 Build 240621 Rel.162048' };
    const outlet = new SimulatedOutlet(systemClock, () => 5);
    const tapo = new SimulatedTapo({ clock: systemClock, ...ACCOUNT, ...identity, outlet });
    plugs.push(tapo);
    await network.join({ host, mac, httpPort: await tapo.start(host), owner: ACCOUNT.username });
  }

  test('shows every plug, which one is configured, and the lines for the other', async (context: TestContext) => {
    if (!free) context.skip(`UDP port ${DISCOVERY_PORT} of loopback is taken`);
    await plugAt('127.0.11.1', '9C-53-22-00-00-01', 'Caméra');
    await plugAt('127.0.11.2', '9C-53-22-00-00-02', 'Key light');
    const config = join(folder, 'studio.yaml');
    const camera = `  - { id: camera, name: Camera, adapter: tapo, host: 192.0.2.1, mac: 9C-53-22-00-00-01 }\n`;
    const head = `studio: { id: a, name: A }\nplugs:\n${camera}`;
    writeFileSync(config, head);

    const people = await offair([...ON_LOOPBACK, '--config', config], ENV);
    expect(people.code, people.stderr).toBe(0);
    expect(people.stdout).toMatch(/P110 +1\.3\.1 +9C-53-22-00-00-01 +127\.0\.11\.1 +Caméra +camera\n/);
    expect(people.stdout).toMatch(/P110 +1\.3\.1 +9C-53-22-00-00-02 +127\.0\.11\.2 +Key light +new\n/);
    expect(people.stderr).toContain('found P110 at 127.0.11.2: Key light');
    const lines = people.stdout.slice(people.stdout.indexOf('plugs:\n') + 'plugs:\n'.length);
    expect(parseConfig(`${head}${lines}`, 'pasted').plugs.map(({ id }) => id)).toEqual(['camera', 'key-light']);
    expect(`${people.stdout}${people.stderr}`).not.toContain(ACCOUNT.password);

    const machine = await offair([...ON_LOOPBACK, '--json'], ENV);
    expect(JSON.parse(machine.stdout)).toMatchObject([
      { model: 'P110', mac: '9C5322000001', name: 'Caméra', plugs: [], obstacle: null },
      { mac: '9C5322000002', address: '127.0.11.2', outlets: [{ adapter: 'tapo', host: '127.0.11.2' }] },
    ]);
  });

  test('with nothing found says what to check, and is no failure', async (context: TestContext) => {
    if (!free) context.skip(`UDP port ${DISCOVERY_PORT} of loopback is taken`);
    const { code, stdout, stderr } = await offair([...ON_LOOPBACK, '--json']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '[]\n' });
    expect(stderr).toMatch(/Nothing was found. Check:\n- The plugs have power/);
  });

  test('on an interface that is not there fails and says which there are', async () => {
    const { code, stderr } = await offair(['discover', '--interface', 'wlan9', '--seconds', '1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no network interface wlan9 .*127\.0\.0\.1/);
  });
});
