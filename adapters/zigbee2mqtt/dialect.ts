import type { Clock } from '../../model/clock.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import { isObject, jsonOf, parseObject } from '../json.ts';
import type { Dialect, Found } from '../mqtt/dialect.ts';
import { numberIn, relayIn, whFromKwh } from '../mqtt/values.ts';

/** After its start Zigbee2MQTT publishes every state that it had cached, as if it were news, ms. */
const REPLAY_MS = 10_000;
/** A plug that twice left `get` of its power unanswered, and answered that of its state, can't be asked for it. */
const MOST_MISSES = 2;

export interface Zigbee2MqttTopics {
  /** `zigbee2mqtt` unless it was changed. */
  baseTopic: string;
  /** May hold slashes. */
  friendlyName: string;
  /** Suffix of a strip's outlet (`l1`); null for a plug with one. */
  endpoint: string | null;
  /** The device's IEEE address, 16 upper-case hex digits; null when it was not configured. */
  ieeeAddress: string | null;
}

/**
 * Zigbee2MQTT: one JSON object per device with all that is cached of it, published when any of it changes. Only `get`
 * reaches through to the device, and not every device can be asked for its watts.
 */
export function zigbee2MqttDialect(topics: Zigbee2MqttTopics, clock: Clock): Dialect {
  const { baseTopic, friendlyName, endpoint, ieeeAddress } = topics;
  const device = ieeeAddress === null ? friendlyName : `0x${ieeeAddress.toLowerCase()}`;
  const state = `${baseTopic}/${friendlyName}`;
  const named = (key: string) => (endpoint === null ? key : `${key}_${endpoint}`);
  const get = (name: string, key: string) => ({
    question: { topic: `${baseTopic}/${name}/get`, payload: JSON.stringify({ [named(key)]: '' }) },
    answer: state,
  });
  /** Who has the name now, as the bridge lists it, in lower case; null: not known. */
  let owner: string | null = null;
  let replaysUntilMs = Number.NEGATIVE_INFINITY;
  let misses = 0;
  let relay: boolean | null = null;
  let watts: number | null = null;
  /** What was cached before a restart: nobody knows how old it is. */
  let doubtfulWatts: number | null = null;

  const report = (text: string): Found => {
    const found = stateFrom(parseObject(text, 'the state'), named);
    if (clock.monotonicMs() < replaysUntilMs) {
      doubtfulWatts = found.watts ?? null;
      return {};
    }
    // The same watts beside a new state of the relay are those of before.
    const moved = found.relay !== undefined && relay !== null && found.relay !== relay && found.watts === watts;
    const doubtful = doubtfulWatts !== null && found.watts === doubtfulWatts && misses > 0;
    if (found.relay !== undefined) relay = found.relay;
    if (found.watts === undefined) return found;
    watts = found.watts;
    if (!doubtful) doubtfulWatts = null;
    return moved || doubtful ? { ...found, watts: null } : found;
  };

  return {
    adapter: 'zigbee2mqtt',
    feed: 'on-change',
    reports: { [state]: report },
    replays: [],
    presence: {
      [`${state}/availability`]: availability,
      [`${baseTopic}/bridge/devices`]: (text) => {
        owner = addressOf(text, friendlyName);
        return null;
      },
      [`${baseTopic}/bridge/state`]: (text, retained) => {
        const there = availability(text);
        if (there && !retained) {
          replaysUntilMs = clock.monotonicMs() + REPLAY_MS;
          doubtfulWatts = watts;
        }
        // The bridge is not the plug: that it is here says nothing of it.
        return there ? null : there;
      },
    },
    asks: () => [
      get(friendlyName, 'state'),
      ...(misses < MOST_MISSES
        ? [
            {
              ...get(friendlyName, 'power'),
              came(answered: boolean) {
                misses = answered ? 0 : misses + 1;
              },
            },
          ]
        : []),
    ],
    command: (on) => ({
      topic: `${baseTopic}/${device}/set`,
      payload: JSON.stringify({ [named('state')]: on ? 'ON' : 'OFF' }),
    }),
    commandFilters: [`${state}/set/#`],
    identity: {
      // Asked by its address: only then the answer on the topic of the name is of the device with that address.
      ask: get(device, 'state'),
      from() {
        if (ieeeAddress === null) throw new PlugProtocolError('no mac is configured: nobody knows who it is');
        // A state that comes by chance looks like the answer.
        if (owner !== null && owner !== device)
          throw new PlugProtocolError(
            `${friendlyName} is now the name of ${owner}, ${device} is configured. Correct friendlyName or mac`,
          );
        return ieeeAddress;
      },
    },
    hint: `Is Zigbee2MQTT running, the plug powered, and is ${friendlyName} still its name there?`,
  };
}

/** The IEEE address of the device with this name out of `bridge/devices`; null when it is not there. */
function addressOf(text: string, friendlyName: string): string | null {
  const listed = jsonOf(text);
  const device = Array.isArray(listed)
    ? listed.find((one) => isObject(one) && one.friendly_name === friendlyName)
    : null;
  return typeof device?.ieee_address === 'string' ? device.ieee_address.toLowerCase().slice(0, 18) : null;
}

/** One outlet out of the state of a device. A strip's mains voltage has no suffix. @throws PlugProtocolError */
export function stateFrom(state: Record<string, unknown>, named: (key: string) => string): Found {
  const held = <Value>(key: string, read: (value: unknown) => Value | null) =>
    key in state ? read(state[key]) : undefined;
  const found = {
    relay: held(named('state'), (value) => relayIn(value, named('state'))),
    watts: held(named('power'), (value) => numberIn(value, named('power'))),
    counterWh: held(named('energy'), (value) => whFromKwh(value, named('energy'))),
    volts: held(named('voltage') in state ? named('voltage') : 'voltage', (value) => numberIn(value, 'voltage', 0)),
    amps: held(named('current'), (value) => numberIn(value, named('current'), 0)),
    celsius: held('device_temperature', (value) => numberIn(value, 'device_temperature')),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** JSON, or plain text before version 2. */
export function availability(text: string): boolean | null {
  const value = jsonOf(text);
  const said = isObject(value) ? value.state : text;
  return said === 'online' ? true : said === 'offline' ? false : null;
}
