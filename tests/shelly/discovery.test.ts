import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FoundDevice } from '../../adapters/adapter.ts';
import { connectMqtt, type MqttConnection } from '../../adapters/mqtt/client.ts';
import { discoverOverMqtt } from '../../adapters/shelly/discovery-mqtt.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { Clock } from '../../model/clock.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { fastClock } from '../support/fast-clock.ts';
import { mosquittoPub } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, GEN1_DEVICE, GEN1_MAC, MAC } from './bench.ts';

const STRIP = 'shellypstripg4-8cbfeaa13400';
const METER = 'shellyplugpmg3-907069531520';

describe('a search on the broker', () => {
  let studio: Bench;
  let ears: MqttConnection;
  /** By MAC, as told last. */
  const found = new Map<string | null, FoundDevice>();
  let calls: string[];
  let end = new AbortController();
  let searching: Promise<void> | null = null;

  beforeEach(async () => {
    studio = await bench(systemClock);
    const { log } = adapterDeps();
    const common = { clock: systemClock, random: () => 0, log };
    ears = connectMqtt({ url: studio.broker.url, clientId: 'offair-test-ears', ...common });
    await until('the second connection', () => ears.connected);
    found.clear();
    calls = [];
    await studio.bus.subscribe('shellies/command', ({ payload }) => void calls.push(payload.toString()));
    await studio.bus.subscribe('+/rpc', ({ topic }) => void calls.push(topic));
  });
  afterEach(async () => {
    end.abort();
    await searching;
    searching = null;
    await ears.end();
    await studio.close();
  });

  function search(clock: Clock = systemClock): void {
    end = new AbortController();
    const deps = { mqtt: studio.bus, ears, clock, random: () => 0 };
    searching = discoverOverMqtt(deps, (device) => void found.set(device.mac, device), end.signal);
  }
  const is = (mac: string) => until(`${mac} is found`, () => found.has(mac));

  test('finds plugs of every generation, and where prefixes have slashes', async () => {
    await studio.shelly({ prefix: 'shelly/ug/heizraum/trockner' });
    await studio.gen1();
    await studio.gen1({ device: 'shellyplug-C38EAC', mac: 'E8DB84C38EAC', mqttId: 'studio/amp' });
    const outlet = () => new SimulatedOutlet(systemClock, () => 5);
    const strip = await studio.shelly({ device: STRIP, moreOutlets: [outlet(), outlet(), outlet()] });
    strip.behave({ settings: { 'Shelly.GetDeviceInfo': { name: 'Régie' } } });
    await studio.shelly({ device: METER });
    search();
    for (const mac of [MAC, GEN1_MAC, 'E8DB84C38EAC', '8CBFEAA13400', '907069531520']) await is(mac);
    expect(found.get(MAC)).toEqual({
      adapter: 'shelly',
      model: 'S3PL-00112EU',
      firmware: '1.7.5',
      mac: MAC,
      address: '192.0.2.7',
      name: null,
      obstacle: null,
      outlets: [
        {
          adapter: 'shelly',
          generation: 3,
          device: 'shellyplugsg3-8cbfeaa133f0',
          topicPrefix: 'shelly/ug/heizraum/trockner',
        },
      ],
    });
    const gen1 = { adapter: 'shelly', generation: 1 };
    expect(found.get(GEN1_MAC)).toMatchObject({
      model: 'SHPLG-S',
      firmware: '1.14.0',
      address: '192.0.2.8',
      outlets: [{ ...gen1, device: GEN1_DEVICE, mac: 'E8:DB:84:C3:8E:AB' }],
    });
    expect(found.get('E8DB84C38EAC')?.outlets).toEqual([
      { ...gen1, device: 'shellyplug-C38EAC', topicPrefix: 'shellies/studio/amp', mac: 'E8:DB:84:C3:8E:AC' },
    ]);
    expect(found.get('8CBFEAA13400')).toMatchObject({
      name: 'Régie',
      outlets: [0, 1, 2, 3].map((channel) => ({ generation: 4, device: STRIP, channel })),
    });
    expect(found.get('907069531520')?.outlets).toEqual([
      { adapter: 'shelly', generation: 3, device: METER, component: 'pm1' },
    ]);
    expect(calls.filter((call) => call === 'announce')).toHaveLength(1);
  });

  test('finds who comes later, and asks nobody twice', async () => {
    search();
    await until('everybody is called', () => calls.includes('announce'));
    const shelly = await studio.shelly();
    await is(MAC);
    const asked = calls.length;
    found.clear();
    await shelly.reboot();
    await is(MAC);
    expect(calls).toHaveLength(asked);
  });

  test('finds a plug that knows no call by what it tells', async () => {
    search();
    await until('everybody is called', () => calls.includes('announce'));
    await studio.bus.subscribe('desk/lamp/rpc', ({ payload }) => {
      const { id, src, method } = JSON.parse(payload.toString());
      const result = {
        'Shelly.GetDeviceInfo': { id: 'lamp', mac: MAC, model: 'S3PL-00112EU', gen: 3, ver: '0.11.0' },
        'Shelly.GetStatus': { 'switch:0': { id: 0, apower: 1 } },
      }[method as string];
      void studio.bus.publish(
        `${src}/rpc`,
        JSON.stringify({ id, src: 'lamp', ...(result ? { result } : { error: {} }) }),
      );
    });
    mosquittoPub(studio.broker.port, 'desk/lamp/events/rpc', '{"src":"shellyplugsg3-8cbfeaa133f0"}');
    await is(MAC);
    expect(found.get(MAC)).toMatchObject({
      address: 'desk/lamp',
      outlets: [{ device: 'lamp', topicPrefix: 'desk/lamp', mac: '8C:BF:EA:A1:33:F0' }],
    });
  });

  test('tells of one that announces itself and does not answer what is in the way', async () => {
    const shelly = await studio.shelly();
    shelly.behave({ answers: 'never' });
    search(fastClock(20));
    await is(MAC);
    expect(found.get(MAC)).toMatchObject({ outlets: [{ device: 'shellyplugsg3-8cbfeaa133f0' }] });
    expect(found.get(MAC)?.obstacle).toMatch(/did not answer on shellyplugsg3-8cbfeaa133f0\/rpc.*RPC over MQTT/);
    expect(calls.filter((call) => call.endsWith('/rpc'))).toHaveLength(2);
  });

  test('that ends too soon says so', async () => {
    await studio.shelly();
    await ears.subscribe('shellies/announce', () => end.abort());
    search();
    await searching;
    expect(found.get(MAC)?.obstacle).toMatch(/search longer/);
  });

  test('takes no nonsense for a plug, and asks no more than 200', async () => {
    search();
    await until('everybody is called', () => calls.includes('announce'));
    const { bus } = studio;
    const nonsense = ['', 'null', '[]', '{"id":"x"}', '{"gen":2}', '\u0000', `{"id":"${'x'.repeat(100_000)}","gen":3}`];
    for (const text of nonsense) await bus.publish('shellies/announce', text);
    const bulb = { id: 'shellybulb-1', model: 'SHBLB-1', mac: GEN1_MAC, fw_ver: 'x' };
    await bus.publish('shellies/announce', JSON.stringify(bulb));
    await bus.publish('shellies/a?b/announce', JSON.stringify({ ...bulb, model: 'SHPLG-S', id: 'a?b' }));
    for (let each = 0; each < 400; each += 1) await bus.publish(`stranger-${each}/online`, 'true');
    await until('strangers are asked', () => calls.length >= 201);
    end.abort();
    await searching;
    expect(new Set(calls.filter((call) => call.endsWith('/rpc'))).size).toBe(200);
    expect(found.size).toBe(0);
  });
});
