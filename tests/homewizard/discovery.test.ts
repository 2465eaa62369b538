import { Bonjour } from 'bonjour-service';
import { expect, test } from 'vitest';
import type { FoundDevice } from '../../adapters/adapter.ts';
import { discoverHomeWizard } from '../../adapters/homewizard/discovery.ts';
import { parseConfig } from '../../config/load.ts';
import { systemClock } from '../../daemon/clock.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { multicastPort } from '../support/multicast.ts';
import { until } from '../support/until.ts';

test('sockets are found by mDNS, with what stands in the way; meters and what says nonsense are not', async (context) => {
  const port = await multicastPort();
  if (port === null) return context.skip('multicasts do not come back on loopback here');
  const options = { interface: '127.0.0.1', bind: '0.0.0.0', port };
  const network = new Bonjour(options);
  const publish = (name: string, httpPort: number, txt: Record<string, string>) =>
    network.publish({ name, type: 'hwenergy', port: httpPort, txt, probe: false, host: `${name}.local` });
  const say = { path: '/api/v1', product_name: 'Energy Socket', product_type: 'HWE-SKT', api_enabled: '1' };
  publish('p1meter-000009', 80, { ...say, product_type: 'HWE-P1', serial: '3c39e7000009' });
  publish('energysocket-nonsense', 81, { ...say, serial: 'none' });
  publish('energysocket-000001', 8080, { ...say, serial: '3c39e7000001' });
  publish('energysocket-000002', 8081, { ...say, serial: '3c39e7000002', api_enabled: '0' });

  const found: FoundDevice[] = [];
  const end = new AbortController();
  const deps = adapterDeps({ clock: systemClock });
  const searching = discoverHomeWizard(deps, { found: (device) => found.push(device), signal: end.signal }, port);
  await until('both are found', () => found.length === 2);
  end.abort();
  await searching;
  await new Promise<void>((resolve) => network.destroy(() => resolve()));
  expect(found.map(({ mac, obstacle }) => [mac, obstacle === null]).sort()).toEqual([
    ['3C39E7000001', true],
    ['3C39E7000002', false],
  ]);
  const [open] = found.filter(({ obstacle }) => obstacle === null);
  const plug = { id: 'a', name: 'A', ...open?.outlets[0] };
  const { plugs } = parseConfig(JSON.stringify({ studio: { id: 's', name: 'S' }, plugs: [plug] }), 'studio.yaml');
  expect(plugs[0]).toMatchObject({ adapter: 'homewizard', host: '127.0.0.1', port: 8080, mac: '3C39E7000001' });
});
