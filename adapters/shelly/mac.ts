import { PlugProtocolError } from '../../model/errors.ts';

const SEPARATORS = /[:.\s-]/g;
const MAC = /^[0-9A-F]{12}$/;

/** 12 upper-case hex digits from any usual notation, or null. */
export function normaliseMac(text: string): string | null {
  const mac = text.replace(SEPARATORS, '').toUpperCase();
  return MAC.test(mac) ? mac : null;
}

/** The MAC with which a device id ends (`shellyplugsg3-8cbfeaa133f0`), or null: older ids hold only its half. */
export function macOfDeviceId(device: string): string | null {
  return /-([0-9a-f]{12})$/i.exec(device)?.[1]?.toUpperCase() ?? null;
}

/** @throws PlugProtocolError when the plug's answer holds none */
export function macFrom(value: unknown, who: string): string {
  const mac = typeof value === 'string' ? normaliseMac(value) : null;
  if (!mac) throw new PlugProtocolError(`${who} gave ${JSON.stringify(value)} for its MAC`);
  return mac;
}
