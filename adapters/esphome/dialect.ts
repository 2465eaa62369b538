import { parseObject } from '../json.ts';
import type { Dialect, Found } from '../mqtt/dialect.ts';
import { macIn, numberFrom, numberIn, relayIn, whFromKwh } from '../mqtt/values.ts';

/** A plug that is off draws nothing; meters show up to this much noise, watts. */
const OFF_WATTS = 2;

/** What the device's own configuration calls its parts: object ids. null: it has none. */
export interface EsphomeParts {
  topicPrefix: string;
  /** `esphome.name`, by which it is asked who it is. */
  node: string;
  power: string;
  energy: string | null;
  energyUnit: 'Wh' | 'kWh';
  voltage: string | null;
  current: string | null;
  temperature: string | null;
  relay: string | null;
}

/**
 * ESPHome: a topic per sensor and switch, plain text, all of them retained. Nothing can be asked for: sensors come at
 * their `update_interval`, a switch when it changes and at each connect.
 */
export function esphomeDialect(parts: EsphomeParts): Dialect {
  const { topicPrefix, node, power, energy, energyUnit, voltage, current, temperature } = parts;
  const sensor = (id: string) => `${topicPrefix}/sensor/${id}/state`;
  const relayTopic = parts.relay === null ? null : `${topicPrefix}/switch/${parts.relay}`;
  /** The switch as it last said. From a replay it is what it said last, too, unless the watts deny it. */
  let relay: { on: boolean | null; replayed: boolean } | null = null;

  const drawn = (text: string): Found => {
    const watts = valueIn(text, power);
    if (relay === null) return { watts };
    const denied = relay.replayed && relay.on === false && watts !== null && watts > OFF_WATTS;
    return { watts, relay: denied ? null : relay.on };
  };
  const switched = (text: string, retained: boolean): Found => {
    const on = relayIn(text, 'the switch');
    relay = { on, replayed: retained };
    return { relay: on };
  };

  return {
    adapter: 'esphome',
    feed: 'polled',
    reports: {
      [sensor(power)]: drawn,
      ...(energy !== null && { [sensor(energy)]: (text: string) => ({ counterWh: whIn(text, energy, energyUnit) }) }),
      ...(voltage !== null && { [sensor(voltage)]: (text: string) => ({ volts: valueIn(text, voltage, 0) }) }),
      ...(current !== null && { [sensor(current)]: (text: string) => ({ amps: valueIn(text, current, 0) }) }),
      ...(temperature !== null && {
        [sensor(temperature)]: (text: string) => ({ celsius: valueIn(text, temperature) }),
      }),
      ...(relayTopic !== null && { [`${relayTopic}/state`]: switched }),
    },
    replays: relayTopic === null ? [] : [`${relayTopic}/state`],
    presence: {
      [`${topicPrefix}/status`]: (text) => {
        if (text !== 'offline') return text === 'online' ? true : null;
        // It says it anew when it is back.
        relay = null;
        return false;
      },
    },
    asks: () => [{ question: null, answer: sensor(power) }],
    command: relayTopic === null ? null : (on) => ({ topic: `${relayTopic}/command`, payload: on ? 'ON' : 'OFF' }),
    commandFilters: relayTopic === null ? [] : [`${relayTopic}/command`],
    identity: {
      ask: {
        question: { topic: `esphome/ping/${node}`, payload: '' },
        answer: `esphome/discover/${node}`,
        hint:
          `Only a device that says who it is can be switched: is ${node} its esphome name, and mqtt discover_ip on ` +
          '(the default of firmware since 2023)? Else set essential: true',
      },
      from(text) {
        return macIn(parseObject(text, 'the introduction').mac, 'mac');
      },
    },
    hint: `Is it powered and on the broker, and does it publish ${sensor(power)} at least every updateSeconds?`,
  };
}

/** `nan`: the sensor does not know. @throws PlugProtocolError */
function valueIn(text: string, field: string, from?: number): number | null {
  return numberIn(text === 'nan' ? null : numberFrom(text, field), field, from);
}

function whIn(text: string, field: string, unit: EsphomeParts['energyUnit']): number | null {
  const value = valueIn(text, field, 0);
  return unit === 'kWh' ? whFromKwh(value, field) : value;
}
