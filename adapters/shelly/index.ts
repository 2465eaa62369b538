import { z } from 'zod';
import type { PlugAdapter } from '../adapter.ts';
import { macSchema } from '../mac.ts';
import { brokerOf } from '../mqtt/family.ts';
import { discoverShelly } from './discovery.ts';
import { ShellyGen1Plug } from './gen1-plug.ts';
import { ShellyGen2Device } from './gen2-device.ts';
import { ShellyGen2Plug } from './gen2-plug.ts';
import { DEVICE_ID, MAX_PREFIX_LENGTH, macOfDeviceId, TOPIC_PREFIX } from './names.ts';

const keys = z.strictObject({
  adapter: z.literal('shelly'),
  device: z
    .string()
    .regex(DEVICE_ID, 'the device id that the plug shows, such as shellyplugsg3-8cbfeaa133f0')
    .describe('Device id of the plug, as its web page shows it'),
  generation: z
    .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
    .default(2)
    .describe('Generation of the plug: 1 speaks plain text topics, 2 to 4 speak RPC'),
  topicPrefix: z
    .string()
    .max(MAX_PREFIX_LENGTH)
    .regex(TOPIC_PREFIX, 'an MQTT topic without +, # and spaces, that neither starts nor ends with /')
    .optional()
    .describe('Topic prefix set in the plug, when it is not the usual one'),
  channel: z.int().min(0).max(15).default(0).describe('Outlet of a strip, from 0'),
  component: z
    .enum(['switch', 'pm1'])
    .default('switch')
    .describe('pm1: a plug that only measures, such as Plug PM Gen3 and PM Mini'),
  mac: macSchema
    .optional()
    .describe('Who the plug is, checked before every command; by default the end of its device id'),
  pollSeconds: z.int().min(10).max(300).default(30).describe('How often it is asked beside what it tells by itself'),
  deadManSeconds: z
    .int()
    .min(60)
    .max(86_400)
    .optional()
    .describe(
      'The plug itself undoes a cut that offair has not renewed for so long: a dead daemon gives the power back',
    ),
});

const schema = keys.superRefine(({ generation, component, deadManSeconds }, context) => {
  const refuse = (key: keyof z.output<typeof keys>, message: string, input: unknown) =>
    context.addIssue({ code: 'custom', path: [key], message, input });
  if (generation === 1 && component === 'pm1')
    refuse(
      'component',
      'switch: the first generation has no pm1. Plug PM and PM Mini are of generation 2 or newer',
      component,
    );
  if (deadManSeconds === undefined) return;
  if (generation === 1)
    refuse('deadManSeconds', 'no such key: a plug of the first generation has no timer over MQTT', deadManSeconds);
  else if (component === 'pm1')
    refuse('deadManSeconds', 'no such key: a plug that only measures can not be cut', deadManSeconds);
});

function macOf({ mac, device }: z.output<typeof schema>): string | null {
  return mac ?? macOfDeviceId(device);
}

/** Shelly plugs of all generations over the studio's MQTT broker; no cloud. */
export const shellyAdapter: PlugAdapter<typeof schema> = {
  name: 'shelly',
  label: 'Shelly',
  byHand: { key: 'device', looksLike: 'shellyplugsg3-8cbfeaa133f0' },
  needsMqtt: true,
  schema,
  macOf,
  outletNames: (settings) => {
    const { device, topicPrefix, component, channel } = settings;
    const outlet = `${component}:${channel}`;
    return [device.toLowerCase(), topicPrefix, macOf(settings)].flatMap((name) => (name ? [`${name}/${outlet}`] : []));
  },
  discover: discoverShelly,
  factory: ({ mqtt, clock, random, log, memory }) => {
    const devices = new Map<string, ShellyGen2Device>();
    return ({ id: plug, mayBeCut = true }, settings) => {
      const { device, generation, channel, component } = settings;
      const prefix = settings.topicPrefix ?? (generation === 1 ? `shellies/${device}` : device);
      const pollMs = settings.pollSeconds * 1000;
      const common = { plug, channel, pollMs, expectedMac: macOf(settings) };
      const deps = { bus: brokerOf(mqtt, plug), clock, random, log, memory };
      if (generation === 1) return new ShellyGen1Plug({ ...common, device, prefix }, deps);
      const known = devices.get(device.toLowerCase());
      if (known && known.prefix !== prefix)
        throw new Error(`plug ${plug} is an outlet of ${device}, which has the topicPrefix ${known.prefix} elsewhere`);
      const shared = known ?? new ShellyGen2Device({ device, prefix, generation }, deps);
      devices.set(device.toLowerCase(), shared);
      const deadManSeconds = mayBeCut ? (settings.deadManSeconds ?? null) : null;
      return new ShellyGen2Plug({ ...common, component, deadManSeconds }, shared, log);
    };
  },
};
