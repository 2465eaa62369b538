import { Bonjour } from 'bonjour-service';
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import type { FoundDevice } from '../../adapters/adapter.ts';
import { discoverHomewizard } from '../../adapters/homewizard/discovery.ts';
import { plugAdapters } from '../../adapters/registry.ts';
import { systemClock } from '../../daemon/clock.ts';
import { Configured } from '../../daemon/discover.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { LOOPBACK, multicastPort } from '../support/multicast.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, MAC } from './bench.ts';

describe('a search for Energy Sockets', () => {
  let at: Bench;
  let mdnsPort: number | null = null;
  let network: Bonjour | null = null;
  let end = new AbortController();
  let searching: Promise<void> | null = null;
  const found: FoundDevice[] = [];
  beforeEach(async () => {
    at = await bench();
    found.length = 0;
    mdnsPort = await multicastPort();
    if (mdnsPort === null) return;
    // More than its types admit.
    const options = { interface: LOOPBACK, bind: '0.0.0.0', port: mdnsPort };
    network = new Bonjour(options);
  });
  afterEach(async () => {
    end.abort();
    await searching;
    await new Promise<void>((resolve) => (network ? network.destroy(() => resolve()) : resolve()));
    await at.socket.stop();
  });

  function announce(txt: Record<string, string>, port = Number(new URL(at.origin).port)): void {
    const serial = txt.serial ?? MAC.toLowerCase();
    const all = { api_enabled: '1', path: '/api/v1', serial, product_name: 'Energy Socket', product_type: 'HWE-SKT' };
    const name = `energysocket-${serial.slice(-6).toUpperCase()}`;
    network?.publish({ name, type: 'hwenergy', port, txt: { ...all, ...txt }, probe: false, host: `${name}.local` });
  }

  function search(context: TestContext): void {
    if (mdnsPort === null) context.skip('multicasts do not come back on loopback here');
    end = new AbortController();
    const options = { found: (device: FoundDevice) => found.push(device), signal: end.signal };
    searching = discoverHomewizard(adapterDeps({ clock: systemClock }), options, mdnsPort ?? 0);
  }

  test('finds one, and gives lines of studio.yaml by which it is read', async (context) => {
    announce({});
    announce({ product_type: 'HWE-P1', serial: '5c2faf000001' }, 9);
    announce({ serial: 'none' }, 10);
    search(context);
    await until('it is found', () => found.length === 1);
    const [device] = found;
    expect(device).toMatchObject({ model: 'HWE-SKT', firmware: '4.09', mac: MAC, address: LOOPBACK, obstacle: null });
    const [plug] = new Configured(plugAdapters, []).newPlugs(found)[0] ?? [];
    expect(plug).toMatchObject({ adapter: 'homewizard', host: LOOPBACK, mac: '5C:2F:AF:0A:1B:2C' });
    const { host, port, mac } = plug as unknown as { host: string; port: number; mac: string };
    expect((await at.another({ host, port, mac }).read()).watts).toBe(100);
    expect(at.socket.executed).toEqual([]);
  });

  test('asks nothing of one whose local API is off, and says what to do', async (context) => {
    announce({ api_enabled: '0' });
    search(context);
    await until('it is found', () => found.length === 1);
    expect(found[0]).toMatchObject({
      mac: MAC,
      firmware: null,
      obstacle: expect.stringMatching(/its local API is off/),
    });
    expect(at.socket.asked).toEqual([]);
  });

  test('tells what is in the way of one that does not answer, and believes none that is another', async (context) => {
    announce({ serial: '5c2faf0affff' });
    announce({ serial: '5c2faf0a0009' }, 9);
    search(context);
    await until('the silent one is found', () => found.length === 1);
    await until('the other was asked', () => at.socket.asked.length === 1);
    expect(found).toMatchObject([{ mac: '5C2FAF0A0009', obstacle: expect.stringMatching(/does not answer/) }]);
  });
});
