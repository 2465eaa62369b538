import { z } from 'zod';
import type { PlugAdapter } from '../adapter.ts';
import { macSchema } from '../mac.ts';
import { mqttFactory } from '../mqtt/family.ts';
import { tasmotaDialect } from './dialect.ts';
import { discoverTasmota } from './discovery.ts';
import { MOST_CHANNELS } from './payloads.ts';

const schema = z.strictObject({
  adapter: z.literal('tasmota'),
  topic: z
    .string()
    .regex(/^[^+#%/\s$][^+#%/\s]{0,99}$/, 'the topic of its MQTT settings, such as tasmota_1A2B3C')
    .describe('Topic of the device, as its MQTT settings show it'),
  fullTopic: z
    .string()
    .max(100)
    .regex(
      /^(?=.*%prefix%)(?=.*%topic%)(?!\$)[^+#\s]+$/,
      'a full topic that holds %prefix% and %topic%, without + and #',
    )
    .default('%prefix%/%topic%/')
    .describe('Full Topic of its MQTT settings, when it was changed'),
  channel: z
    .int()
    .min(0)
    .max(MOST_CHANNELS)
    .default(1)
    .describe('Outlet of a strip, from 1. 0: the strip as a whole, only measured'),
  mac: macSchema.optional().describe('Who the plug is, checked before every command'),
  pollSeconds: z.int().min(5).max(300).default(30).describe('How often it is asked beside what it tells by itself'),
});

/** The whole strip is each of its outlets too. */
function channelsOf(channel: number): number[] {
  return channel === 0 ? Array.from({ length: MOST_CHANNELS + 1 }, (_, each) => each) : [channel];
}

/** Plugs with Tasmota firmware over the studio's MQTT broker. */
export const tasmotaAdapter: PlugAdapter<typeof schema> = {
  name: 'tasmota',
  label: 'Tasmota',
  byHand: { key: 'topic', looksLike: 'tasmota_1A2B3C' },
  needsMqtt: true,
  schema,
  macOf: ({ mac }) => mac ?? null,
  outletNames: ({ topic, fullTopic, mac, channel }) =>
    [`${fullTopic} ${topic}`, mac].flatMap((name) =>
      name ? channelsOf(channel).map((each) => `${name}/${each}`) : [],
    ),
  async discover({ mqtt }, options) {
    const ears = options.ears ?? mqtt;
    if (ears) await discoverTasmota(ears, options, (keys) => schema.safeParse(keys).success);
  },
  factory: mqttFactory((settings) => ({ ...settings, dialect: tasmotaDialect(settings) })),
};
