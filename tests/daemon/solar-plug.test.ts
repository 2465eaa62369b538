import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { parseConfig } from '../../config/load.ts';
import { callApi } from '../support/api.ts';
import { testDaemon } from '../support/daemon.ts';
import { fastClock } from '../support/fast-clock.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const clock = fastClock(20);
const folder = tempFolder();

test("the roof's meter is in no sum of what the studio takes, and makes the market-based figure of a live", async () => {
  const broker = await startMosquitto();
  onTestFinished(() => broker.stop());
  for (const [device, watts] of [
    ['shellyplugsg3-8cbfeaa133f0', 40],
    ['shellyplugsg3-8cbfeaa133f1', 25],
  ] as const) {
    const outlet = new SimulatedOutlet(clock, () => watts);
    const plug = new SimulatedShelly({ clock, outlet, brokerUrl: broker.url, device, prefix: device });
    await plug.start();
    onTestFinished(() => plug.stop());
  }
  const yaml = `studio: { id: a, name: A }
api: { port: ${await freePort()} }
discovery: { interface: 127.0.0.1 }
mqtt: { url: ${broker.url} }
plugs:
  - { id: lamp, name: Lamp, adapter: shelly, device: shellyplugsg3-8cbfeaa133f0, pollSeconds: 10 }
  - { id: roof, name: Roof, kind: solar, adapter: shelly, device: shellyplugsg3-8cbfeaa133f1, pollSeconds: 10 }
`;
  const daemon = await testDaemon({
    config: parseConfig(yaml, 'studio.yaml'),
    ...{ journalPath: join(folder, 'solar.sqlite'), clock },
  });
  onTestFinished(() => daemon.stop());
  const api = <T>(path: string, body?: object) => callApi<T>(daemon.url, path, body);
  interface Status {
    watts: number;
    wattsFrom: { plugs: number; of: number };
    plugs: { watts: number | null }[];
  }
  await until('both are read', async () => (await api<Status>('status')).plugs.every(({ watts }) => watts !== null));
  expect(await api('status')).toMatchObject({ watts: 40, wattsFrom: { plugs: 1, of: 1 } });
  const { id } = await api<{ id: string }>('sessions', { phase: 'live' });
  interface Session {
    footprint: { wh: number };
    market: { onsiteWh: number; gridWh: number } | null;
  }
  await until('the roof has fed the live', async () => (await api<Session>(`sessions/${id}`)).market !== null);
  const { footprint, market } = await api<Session>(`sessions/${id}`);
  expect((market?.onsiteWh ?? 0) + (market?.gridWh ?? 0)).toBeCloseTo(footprint.wh, 6);
  expect(await api('emissions')).toMatchObject({ groups: [{ key: 'lamp' }] });
  const history = await api<{ buckets: { meanWatts: number }[] }>('plugs/roof/history');
  expect(history.buckets.at(-1)?.meanWatts).toBe(25);
}, 30_000);
