import { isIP } from 'node:net';
import { z } from 'zod';
import type { FoundDevice } from '../adapter.ts';
import { isObject } from '../json.ts';
import { macSchema, withColons } from '../mac.ts';
import { DEVICE_ID, macOfDeviceId } from './names.ts';

/** What a device of generation 2 or newer says of itself: its announcement, `Shelly.GetDeviceInfo`, `/shelly`. */
export const gen2Info = z.object({
  id: z.string().regex(DEVICE_ID),
  mac: macSchema,
  model: z.string().max(60),
  gen: z.int().min(2),
  ver: z.string().max(60),
  name: z.string().nullish(),
  auth_en: z.boolean().nullish(),
});
export type Gen2Info = z.output<typeof gen2Info>;

/** What a device of the first generation is, from its announcement or from its web server. */
export interface Gen1Info {
  /** Its MQTT id where that is known, else its host name. */
  id: string;
  mac: string;
  model: string;
  /** `20230913-113421/v1.14.0-gcb84623` */
  firmware: string;
}

/** Device ids of the plugs of the first generation begin with these. It makes much else: bulbs, buttons, thermometers. */
const GEN1_PLUGS: Record<string, string> = {
  'SHPLG-1': 'shellyplug',
  'SHPLG2-1': 'shellyplug',
  'SHPLG-S': 'shellyplug-s',
  'SHPLG-U1': 'shellyplug-u1',
  'SHSW-PM': 'shelly1pm',
};
/** Our settings know these; a newer one speaks the same, and the default stands for it. */
const LAST_GENERATION = 4;
const COMPONENT = /^(switch|pm1):(\d|1[0-5])$/;
/** Plugs, strips, meters and relays with a meter. */
const MEASURES = /^S[NS34]P[LM]-|P16/;
const ONLY_MEASURES = /^(S3PL-30116|S[NS34]PM-)/;

/** What is known of a device beside who it is. */
export interface Gen2Found {
  info: Gen2Info;
  /** The answer to `Shelly.GetStatus`; null: it may not be asked. */
  status: Record<string, unknown> | null;
  /** The answer to `Shelly.GetConfig`: names of the outlets. */
  config: Record<string, unknown> | null;
  /** null: not known. */
  prefix: string | null;
  address: string;
  obstacle: string | null;
}

/** @returns null for a device that measures nothing: not a plug */
export function gen2Device({ info, status, config, prefix, address, obstacle }: Gen2Found): FoundDevice | null {
  const components = status ? componentsOf(status) : componentsByModel(info.model);
  if (components.length === 0) return null;
  const { id, mac, gen, model, ver } = info;
  const keys = {
    adapter: 'shelly',
    ...(gen <= LAST_GENERATION && { generation: gen }),
    device: id,
    ...(prefix !== null && prefix !== id && { topicPrefix: prefix }),
    ...(macOfDeviceId(id) !== mac && { mac: withColons(mac) }),
  };
  const outlets = components.map(({ key, component, channel }) => {
    const own = config?.[key];
    const name = isObject(own) && typeof own.name === 'string' ? own.name : null;
    return {
      ...keys,
      ...(name && { name }),
      ...(component === 'pm1' && { component }),
      ...(components.length > 1 && { channel }),
    };
  });
  return { adapter: 'shelly', model, firmware: ver, mac, address, name: info.name || null, outlets, obstacle };
}

/** @param prefix null: not known. @returns null for what is not a plug */
export function gen1Device(
  { id, mac, model, firmware }: Gen1Info,
  prefix: string | null,
  address: string,
  obstacle: string | null,
): FoundDevice | null {
  const begin = GEN1_PLUGS[model];
  if (begin === undefined) return null;
  const device = DEVICE_ID.test(id) ? id : `${begin}-${mac.slice(-6)}`;
  const topicPrefix = prefix !== null && prefix !== `shellies/${device}` ? prefix : null;
  const keys = { adapter: 'shelly', generation: 1, device, ...(topicPrefix && { topicPrefix }), mac: withColons(mac) };
  const version = /\/v?([^/-]+)/.exec(firmware)?.[1] ?? null;
  return { adapter: 'shelly', model, firmware: version, mac, address, name: null, outlets: [keys], obstacle };
}

/** Its address in the network, as it says itself, or else its topic prefix. */
export function addressOf(status: Record<string, unknown>, prefix: string): string {
  const { wifi, eth } = status;
  const said = [isObject(wifi) ? wifi.sta_ip : null, isObject(eth) ? eth.ip : null];
  return said.find((ip): ip is string => typeof ip === 'string' && isIP(ip) !== 0) ?? prefix;
}

interface Component {
  key: string;
  component: 'switch' | 'pm1';
  channel: number;
}

function componentsOf(status: Record<string, unknown>): Component[] {
  return Object.entries(status)
    .flatMap(([key, value]): Component[] => {
      const [, kind, channel] = COMPONENT.exec(key) ?? [];
      if (!kind || !isObject(value) || !('apower' in value)) return [];
      return [{ key, component: kind === 'pm1' ? kind : 'switch', channel: Number(channel) }];
    })
    .toSorted((a, b) => a.channel - b.channel);
}

/** Until it can be asked. */
function componentsByModel(model: string): Component[] {
  if (!MEASURES.test(model)) return [];
  const component = ONLY_MEASURES.test(model) ? 'pm1' : 'switch';
  return [{ key: `${component}:0`, component, channel: 0 }];
}
