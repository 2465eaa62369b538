import type { PlugAdapter } from './adapter.ts';
import { esphomeAdapter } from './esphome/index.ts';
import { homewizardAdapter } from './homewizard/index.ts';
import { shellyAdapter } from './shelly/index.ts';
import { tapoAdapter } from './tapo/index.ts';
import { tasmotaAdapter } from './tasmota/index.ts';
import { zigbee2MqttAdapter } from './zigbee2mqtt/index.ts';

/** @throws Error when two adapters claim the same name */
export function registry(adapters: readonly PlugAdapter[]): readonly PlugAdapter[] {
  const names = new Set<string>();
  for (const { name } of adapters) {
    if (names.has(name)) throw new Error(`two plug adapters are called ${name}: rename one`);
    names.add(name);
  }
  return adapters;
}

/** Every family of plugs that offair speaks with: a new one is a folder beside these and a line here. */
export const plugAdapters = registry([
  tapoAdapter,
  shellyAdapter,
  tasmotaAdapter,
  zigbee2MqttAdapter,
  esphomeAdapter,
  homewizardAdapter,
]);
