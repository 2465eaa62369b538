import { PlugProtocolError } from '../../model/errors.ts';
import { numberFrom } from '../mqtt/values.ts';

const WATT_MINUTES_PER_WH = 60;

/** `relay/0`: `overpower` means that the plug itself opened the relay. @throws PlugProtocolError */
export function relayFrom(text: string): { on: boolean; overpower: boolean } {
  if (text !== 'on' && text !== 'off' && text !== 'overpower')
    throw new PlugProtocolError(`relay is ${JSON.stringify(text.slice(0, 60))}, on, off or overpower was expected`);
  return { on: text === 'on', overpower: text === 'overpower' };
}

/** `relay/0/energy`: watt-minutes since the plug started, as Wh. @throws PlugProtocolError */
export function wattHoursFrom(text: string): number | null {
  const wattMinutes = numberFrom(text, 'energy');
  if (wattMinutes === null) return null;
  if (wattMinutes < 0) throw new PlugProtocolError(`energy is ${text}, a counter is never negative`);
  return wattMinutes / WATT_MINUTES_PER_WH;
}
