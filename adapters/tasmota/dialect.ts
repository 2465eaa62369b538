import { PlugProtocolError } from '../../model/errors.ts';
import { parseObject } from '../json.ts';
import type { Ask, Dialect, Found } from '../mqtt/dialect.ts';
import { energyFrom, inner, macFrom, relayFrom, relaysIn } from './payloads.ts';

export interface TasmotaTopics {
  /** Name of the device in its topics: `tasmota_1A2B3C`. */
  topic: string;
  /** `%prefix%/%topic%/` unless it was changed in the device. */
  fullTopic: string;
  /** From 1; 0 is the device as a whole, which is only measured. */
  channel: number;
}

/** The whole topic of one of its messages. @param prefix `cmnd`, `stat` or `tele` */
export function onTopic({ topic, fullTopic }: Omit<TasmotaTopics, 'channel'>, prefix: string, name: string): string {
  return `${fullTopic.replace('%prefix%', prefix).replace('%topic%', topic).replace(/\/$/, '')}/${name}`;
}

/**
 * Tasmota: JSON on `tele/…` every TelePeriod (300 s), plain text and JSON on `stat/…` after each command. `Status` is
 * answered at once: 11 has the relays, 8 the meter, 5 the MAC.
 */
export function tasmotaDialect(topics: TasmotaTopics): Dialect {
  const { topic, fullTopic, channel } = topics;
  const on = (prefix: string, name: string) => onTopic(topics, prefix, name);
  const ask = (number: number): Ask => ({
    question: { topic: on('cmnd', 'Status'), payload: String(number) },
    answer: on('stat', `STATUS${number}`),
  });
  let relays = 0;
  const relayIn = (state: Record<string, unknown>): Found => (channel === 0 ? {} : relayFrom(state, channel));
  const stateIn = (state: Record<string, unknown>): Found => {
    relays = relaysIn(state);
    return relayIn(state);
  };
  // With SetOption4 the JSON of RESULT comes here too.
  const switched = (text: string): Found =>
    text.startsWith('{') ? relayIn(parseObject(text, 'the relay')) : relayIn({ [`POWER${channel}`]: text });
  return {
    adapter: 'tasmota',
    feed: 'polled',
    reports: {
      [on('stat', 'STATUS11')]: (text) => stateIn(inner(text, 'StatusSTS')),
      [on('tele', 'STATE')]: (text) => stateIn(parseObject(text, 'the state')),
      [on('stat', 'RESULT')]: (text) => relayIn(parseObject(text, 'the result')),
      [on('stat', `POWER${channel}`)]: switched,
      ...(channel === 1 && { [on('stat', 'POWER')]: switched }),
      [on('tele', 'SENSOR')]: (text) => energyFrom(parseObject(text, 'the sensor'), channel, relays),
      [on('stat', 'STATUS8')]: (text) => {
        const found = energyFrom(inner(text, 'StatusSNS'), channel, relays);
        if (found.watts === undefined) throw new PlugProtocolError('no ENERGY: this device measures no power');
        return found;
      },
    },
    replays: [],
    presence: {
      [on('tele', 'LWT')]: (text) => (text === 'Online' ? true : text === 'Offline' ? false : null),
    },
    asks: () => [ask(11), ask(8)],
    command:
      channel === 0 ? null : (closed) => ({ topic: on('cmnd', `Power${channel}`), payload: closed ? 'ON' : 'OFF' }),
    commandFilters: [on('cmnd', '+')],
    identity: { ask: ask(5), from: macFrom },
    hint: `Is it powered, and is its topic ${topic} with the full topic ${fullTopic}?`,
  };
}
