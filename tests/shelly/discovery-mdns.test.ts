import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bonjour } from 'bonjour-service';
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import type { FoundDevice } from '../../adapters/adapter.ts';
import { discoverOverMdns } from '../../adapters/shelly/discovery-mdns.ts';
import { systemClock } from '../../daemon/clock.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { GROUP, LOOPBACK, multicastPort } from '../support/multicast.ts';
import { seeded } from '../support/random.ts';
import { until } from '../support/until.ts';

const INFO = {
  name: 'Caméra',
  id: 'shellyplugsg3-8cbfeaa133f0',
  mac: '8CBFEAA133F0',
  model: 'S3PL-00112EU',
  gen: 3,
  ver: '1.7.5',
  auth_en: false,
};
const GEN1 = {
  type: 'SHPLG-S',
  mac: 'E8DB84C38EAB',
  auth: false,
  fw: '20230913-114008/v1.14.0-gcb84623',
  num_meters: 1,
};

describe('a search by mDNS', () => {
  let port: number | null = null;
  let network: Bonjour | null = null;
  let servers: Server[] = [];
  const stranger: Socket = createSocket('udp4');
  const found: FoundDevice[] = [];
  let end = new AbortController();
  let searching: Promise<void> | null = null;
  beforeEach(async () => {
    port = await multicastPort();
    found.length = 0;
    if (port === null) return;
    // More than its types admit.
    const options = { interface: LOOPBACK, bind: '0.0.0.0', port };
    network = new Bonjour(options);
  });
  afterEach(async () => {
    end.abort();
    await searching;
    await new Promise<void>((resolve) => (network ? network.destroy(() => resolve()) : resolve()));
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    servers = [];
  });

  /** The web server of a device; resolves with its port. */
  async function web(pages: Record<string, unknown>): Promise<number> {
    const server = createServer(({ url }, response) => {
      const page = pages[url ?? ''];
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(page === undefined ? 'not found' : JSON.stringify(page));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
    return (server.address() as AddressInfo).port;
  }

  function publish(name: string, type: string, httpPort: number, txt: Record<string, string>): void {
    network?.publish({ name, type, port: httpPort, txt, probe: false, host: `${name}.local` });
  }

  function search(context: TestContext): void {
    if (port === null) context.skip('multicasts do not come back on loopback here');
    end = new AbortController();
    const deps = adapterDeps({ clock: systemClock });
    searching = discoverOverMdns({ ...deps, port: port ?? 0 }, (device) => found.push(device), end.signal);
  }

  test('shows plugs that are not on the broker, and what to set in them', async (context) => {
    const newer = await web({
      '/shelly': INFO,
      '/rpc/Shelly.GetStatus': { mqtt: { connected: false }, 'switch:0': { id: 0, apower: 3 } },
      '/rpc/MQTT.GetConfig': { enable: false, server: null, topic_prefix: 'studio/camera' },
    });
    const older = await web({
      '/shelly': GEN1,
      '/settings': { mqtt: { enable: true, server: '192.0.2.9:1883', id: 'shellyplug-s-C38EAB' } },
      '/status': { mqtt: { connected: true } },
    });
    const locked = await web({
      '/shelly': {
        ...INFO,
        id: 'shellypmminig3-84fce63bf464',
        mac: '84FCE63BF464',
        model: 'S3PM-001PCEU16',
        auth_en: true,
      },
    });
    const printer = await web({ '/shelly': { printer: true } });
    publish('shellyplugsg3-8cbfeaa133f0', 'shelly', newer, { gen: '3', app: 'PlugSG3', ver: '1.7.5' });
    publish('shellyplug-s-C38EAB', 'http', older, { id: 'shellyplug-s-C38EAB', arch: 'esp8266', app: 'shelly-plug-s' });
    publish('shellypmminig3-84fce63bf464', 'http', locked, { gen: '3' });
    publish('Office printer', 'http', printer, {});
    search(context);
    await until('all three are found', () => found.length === 3);
    const of = (mac: string) => found.find((device) => device.mac === mac);
    expect(of('8CBFEAA133F0')).toMatchObject({
      name: 'Caméra',
      address: LOOPBACK,
      firmware: '1.7.5',
      outlets: [{ adapter: 'shelly', generation: 3, device: INFO.id, topicPrefix: 'studio/camera' }],
      obstacle: expect.stringMatching(
        /^its MQTT is off: turn it on in .*http:\/\/127\.0\.0\.1:\d+.*add the mqtt: section/,
      ),
    });
    expect(of('E8DB84C38EAB')).toMatchObject({
      model: 'SHPLG-S',
      firmware: '1.14.0',
      outlets: [{ generation: 1, device: 'shellyplug-s-C38EAB', mac: 'E8:DB:84:C3:8E:AB' }],
      obstacle: expect.stringMatching(/connected to the broker 192\.0\.2\.9:1883/),
    });
    expect(of('84FCE63BF464')).toMatchObject({
      outlets: [{ device: 'shellypmminig3-84fce63bf464', component: 'pm1' }],
      obstacle: expect.stringMatching(/web page has a password/),
    });
  });

  test('takes no harm from packets that are none', async (context) => {
    const plug = await web({ '/shelly': INFO });
    publish('shellyplugsg3-8cbfeaa133f0', 'shelly', plug, { gen: '3' });
    search(context);
    await until('the plug is found', () => found.length === 1);
    // A true answer, bent in every byte.
    const answer = await new Promise<Buffer>((resolve) => {
      const ear = createSocket({ type: 'udp4', reuseAddr: true });
      ear.on('message', (packet) => {
        if (packet.length < 100 || ear.listenerCount('message') === 0) return;
        ear.removeAllListeners('message');
        ear.close();
        resolve(packet);
      });
      ear.bind(port ?? 0, '0.0.0.0', () => {
        ear.addMembership(GROUP, LOOPBACK);
        network?.find({ type: 'shelly' });
      });
    });
    const random = seeded(7);
    await new Promise<void>((resolve) => stranger.bind(0, LOOPBACK, resolve));
    stranger.setMulticastInterface(LOOPBACK);
    for (let each = 0; each < 5000; each += 1) {
      const bent = Buffer.from(answer);
      for (let bends = 0; bends < 1 + random() * 4; bends += 1)
        bent[Math.floor(random() * bent.length)] = Math.floor(random() * 256);
      const cut = random() < 0.2 ? bent.subarray(0, Math.floor(random() * bent.length)) : bent;
      await new Promise((resolve) => stranger.send(cut, port ?? 0, GROUP, resolve));
    }
    stranger.close();
    expect(found).toHaveLength(1);
  });
});
