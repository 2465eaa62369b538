import { PlugProtocolError } from '../../model/errors.ts';
import { normaliseMac } from '../mac.ts';
import { shown } from '../mqtt/values.ts';

/** The MAC with which a device id ends (`shellyplugsg3-8cbfeaa133f0`), or null: older ids hold only its half. */
export function macOfDeviceId(device: string): string | null {
  return /-([0-9a-f]{12})$/i.exec(device)?.[1]?.toUpperCase() ?? null;
}

/** @throws PlugProtocolError when the plug's answer holds none */
export function macFrom(value: unknown, who: string): string {
  const mac = typeof value === 'string' ? normaliseMac(value) : null;
  if (!mac) throw new PlugProtocolError(`${who} gave ${shown(value)} for its MAC`);
  return mac;
}
