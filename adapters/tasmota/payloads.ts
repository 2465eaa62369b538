import { PlugProtocolError } from '../../model/errors.ts';
import { isObject, parseObject } from '../json.ts';
import type { Found } from '../mqtt/dialect.ts';
import { macIn, numberIn, relayIn, shown, whFromKwh } from '../mqtt/values.ts';

/** Tasmota has up to 32 relays. */
export const MOST_CHANNELS = 32;
/** Where firmware puts the temperature of meter or chip. */
const THERMOMETERS = ['BL09XX', 'ANALOG', 'ESP32'];

/**
 * `SENSOR`, or `STATUS8` whose content is the same: the `ENERGY` of one channel. Several channels are lists; what is one
 * number beside lists is not this channel's.
 * @param channel from 1; 0 is the device as a whole
 * @param relays how many relays the device has: several with one meter can't be told apart
 * @returns nothing when the message holds no `ENERGY`: it is of another sensor
 * @throws PlugProtocolError
 */
export function energyFrom(sensor: Record<string, unknown>, channel: number, relays: number): Found {
  const energy = sensor.ENERGY;
  if (energy === undefined) return {};
  if (!isObject(energy)) throw new PlugProtocolError(`ENERGY is ${shown(energy)}, an object was expected`);
  const { Power, Total, Voltage, Current } = energy;
  if (channel > 1 || relays > 1) {
    if (channel > 0 && !Array.isArray(Power))
      throw new PlugProtocolError('it has one meter for all its outlets: only channel 0, the whole, can be measured');
  }
  const own = (value: unknown, read: (value: unknown) => number | null) => {
    if (channel === 0) return Array.isArray(value) ? sumOf(value.map(read)) : read(value);
    if (Array.isArray(value)) return read(value[channel - 1]);
    return Array.isArray(Power) ? null : read(value);
  };
  return {
    watts: own(Power, (value) => numberIn(value, 'Power')),
    counterWh: own(Total, (value) => whFromKwh(value, 'Total')),
    // One mains for all channels.
    volts: numberIn(Array.isArray(Voltage) ? Voltage[Math.max(0, channel - 1)] : Voltage, 'Voltage', 0),
    amps: own(Current, (value) => numberIn(value, 'Current', 0)),
    ...celsiusFrom(sensor, energy),
  };
}

/** The relay of one channel out of `STATE`, `STATUS11` or `RESULT`; a single relay has no number, unless it is asked to. */
export function relayFrom(state: Record<string, unknown>, channel: number): Found {
  const key = channel === 1 && 'POWER' in state ? 'POWER' : `POWER${channel}`;
  return key in state ? { relay: relayIn(state[key], key) } : {};
}

/** How many relays `STATE` tells of. */
export function relaysIn(state: Record<string, unknown>): number {
  let relays = 'POWER' in state ? 1 : 0;
  while (`POWER${relays + 1}` in state) relays += 1;
  return relays;
}

/** `STATUS5`. @throws PlugProtocolError */
export function macFrom(text: string): string {
  return macIn(inner(text, 'StatusNET').Mac, 'Mac');
}

/** What is under one key of the answer to a `Status`. @throws PlugProtocolError */
export function inner(text: string, key: string): Record<string, unknown> {
  const value = parseObject(text, 'the status')[key];
  if (!isObject(value)) throw new PlugProtocolError(`${key} is ${shown(value)}, an object was expected`);
  return value;
}

function celsiusFrom(sensor: Record<string, unknown>, energy: Record<string, unknown>): Found {
  for (const where of [energy, sensor])
    for (const name of THERMOMETERS) {
      const thermometer = where[name];
      const degrees = isObject(thermometer) ? thermometer.Temperature : undefined;
      if (typeof degrees !== 'number') continue;
      const value = numberIn(degrees, `${name}.Temperature`);
      return { celsius: value !== null && sensor.TempUnit === 'F' ? ((value - 32) * 5) / 9 : value };
    }
  return {};
}

/** null when one of them is not known. */
function sumOf(values: (number | null)[]): number | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}
