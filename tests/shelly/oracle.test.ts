import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isObject, parseObject } from '../../adapters/json.ts';
import { Measures } from '../../adapters/mqtt/measures.ts';
import { numberFrom } from '../../adapters/mqtt/values.ts';
import { relayFrom, wattHoursFrom } from '../../adapters/shelly/gen1.ts';
import { overlay } from '../../adapters/shelly/gen2.ts';
import { systemClock } from '../../daemon/clock.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, DEVICE, GEN1_DEVICE, Told, WATTS } from './bench.ts';
import { NOTIFICATIONS, REAL } from './real-payloads.ts';

interface Datapoint {
  mqtt: {
    mqtt_publish?: string;
    mqtt_publish_funct?: (payload: string) => unknown;
    mqtt_cmd?: string;
    mqtt_cmd_funct?: (value: boolean, device: { getNextMsgId(): number }) => string;
  };
}
interface Datapoints {
  getAllDeviceDefinitions(): Record<string, Record<string, Datapoint>>;
}

/** An independent implementation of the protocol, from users of the real plugs. */
const { getAllDeviceDefinitions } = createRequire(import.meta.url)(
  'iobroker.shelly/build/lib/datapoints',
) as Datapoints;

function datapoint(device: string, name: string): Datapoint['mqtt'] {
  const found = getAllDeviceDefinitions()[device]?.[name];
  if (!found) throw new Error(`ioBroker.shelly knows no ${name} of ${device}`);
  return found.mqtt;
}

describe('ioBroker.shelly', () => {
  let table: Bench;
  beforeEach(async () => {
    table = await bench(systemClock);
  });
  afterEach(async () => {
    await table.close();
  });

  /** What ioBroker makes of the newest message on the datapoint's topic. */
  const decoder = async (device: string, name: string, prefix: string) => {
    const { mqtt_publish = '', mqtt_publish_funct: decode = (text: string) => text } = datapoint(device, name);
    const values: unknown[] = [];
    await table.bus.subscribe(mqtt_publish.replace('<mqttprefix>', prefix), ({ payload }) => {
      const value = decode(payload.toString());
      if (value !== undefined) values.push(value);
    });
    return values;
  };

  it('reads the same from our simulated plug as offair does', async () => {
    const [watts, energy, volts, amps, celsius] = await Promise.all(
      ['Power', 'Energy', 'Voltage', 'Current', 'temperatureC'].map((name) =>
        decoder('shellyplugsg3', `Relay0.${name}`, DEVICE),
      ),
    );
    const shelly = await table.shelly({ startWh: 152669.987 });
    shelly.behave({ statusNotifications: true });
    const plug = table.plug({ device: DEVICE });
    await plug.start(new Told().sink);
    await table.bus.publish(`${DEVICE}/command/switch:0`, 'status_update');
    await until('all values', () => [watts, energy, volts, amps, celsius].every((values) => values?.length));
    const reading = await plug.read();
    expect(watts?.at(-1)).toBe(WATTS);
    expect(reading).toMatchObject({ watts: WATTS, volts: volts?.at(-1), amps: amps?.at(-1), celsius: celsius?.at(-1) });
    expect(energy?.at(-1)).toBeCloseTo(reading.counterWh ?? 0, 1);
  });

  it('commands our simulated plug, and reads the state from its notification', async () => {
    const output = await decoder('shellyplugsg3', 'Relay0.Switch', DEVICE);
    const shelly = await table.shelly();
    const { mqtt_cmd = '', mqtt_cmd_funct: encode } = datapoint('shellyplugsg3', 'Relay0.Switch');
    const answers: unknown[] = [];
    await table.bus.subscribe('iobroker/rpc', ({ payload }) => answers.push(JSON.parse(payload.toString())));
    const command = encode?.(false, { getNextMsgId: () => 7 }) ?? '';
    await table.bus.publish(mqtt_cmd.replace('<mqttprefix>', DEVICE), command);
    await until('the answer', () => answers.length === 1);
    expect(answers).toEqual([{ id: 7, src: DEVICE, dst: 'iobroker', result: { was_on: true } }]);
    await until('the notification', () => output.length > 0);
    expect(output).toEqual([false]);
    expect(shelly.executed).toEqual([{ component: 'switch:0', on: false, by: 'rpc' }]);
    expect(table.outlet.relay).toBe(false);
  });

  it('reads and commands our simulated plug of the first generation', async () => {
    const names = ['Switch', 'Power', 'Energy'].map((name) => decoder('shellyplug-s', `Relay0.${name}`, GEN1_DEVICE));
    const [relay, watts, energy] = await Promise.all(names);
    const shelly = await table.gen1();
    const plug = table.plug({ device: GEN1_DEVICE, generation: 1 });
    await plug.start(new Told().sink);
    const reading = await plug.read();
    await until('all values', () => [relay, watts, energy].every((values) => values?.length));
    expect(relay?.at(-1)).toBe(reading.relay);
    expect(watts?.at(-1)).toBe(reading.watts);
    expect(energy?.at(-1)).toBeCloseTo(reading.counterWh ?? -1, 2);
    const { mqtt_cmd = '', mqtt_cmd_funct: encode } = datapoint('shellyplug-s', 'Relay0.Switch');
    await table.bus.publish(
      mqtt_cmd.replace('<mqttprefix>', GEN1_DEVICE),
      encode?.(false, { getNextMsgId: () => 7 }) ?? '',
    );
    await until('it is off', () => relay?.at(-1) === false);
    expect(shelly.executed).toEqual([{ on: false }]);
  });
});

describe('ioBroker.shelly and offair agree', () => {
  const NAMES = {
    watts: 'Power',
    volts: 'Voltage',
    amps: 'Current',
    counterWh: 'Energy',
    celsius: 'temperatureC',
  } as const;
  const WHOLE = { what: 'the status', whole: true, outputTrusted: true };

  it.each(REAL)('on %s', (_, text, __, [device, outlet]) => {
    const measures = new Measures(1000);
    overlay(measures, parseObject(text, 'the status'), WHOLE, 0);
    const known = getAllDeviceDefinitions()[device] ?? {};
    const compared = (Object.keys(NAMES) as (keyof typeof NAMES)[]).filter((key) => {
      const theirs = known[`${outlet}.${NAMES[key]}`]?.mqtt.mqtt_publish_funct;
      if (theirs) expect(measures.get(key, 0), key).toBe(theirs(text) ?? null);
      return theirs !== undefined;
    });
    expect(compared.length).toBeGreaterThanOrEqual(device === 'shellyplus1' ? 1 : 4);
  });

  it.each(NOTIFICATIONS)('on the relay in %s', (_, text, key, expected) => {
    const { method, params } = parseObject(text, 'the notification');
    const component = isObject(params) && isObject(params[key]) ? params[key] : {};
    const measures = new Measures(1000);
    overlay(measures, component, { what: String(method), whole: false, outputTrusted: true }, 0);
    expect(measures.reading('plug', 0, 0)).toMatchObject(expected);
    // It reads no NotifyFullStatus.
    if (method !== 'NotifyFullStatus')
      expect(datapoint('shellyplugsg3', 'Relay0.Switch').mqtt_publish_funct?.(text) ?? null).toBe(
        measures.get('relay', 0),
      );
  });

  it.each(['0', '1', '176010', '6472513'])('on %s watt-minutes', (text) => {
    const theirs = datapoint('shellyplug-s', 'Relay0.Energy').mqtt_publish_funct?.(text);
    expect(wattHoursFrom(text)).toBeCloseTo(Number(theirs), 2);
  });

  it.each(['shellyplug', 'shellyplug-s', 'shelly1pm'])('on the texts of %s', (device) => {
    for (const text of ['0', '0.00', '5.56', '2300.10'])
      expect(numberFrom(text, 'power')).toBe(
        Number(datapoint(device, 'Relay0.Power').mqtt_publish_funct?.(text) ?? text),
      );
    for (const text of ['on', 'off', 'overpower'])
      expect(relayFrom(text).on).toBe(datapoint(device, 'Relay0.Switch').mqtt_publish_funct?.(text));
  });
});
