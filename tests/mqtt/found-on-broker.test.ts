import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FoundDevice, PlugAdapter } from '../../adapters/adapter.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedTasmota } from '../../adapters/simulator/tasmota.ts';
import { SimulatedZigbee2Mqtt } from '../../adapters/simulator/zigbee2mqtt.ts';
import { tasmotaAdapter } from '../../adapters/tasmota/index.ts';
import { zigbee2MqttAdapter } from '../../adapters/zigbee2mqtt/index.ts';
import { systemClock as clock } from '../../daemon/clock.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { type MqttBench, mqttBench } from '../support/mqtt-bench.ts';
import { until } from '../support/until.ts';

let bench: MqttBench;
let found: FoundDevice[];
let end: AbortController;
let searching: Promise<void> | undefined;

beforeEach(async () => {
  bench = await mqttBench(clock);
  found = [];
  end = new AbortController();
});
afterEach(async () => {
  end.abort();
  await searching;
  await bench.close();
});

function search(adapter: Pick<PlugAdapter, 'discover'>): void {
  const options = { found: (device: FoundDevice) => void found.push(device), signal: end.signal };
  searching = adapter.discover?.(adapterDeps({ clock, mqtt: bench.bus }), options);
}

describe('a search for Tasmota on the broker', () => {
  const MAC = '5CCF7F1A2B3C';
  const tasmota = (outlets: number) =>
    bench.started(
      new SimulatedTasmota({
        clock,
        outlets: Array.from({ length: outlets }, () => new SimulatedOutlet(clock, () => 5)),
        brokerUrl: bench.url,
        topic: 'tasmota_1A2B3C',
        mac: MAC,
      }),
    );
  const keys = { adapter: 'tasmota', topic: 'tasmota_1A2B3C', mac: '5C:CF:7F:1A:2B:3C' };

  test('finds a plug that was there before, and one that comes', async () => {
    search(tasmotaAdapter);
    const plug = await tasmota(1);
    await until('it is found', () => found.length > 0);
    expect(found[0]).toEqual({
      ...{
        adapter: 'tasmota',
        model: 'Sonoff S31',
        firmware: '14.2.0',
        mac: MAC,
        address: '192.0.2.9',
        name: 'Tasmota',
      },
      outlets: [keys],
      obstacle: null,
    });
    end.abort();
    await searching;
    end = new AbortController();
    found = [];
    search(tasmotaAdapter);
    await until('it is found again', () => found.length > 0);
    expect(plug.executed).toEqual([]);
  });

  test('finds each outlet of a strip, by its name', async () => {
    await tasmota(2);
    search(tasmotaAdapter);
    await until('it is found', () => found.length > 0);
    expect(found[0]?.outlets).toEqual([
      { ...keys, name: 'Outlet 1', channel: 1 },
      { ...keys, name: 'Outlet 2', channel: 2 },
    ]);
  });

  test('does not find one that has gone and left its words, nor one without meter', async () => {
    const plug = await tasmota(1);
    await plug.stop();
    let gone = '';
    await bench.bus.subscribe('tele/tasmota_1A2B3C/LWT', ({ payload }) => {
      gone = payload.toString();
    });
    await until('the broker says that it has gone', () => gone === 'Offline');
    const bulb = { mac: '5CCF7F1A2B3D', t: 'bulb', ft: '%prefix%/%topic%/', tp: ['cmnd', 'stat', 'tele'], rl: [2] };
    bench.publish('tasmota/discovery/5CCF7F1A2B3D/config', JSON.stringify(bulb), true);
    bench.publish('tasmota/discovery/5CCF7F1A2B3D/sensors', '{"sn":{"Time":"x"}}', true);
    bench.publish('tele/bulb/LWT', 'Online', true);
    search(tasmotaAdapter);
    await tasmotaSentinel();
    expect(found.map(({ mac }) => mac)).toEqual(['5CCF7F1A2B3E']);
  });

  /** One more device, whose finding shows that everything before it was heard. */
  async function tasmotaSentinel(): Promise<void> {
    const { mac, t } = { mac: '5CCF7F1A2B3E', t: 'last' };
    const config = { mac, t, ft: '%topic%/%prefix%/', tp: ['cmnd', 'stat', 'tele'], rl: [0] };
    bench.publish(`tasmota/discovery/${mac}/config`, JSON.stringify(config), true);
    bench.publish(`tasmota/discovery/${mac}/sensors`, '{"sn":{"ENERGY":{"Power":[1,2]}}}', true);
    bench.publish('last/tele/LWT', 'Online', true);
    await until('the last is found', () => found.some((device) => device.mac === mac));
    expect(found.at(-1)?.outlets).toMatchObject([{ topic: 'last', fullTopic: '%topic%/%prefix%/', channel: 0 }]);
  }
});

describe('a search for Zigbee2MQTT on the broker', () => {
  const zigbee = (baseTopic: string, friendlyName: string, endpoint?: string) =>
    bench.started(
      new SimulatedZigbee2Mqtt({
        ...{ clock, outlet: bench.outlet, brokerUrl: bench.url, baseTopic, friendlyName },
        ...{ ieeeAddress: 'A4C1380000000001', ...(endpoint !== undefined && { endpoint }) },
      }),
    );

  test('finds its plugs with a meter', async () => {
    await zigbee('zigbee2mqtt', 'studio/key light');
    search(zigbee2MqttAdapter);
    await until('it is found', () => found.length > 0);
    expect(found).toEqual([
      {
        ...{ adapter: 'zigbee2mqtt', model: 'Tuya TS011F_plug_1', firmware: '1.0.5', mac: 'A4C1380000000001' },
        ...{ address: 'zigbee2mqtt/studio/key light', name: 'studio/key light', obstacle: null },
        outlets: [{ adapter: 'zigbee2mqtt', friendlyName: 'studio/key light', mac: '0xa4c1380000000001' }],
      },
    ]);
  });

  test('finds them under another base topic, with the suffix of an outlet', async () => {
    search(zigbee2MqttAdapter);
    await zigbee('house/z2m', 'strip', 'l1');
    await until('it is found', () => found.length > 0);
    expect(found[0]?.outlets).toEqual([
      {
        adapter: 'zigbee2mqtt',
        friendlyName: 'strip',
        baseTopic: 'house/z2m',
        endpoint: 'l1',
        mac: '0xa4c1380000000001',
      },
    ]);
  });

  test('does not find those of a bridge that has gone, and takes no nonsense for a plug', async () => {
    const bridge = await zigbee('gone', 'lamp');
    await bridge.stop();
    for (const text of ['[', 'null', '[null,1,{"definition":null}]']) bench.publish('nonsense/bridge/devices', text);
    bench.publish('nonsense/bridge/state', 'online', true);
    search(zigbee2MqttAdapter);
    await zigbee('zigbee2mqtt', 'here');
    await until('it is found', () => found.length > 0);
    expect(found.map(({ address }) => address)).toEqual(['zigbee2mqtt/here']);
  });
});
