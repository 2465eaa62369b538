import { PlugProtocolError } from '../../model/errors.ts';
import { normaliseMac } from '../mac.ts';

/** Above any value in W, V, A or Wh that a plug can have. */
const MOST = 4e9;
const WH_PER_KWH = 1000;
const DECIMAL = /^-?\d{1,12}(\.\d{1,9})?$/;

/**
 * A number out of JSON; null when it is null or absent: not known. @param from the least it can be
 * @throws PlugProtocolError that names the field
 */
export function numberIn(value: unknown, field: string, from = -MOST): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !(value >= from && value <= MOST))
    throw new PlugProtocolError(`${field} is ${shown(value)}, a number was expected`);
  return value;
}

/** A number as text, in the topic's own unit; null when it is empty: not known. @throws PlugProtocolError */
export function numberFrom(text: string, field: string): number | null {
  if (text === '') return null;
  if (!DECIMAL.test(text))
    throw new PlugProtocolError(`${field} is ${JSON.stringify(text.slice(0, 60))}, a number was expected`);
  return Number(text);
}

/** A counter in kWh, as Wh without the noise of binary fractions. @throws PlugProtocolError */
export function whFromKwh(value: unknown, field: string): number | null {
  const kwh = numberIn(value, field, 0);
  return kwh === null ? null : Math.round(kwh * WH_PER_KWH * 1000) / 1000;
}

/** `ON` or `OFF`; null when it is null or absent. @throws PlugProtocolError */
export function relayIn(value: unknown, field: string): boolean | null {
  if (value === undefined || value === null) return null;
  if (value !== 'ON' && value !== 'OFF') throw new PlugProtocolError(`${field} is ${shown(value)}, not ON or OFF`);
  return value === 'ON';
}

/** A MAC in any usual notation, as 12 upper-case hex digits. @throws PlugProtocolError */
export function macIn(value: unknown, field: string): string {
  const mac = typeof value === 'string' ? normaliseMac(value) : null;
  if (!mac) throw new PlugProtocolError(`${field} is ${shown(value)}, 12 hex digits were expected`);
  return mac;
}

/** The beginning of anything out of JSON, for a message; what is nested may be too deep to be written. */
export function shown(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? 'a list or an object'
    : String(JSON.stringify(value)).slice(0, 60);
}
