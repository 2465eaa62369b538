import { z } from 'zod';
import type { DiscoveryOptions, FoundDevice } from '../adapter.ts';
import { jsonOf } from '../json.ts';
import type { MqttBus } from '../mqtt/bus.ts';
import { availability } from './dialect.ts';

const BRIDGE = '/bridge/';
/** The base topic may have a slash. */
const LEVELS = ['+', '+/+'];
/** More than any studio has. */
const MOST_BRIDGES = 10;
const MOST_DEVICES = 200;

const expose = z.object({
  type: z.string(),
  name: z.string().optional(),
  property: z.string().optional(),
  features: z.array(z.object({ name: z.string(), property: z.string() })).optional(),
});
/** An entry of `bridge/devices`. */
const entry = z.object({
  ieee_address: z.string().regex(/^0x[0-9a-f]{16}$/i),
  friendly_name: z.string(),
  disabled: z.boolean().default(false),
  software_build_id: z.string().nullish(),
  definition: z.object({
    model: z.string(),
    vendor: z.string().default(''),
    exposes: z.array(z.unknown()),
  }),
});

interface Bridge {
  online: boolean;
  devices: unknown;
}

/**
 * Finds the plugs with a meter of every Zigbee2MQTT on the broker by its list of devices. Nothing is sent. Resolves when
 * `signal` ends it.
 * @param usable whether the keys are right for `studio.yaml`
 */
export async function discoverZigbee2Mqtt(
  ears: MqttBus,
  { found, signal }: DiscoveryOptions,
  usable: (keys: Record<string, unknown>) => boolean,
): Promise<void> {
  if (signal.aborted) return;
  const bridges = new Map<string, Bridge>();
  const learn = (topic: string, news: Partial<Bridge>) => {
    const baseTopic = topic.slice(0, topic.lastIndexOf(BRIDGE));
    if (!bridges.has(baseTopic) && bridges.size >= MOST_BRIDGES) return;
    const bridge = { online: false, devices: null, ...bridges.get(baseTopic), ...news };
    bridges.set(baseTopic, bridge);
    // The list stays on the broker when the bridge has gone.
    if (!bridge.online || !Array.isArray(bridge.devices) || signal.aborted) return;
    for (const each of bridge.devices.slice(0, MOST_DEVICES)) {
      const device = foundDevice(baseTopic, each);
      if (device?.outlets.every(({ name: _, ...keys }) => usable(keys))) found(device);
    }
  };
  const stops = await Promise.all(
    LEVELS.flatMap((base) => [
      ears.subscribe(`${base}${BRIDGE}state`, ({ topic, payload }) =>
        learn(topic, { online: availability(payload.toString()) === true }),
      ),
      ears.subscribe(`${base}${BRIDGE}devices`, ({ topic, payload }) => {
        const devices = jsonOf(payload.toString());
        // What is no JSON tells nothing new.
        if (devices !== undefined) learn(topic, { devices });
      }),
    ]),
  );
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  for (const stop of stops) stop();
}

/** @returns null for what is no plug with a meter */
function foundDevice(baseTopic: string, listed: unknown): FoundDevice | null {
  const parsed = entry.safeParse(listed);
  if (!parsed.success || parsed.data.disabled) return null;
  const { ieee_address: address, friendly_name: friendlyName, software_build_id: firmware, definition } = parsed.data;
  const exposes = definition.exposes.flatMap((each) => expose.safeParse(each).data ?? []);
  const measured = new Set(exposes.flatMap(({ property }) => property ?? []));
  const outlets = exposes
    .filter(({ type }) => type === 'switch')
    .flatMap(({ features = [] }) => features)
    .flatMap(({ property }) => {
      const [, suffix] = /^state(_[a-z0-9_]+)?$/.exec(property) ? property.split(/^state/) : [];
      if (suffix === undefined || !measured.has(`power${suffix}`)) return [];
      const base = baseTopic === 'zigbee2mqtt' ? {} : { baseTopic };
      const endpoint = suffix === '' ? {} : { endpoint: suffix.slice(1) };
      return [{ adapter: 'zigbee2mqtt', friendlyName, ...base, ...endpoint, mac: address }];
    });
  if (outlets.length === 0) return null;
  return {
    adapter: 'zigbee2mqtt',
    model: `${definition.vendor} ${definition.model}`.trim(),
    firmware: firmware ?? null,
    mac: address.slice(2).toUpperCase(),
    address: `${baseTopic}/${friendlyName}`,
    name: friendlyName,
    outlets,
    obstacle: null,
  };
}
