import { z } from 'zod';
import type { PlugAdapter } from '../adapter.ts';
import { mqttFactory } from '../mqtt/family.ts';
import { zigbee2MqttDialect } from './dialect.ts';
import { discoverZigbee2Mqtt } from './discovery.ts';

/** Names may hold spaces and slashes. */
const NAME = /^[^+#/$][^+#]*(?<!\/)$/;
const IEEE_ADDRESS = /^(0x)?[0-9a-f]{16}$/i;

const schema = z.strictObject({
  adapter: z.literal('zigbee2mqtt'),
  friendlyName: z
    .string()
    .max(200)
    .regex(NAME, 'the name of the device in Zigbee2MQTT, without + and #')
    .describe('Name of the device in Zigbee2MQTT'),
  baseTopic: z
    .string()
    .max(100)
    .regex(NAME, 'an MQTT topic without + and #')
    .default('zigbee2mqtt')
    .describe('base_topic of Zigbee2MQTT, when it was changed'),
  endpoint: z
    .string()
    .regex(/^[a-z0-9_]{1,20}$/, 'the suffix of its state, such as l1')
    .optional()
    .describe('Outlet of a strip: the suffix of its state, l1 for state_l1'),
  mac: z
    .string({ error: 'the IEEE address in quotes, or it is read as a number: "0xa4c1380000000001"' })
    .regex(IEEE_ADDRESS, 'the IEEE address of the device in Zigbee2MQTT: 0x and 16 hex digits')
    .transform((address) => address.replace(/^0x/i, '').toUpperCase())
    .optional()
    .describe('IEEE address of the device, as Zigbee2MQTT shows it: commands go to this address only'),
  pollSeconds: z.int().min(10).max(300).default(60).describe('How often it is asked beside what it tells by itself'),
});

/** Zigbee plugs behind Zigbee2MQTT, over the studio's MQTT broker. */
export const zigbee2MqttAdapter: PlugAdapter<typeof schema> = {
  name: 'zigbee2mqtt',
  label: 'Zigbee2MQTT',
  byHand: { key: 'friendlyName', looksLike: 'studio/projector' },
  needsMqtt: true,
  schema,
  macOf: ({ mac }) => mac ?? null,
  outletNames: ({ baseTopic, friendlyName, mac, endpoint }) =>
    [`${baseTopic}/${friendlyName}`, mac].flatMap((name) => (name ? [`${name} ${endpoint ?? ''}`] : [])),
  async discover({ mqtt }, options) {
    const ears = options.ears ?? mqtt;
    if (ears) await discoverZigbee2Mqtt(ears, options, (keys) => schema.safeParse(keys).success);
  },
  factory: mqttFactory((settings, clock) => {
    const { baseTopic, friendlyName, endpoint = null, mac = null, pollSeconds } = settings;
    const dialect = zigbee2MqttDialect({ baseTopic, friendlyName, endpoint, ieeeAddress: mac }, clock);
    return { topic: friendlyName, mac, pollSeconds, dialect };
  }),
};
