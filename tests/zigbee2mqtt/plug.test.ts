import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedZigbee2Mqtt, type SimulatedZigbee2MqttOptions } from '../../adapters/simulator/zigbee2mqtt.ts';
import { stateFrom, zigbee2MqttDialect } from '../../adapters/zigbee2mqtt/dialect.ts';
import { zigbee2MqttAdapter } from '../../adapters/zigbee2mqtt/index.ts';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { describeSoundDialect } from '../support/dialect-fuzz.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { cut, type MqttBench, mqttBench, rejection, Told, WATTS } from '../support/mqtt-bench.ts';
import { until } from '../support/until.ts';

const NAME = 'studio/key light';
const TOPIC = `zigbee2mqtt/${NAME}`;
const IEEE_ADDRESS = 'A4C1380000000001';
const STATE = '{"state":"ON","power":36.7,"current":0.31,"voltage":232,"energy":12.34,"linkquality":120}';

describe('a plug behind Zigbee2MQTT', () => {
  let clock: FakeClock;
  let bench: MqttBench;
  let told: Told;

  beforeEach(async () => {
    clock = new FakeClock();
    bench = await mqttBench(clock);
    told = new Told();
  });
  afterEach(async () => {
    await bench.close();
  });

  const simulated = (own: Partial<SimulatedZigbee2MqttOptions> = {}) =>
    bench.started(
      new SimulatedZigbee2Mqtt({
        clock,
        outlet: bench.outlet,
        brokerUrl: bench.url,
        baseTopic: 'zigbee2mqtt',
        friendlyName: NAME,
        ieeeAddress: IEEE_ADDRESS,
        ...own,
      }),
    );
  const started = async (settings: Record<string, unknown> = {}): Promise<PlugDevice> => {
    const plug = bench.plug(zigbee2MqttAdapter, { friendlyName: NAME, mac: IEEE_ADDRESS, ...settings });
    await plug.start(told.sink);
    return plug;
  };
  const relayOf = ({ relay }: PlugDevice) => {
    if (!relay) throw new Error('no relay');
    return relay;
  };
  const soon = () => clock.monotonicMs() + 10_000;

  it('is asked through the bridge, and its kWh are Wh', async () => {
    await simulated();
    const plug = await started();
    expect(await plug.read()).toMatchObject({ watts: WATTS, relay: true, volts: 232, feed: 'on-change' });
    bench.publish(TOPIC, STATE);
    await until('its state', () => told.last?.watts === 36.7);
    expect(told.last).toMatchObject({ relay: true, counterWh: 12_340, amps: 0.31, volts: 232 });
  });

  it('is neither read nor switched when its name was given to another device', async () => {
    await simulated({ ieeeAddress: 'A4C1380000000002' });
    const plug = await started();
    await expect(plug.read()).rejects.toThrow('0xa4c1380000000002');
    const identity = rejection(relayOf(plug).identity());
    // By chance it speaks just when the configured one is asked.
    bench.publish(TOPIC, STATE);
    expect(String(await identity)).toContain('Correct friendlyName or mac');
    expect(told.readings).toEqual([]);
  });

  it('is heard when its watts change', async () => {
    await simulated();
    await (await started()).read();
    bench.outlet.setLoad(() => 20);
    await clock.advance(1000);
    await until('the change', () => told.last?.watts === 20);
  });

  it('is read without its watts being asked for when it does not know that question', async () => {
    (await simulated()).behave({ powerGettable: false });
    const plug = await started();
    const asked: string[] = [];
    await bench.bus.subscribe(`${TOPIC}/get`, ({ payload }) => {
      asked.push(payload.toString());
    });
    for (let reads = 1; reads <= 2; reads += 1) {
      const read = plug.read();
      await until('the question for its watts', () => asked.length === 2 * reads);
      await clock.advance(5000);
      expect((await read).watts).toBe(WATTS);
    }
    await plug.read();
    expect(asked.slice(4)).toEqual(['{"state":""}']);
  });

  it('is not believed the cached watts beside the news that it is off', async () => {
    const zigbee = await simulated();
    zigbee.behave({ reports: false, powerGettable: false });
    const plug = await started();
    bench.publish(TOPIC, '{"state":"ON","power":74.1}');
    await until('it is on', () => told.last?.watts === 74.1);
    await relayOf(plug).switchTo(false, soon());
    bench.publish(TOPIC, '{"state":"OFF","power":0}');
    await until('its report', () => told.last?.watts === 0);
    expect(told.readings.filter(({ relay, watts }) => relay === false && watts !== 0)).toEqual([]);
  });

  it('says nothing by the cache that a bridge publishes after its start', async () => {
    const zigbee = await simulated();
    const plug = await started();
    await plug.read();
    await zigbee.stop();
    bench.outlet.setLoad(() => 5);
    told.readings.length = 0;
    const seen: string[] = [];
    await bench.bus.subscribe(TOPIC, ({ payload, retained }) => {
      seen.push(`${payload} ${retained}`);
    });
    await zigbee.restart();
    await until('the cache', () => seen.length > 0);
    expect(seen[0]).toContain('"power":74.1');
    expect(seen[0]).toContain('false');
    expect(told.readings).toEqual([]);
    clock.jump(10_000);
    expect((await plug.read()).watts).toBe(5);
  });

  it('is not believed cached watts after a start of the bridge until they change, where they can not be asked for', () => {
    const at = new FakeClock();
    const dialect = zigbee2MqttDialect(
      { baseTopic: 'zigbee2mqtt', friendlyName: NAME, endpoint: null, ieeeAddress: null },
      at,
    );
    const hear = (text: string) => dialect.reports[TOPIC]?.(text, false);
    for (let misses = 0; misses < 2; misses += 1) dialect.asks()[1]?.came?.(false);
    expect(hear('{"state":"ON","power":74}')).toEqual({ relay: true, watts: 74 });
    dialect.presence['zigbee2mqtt/bridge/state']?.('{"state":"online"}', false);
    expect(hear('{"state":"ON","power":74}')).toEqual({});
    at.jump(10_000);
    expect(hear('{"state":"ON","power":74,"linkquality":99}')).toEqual({ relay: true, watts: null });
    expect(hear('{"state":"ON","power":75}')).toEqual({ relay: true, watts: 75 });
    expect(hear('{"state":"ON","power":74}')).toEqual({ relay: true, watts: 74 });
  });

  it('is not measured by retained states', async () => {
    bench.publish(TOPIC, STATE, true);
    bench.publish(`${TOPIC}/availability`, '{"state":"online"}', true);
    const plug = await started();
    const read = rejection(plug.read());
    await clock.advance(5000);
    expect(await read).toBeInstanceOf(PlugUnreachable);
    expect(told.readings).toEqual([]);
  });

  it.each([
    ['JSON', false],
    ['the plain text of version 1', true],
  ])('is gone when its availability says so, in %s', async (_, legacyAvailability) => {
    const zigbee = await simulated();
    zigbee.behave({ legacyAvailability });
    await (await started()).read();
    await zigbee.unplug();
    await until('it is gone', async () => {
      await clock.advance(1000);
      return told.offline.length > 0;
    });
    await zigbee.replug();
    await until('it is asked again', async () => {
      await clock.advance(0);
      return told.readings.some(({ watts }) => watts === WATTS);
    });
  });

  it('is gone when the bridge is', async () => {
    const zigbee = await simulated();
    await (await started()).read();
    await zigbee.stop();
    await until('it is gone', async () => {
      await clock.advance(1000);
      return told.offline.length > 0;
    });
  });

  it('is asked and commanded by its address, so that no other device of that name obeys', async () => {
    const stranger = await simulated({ ieeeAddress: 'A4C1380000000002' });
    const plug = await started();
    const identity = rejection(relayOf(plug).identity());
    const command = rejection(relayOf(plug).switchTo(false, soon()));
    await until('both are refused', async () => {
      await clock.advance(1000);
      return clock.monotonicMs() > 6000;
    });
    expect(String(await identity)).toMatch(
      /said nothing on zigbee2mqtt\/studio\/key light.*is studio\/key light still/,
    );
    expect(await command).toBeInstanceOf(PlugUnreachable);
    expect(stranger.executed).toEqual([]);
  });

  it('may be one outlet of a strip', async () => {
    const zigbee = await simulated({ endpoint: 'l2' });
    const plug = await started({ endpoint: 'l2' });
    expect(await plug.read()).toMatchObject({ watts: WATTS, relay: true, volts: 232 });
    await relayOf(plug).switchTo(false, soon());
    expect(zigbee.executed).toEqual([{ on: false }]);
    expect(bench.outlet.relay).toBe(false);
  });

  it('is cut, and its read-back verifies it', async () => {
    await simulated();
    const plug = await started();
    expect(await cut(plug, clock)).toMatchObject({ outcome: 'verified', relay: false });
    expect(bench.outlet.relay).toBe(false);
  });

  it('is told of a retained command', async () => {
    bench.publish(`${TOPIC}/set/state`, 'OFF', true);
    await started();
    await until('the trouble', () => told.troubles.length > 0);
    expect(told.troubles[0]).toContain(`mosquitto_pub -r -n -t '${TOPIC}/set/state'`);
  });
});

describe('the settings of a Zigbee plug', () => {
  const parse = (mac: unknown) =>
    zigbee2MqttAdapter.schema.safeParse({ adapter: 'zigbee2mqtt', friendlyName: NAME, mac });

  it('take its address as Zigbee2MQTT shows it', () => {
    expect(parse('0xa4c1380000000001').data?.mac).toBe(IEEE_ADDRESS);
    expect(parse('a4c138000001').success).toBe(false);
  });

  it('ask for quotes around an address that was read as a number', () => {
    expect(parse(Number('0xa4c1380000000001')).error?.issues[0]?.message).toMatch(/in quotes/);
  });
});

describe('the state of a Zigbee device', () => {
  const named = (key: string) => key;

  it('holds only what it says', () => {
    expect(stateFrom({ state: 'ON' }, named)).toEqual({ relay: true });
    expect(stateFrom({ power: null }, named)).toEqual({ watts: null });
  });

  it('is refused when a number is none', () => {
    for (const state of [{ power: '5' }, { energy: -1 }, { state: 'on' }, { voltage: [] }])
      expect(() => stateFrom(state, named), JSON.stringify(state)).toThrow(PlugProtocolError);
  });
});

describeSoundDialect(
  'Zigbee2MQTT',
  () =>
    zigbee2MqttDialect(
      { baseTopic: 'zigbee2mqtt', friendlyName: NAME, endpoint: null, ieeeAddress: IEEE_ADDRESS },
      new FakeClock(),
    ),
  [STATE, '{"state":"online"}', '{"state_l1":"ON","device_temperature":30}'],
);
