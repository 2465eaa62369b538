import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { esphomeDialect } from '../../adapters/esphome/dialect.ts';
import { esphomeAdapter } from '../../adapters/esphome/index.ts';
import { SimulatedEsphome } from '../../adapters/simulator/esphome.ts';
import { PlugUnreachable } from '../../model/errors.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { describeSoundDialect } from '../support/dialect-fuzz.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { cut, type MqttBench, mqttBench, rejection, Told, WATTS } from '../support/mqtt-bench.ts';
import { until } from '../support/until.ts';

const PREFIX = 'studio/key-light';
const MAC = '84FCE6123456';

describe('a device with ESPHome', () => {
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

  const simulated = () =>
    bench.started(
      new SimulatedEsphome({
        clock,
        outlet: bench.outlet,
        brokerUrl: bench.url,
        node: 'key-light',
        topicPrefix: PREFIX,
        mac: MAC,
        updateSeconds: 10,
      }),
    );
  const started = async (settings: Record<string, unknown> = {}): Promise<PlugDevice> => {
    const plug = bench.plug(esphomeAdapter, {
      topicPrefix: PREFIX,
      powerSensor: 'power',
      energySensor: 'energy',
      voltageSensor: 'voltage',
      switch: 'relay',
      mac: MAC,
      updateSeconds: 10,
      ...settings,
    });
    await plug.start(told.sink);
    return plug;
  };
  const relayOf = ({ relay }: PlugDevice) => {
    if (!relay) throw new Error('no relay');
    return relay;
  };
  const soon = () => clock.monotonicMs() + 10_000;
  const say = (part: string, text: string, retain = false) => bench.publish(`${PREFIX}/${part}/state`, text, retain);
  /** The next reading, with the time that it takes. */
  const readIn = async (plug: PlugDevice, ms: number) => {
    const read = plug.read();
    await clock.advance(ms);
    return read;
  };

  it('is read from what it tells next: its watts, its kWh as Wh, its switch', async () => {
    await simulated();
    const plug = await started();
    clock.jump(3_600_000);
    expect(await readIn(plug, 10_000)).toMatchObject({
      watts: WATTS,
      relay: true,
      counterWh: 74,
      volts: 231.4,
      feed: 'polled',
    });
  });

  it('may count in Wh, which only the configuration knows', async () => {
    await started({ energyUnit: 'Wh' });
    say('sensor/energy', '74.25');
    await until('the counter', () => told.last?.counterWh === 74.25);
  });

  it('is not measured by what it left with the broker', async () => {
    say('sensor/power', '74.1', true);
    say('sensor/energy', '1.5', true);
    say('switch/relay', 'ON', true);
    bench.publish(`${PREFIX}/status`, 'online', true);
    const plug = await started();
    const read = rejection(plug.read());
    await clock.advance(15_000);
    expect(await read).toBeInstanceOf(PlugUnreachable);
    expect(String(await read)).toMatch(/said nothing on studio\/key-light\/sensor\/power\/state for 15 s/);
    expect(told.readings).toEqual([]);
  });

  it('knows its switch from the broker, since it tells changes only, once its watts show that it lives', async () => {
    say('switch/relay', 'ON', true);
    await started();
    say('sensor/power', '50');
    await until('the watts', () => told.last?.watts === 50);
    expect(told.last?.relay).toBe(true);
  });

  it('does not believe a broker that a switch is off which lets watts through', async () => {
    say('switch/relay', 'OFF', true);
    await started();
    say('sensor/power', '50');
    await until('the watts', () => told.last?.watts === 50);
    expect(told.last?.relay).toBeNull();
    say('switch/relay', 'ON');
    say('sensor/power', '51');
    await until('the watts', () => told.last?.watts === 51);
    expect(told.last?.relay).toBe(true);
  });

  it('does not know its watts after a press of its button until it tells them', async () => {
    const esphome = await simulated();
    const plug = await started();
    await readIn(plug, 10_000);
    told.readings.length = 0;
    esphome.press();
    expect(await readIn(plug, 10_000)).toMatchObject({ relay: false, watts: 0 });
    expect(told.readings.filter(({ watts }) => watts !== 0)).toEqual([]);
  });

  it('is switched, and read back by watts that were measured after it', async () => {
    const esphome = await simulated();
    const plug = await started();
    await readIn(plug, 10_000);
    expect(await relayOf(plug).identity()).toBe(MAC);
    await relayOf(plug).switchTo(false, soon());
    expect(esphome.executed).toEqual([{ on: false }]);
    expect(await readIn(plug, 10_000)).toMatchObject({ relay: false, watts: 0 });
  });

  it('can not be switched when it does not say who it is', async () => {
    (await simulated()).behave({ introducesItself: false });
    const plug = await started();
    bench.publish('esphome/discover/key-light', `{"mac":"${MAC}"}`, true);
    const identity = rejection(relayOf(plug).identity());
    await clock.advance(5000);
    expect(String(await identity)).toMatch(/Only a device that says who it is can be switched.*discover_ip/);
  });

  it('is another device when its MAC is another', async () => {
    await simulated();
    const plug = await started({ mac: '84FCE6000000' });
    expect(await rejection(relayOf(plug).identity())).toMatchObject({ name: 'PlugProtocolError' });
    expect(told.troubles[0]).toMatch(/84FCE6123456 speaks on its topics, 84FCE6000000 is configured/);
  });

  it('does not know its watts when its sensor says nan', async () => {
    const esphome = await simulated();
    const plug = await started();
    esphome.behave({ power: 'nan' });
    expect(await readIn(plug, 10_000)).toMatchObject({ watts: null, relay: true });
  });

  it('is away as soon as the broker says so, without waiting for its next words', async () => {
    const esphome = await simulated();
    const plug = await started();
    await readIn(plug, 10_000);
    let status = '';
    await bench.bus.subscribe(`${PREFIX}/status`, ({ payload }) => {
      status = payload.toString();
    });
    await esphome.stop();
    await until('its will', () => status === 'offline');
    expect(String(await rejection(plug.read()))).toMatch(/is gone, says the broker/);
    await clock.advance(5000);
    expect(told.offline).toHaveLength(1);
  });

  it('only measures when no switch is configured', async () => {
    const plug = await started({ switch: undefined });
    expect(plug.relay).toBeNull();
    say('sensor/power', '5.56');
    await until('the watts', () => told.last?.watts === 5.56);
    expect(told.last?.relay).toBeNull();
  });

  it('is cut, and its read-back verifies it', async () => {
    await simulated();
    const plug = await started();
    expect(await cut(plug, clock)).toMatchObject({ outcome: 'verified', relay: false });
    expect(bench.outlet.relay).toBe(false);
  });

  it('is told of a retained command', async () => {
    bench.publish(`${PREFIX}/switch/relay/command`, 'OFF', true);
    await started();
    await until('the trouble', () => told.troubles.length > 0);
    expect(told.troubles[0]).toContain(`mosquitto_pub -r -n -t '${PREFIX}/switch/relay/command'`);
  });
});

describeSoundDialect(
  'ESPHome',
  () =>
    esphomeDialect({
      topicPrefix: PREFIX,
      node: 'key-light',
      power: 'power',
      energy: 'energy',
      energyUnit: 'kWh',
      voltage: 'voltage',
      current: 'current',
      temperature: 'temperature',
      relay: 'relay',
    }),
  ['74.10', '-0.5', '"ON"', `{"ip":"192.0.2.9","name":"key-light","mac":"84fce6123456"}`],
);
