import { z } from 'zod';
import type { PlugAdapter } from '../adapter.ts';
import { macSchema } from '../mac.ts';
import { mqttFactory } from '../mqtt/family.ts';
import { esphomeDialect } from './dialect.ts';

const NODE = /^[^+#/$\s][^+#/\s]*$/;
const objectId = z.string().regex(/^[a-z0-9_-]{1,120}$/, 'an object id: small letters, digits, _ and -');

const schema = z.strictObject({
  adapter: z.literal('esphome'),
  topicPrefix: z
    .string()
    .max(200)
    .regex(/^[^+#/$\s][^+#\s]*(?<!\/)$/, 'an MQTT topic without +, # and spaces')
    .describe('topic_prefix of its mqtt section: by default the name of the node'),
  node: z
    .string()
    .regex(NODE, 'the esphome name of the device')
    .optional()
    .describe('Its esphome name. By default the last level of the topic prefix'),
  powerSensor: objectId.describe('Object id of its power sensor, in watts'),
  energySensor: objectId.optional().describe('Object id of its energy sensor'),
  energyUnit: z.enum(['Wh', 'kWh']).default('kWh').describe('Unit of the energy sensor: ESPHome does not tell it'),
  voltageSensor: objectId.optional().describe('Object id of its voltage sensor, in volts'),
  currentSensor: objectId.optional().describe('Object id of its current sensor, in amperes'),
  temperatureSensor: objectId.optional().describe('Object id of its temperature sensor, in °C'),
  switch: objectId.optional().describe('Object id of its relay; without it the plug only measures'),
  mac: macSchema.optional().describe('Who the plug is, checked before every command: needs discover_ip on in its mqtt'),
  updateSeconds: z
    .int()
    .min(1)
    .max(300)
    .default(60)
    .describe('update_interval of its power sensor: the longest time between two of its messages'),
});

/** Devices with ESPHome firmware and its mqtt component, over the studio's MQTT broker. */
export const esphomeAdapter: PlugAdapter<typeof schema> = {
  name: 'esphome',
  label: 'ESPHome',
  needsMqtt: true,
  schema,
  macOf: ({ mac }) => mac ?? null,
  outletNames: ({ topicPrefix, mac, powerSensor, switch: relay }) =>
    [topicPrefix, mac].flatMap((name) =>
      name ? [powerSensor, relay].flatMap((id) => (id ? [`${name} ${id}`] : [])) : [],
    ),
  factory: mqttFactory((settings) => {
    const { topicPrefix, mac, updateSeconds, energyUnit } = settings;
    const dialect = esphomeDialect({
      topicPrefix,
      node: settings.node ?? topicPrefix.slice(topicPrefix.lastIndexOf('/') + 1),
      power: settings.powerSensor,
      energy: settings.energySensor ?? null,
      energyUnit,
      voltage: settings.voltageSensor ?? null,
      current: settings.currentSensor ?? null,
      temperature: settings.temperatureSensor ?? null,
      relay: settings.switch ?? null,
    });
    return { topic: topicPrefix, mac, pollSeconds: updateSeconds, dialect };
  }),
};
