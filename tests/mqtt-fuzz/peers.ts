import type { PlugAdapter } from '../../adapters/adapter.ts';
import { esphomeAdapter } from '../../adapters/esphome/index.ts';
import { shellyAdapter } from '../../adapters/shelly/index.ts';
import { tasmotaAdapter } from '../../adapters/tasmota/index.ts';
import { zigbee2MqttAdapter } from '../../adapters/zigbee2mqtt/index.ts';
import type { Allowed } from './allowed.ts';

/** Values that a message may set and a reading may show, W, Wh, V, A, °C. */
export interface Sentinel {
  watts: number;
  counterWh: number;
  relay: boolean;
  volts: number | null;
}

type Explain = (text: string, allowed: Allowed) => void;

/** One plug under fire: its topics, what a message on each of them may tell at most, and a message that tells all. */
export interface Peer {
  id: string;
  adapter: PlugAdapter;
  settings: Record<string, unknown>;
  /** `json`: every text, or every one that begins with a brace, must be a JSON object. */
  topics: { topic: string; json: 'always' | 'after a brace' | 'never'; explain: Explain; samples: readonly string[] }[];
  /** Messages after which its newest reading must be this. */
  say(sentinel: Sentinel): [topic: string, text: string][];
}

export const CLIENT = 'offair-fuzz';
const GEN2 = 'shellyplugsg3-8cbfeaa133f0';
const STRIP = 'shellypstripg4-8cbfeaa133f1';
const GEN1 = 'shellyplug-s-C38EAB';
const MOST = 4e9;

type Json = Record<string, unknown>;

/** Read apart from the adapters: a mistake of theirs must not be repeated here. */
function objectIn(text: string): Json {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}
function asObject(value: unknown): Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {};
}
function possible(value: unknown, least = -MOST): value is number {
  return typeof value === 'number' && value >= least && value <= MOST;
}

function shellyComponent(component: unknown, allowed: Allowed, relayToo = true): void {
  const { apower, aenergy, ret_aenergy, output, voltage, current, temperature } = asObject(component);
  if (possible(apower)) allowed.add('watts', apower);
  const { total } = asObject(aenergy);
  if (possible(total, 0)) allowed.add('total', total);
  const { total: returned } = asObject(ret_aenergy);
  if (possible(returned, 0)) allowed.add('returned', returned);
  if (ret_aenergy === null || returned === null || returned === undefined) allowed.add('returned', 0);
  if (relayToo && typeof output === 'boolean') allowed.add('relay', output);
  if (possible(voltage, 0)) allowed.add('volts', voltage);
  if (possible(current, 0)) allowed.add('amps', current);
  const { tC } = asObject(temperature);
  if (possible(tC)) allowed.add('celsius', tC);
}

const SWITCH =
  '{"id":0,"source":"init","output":true,"apower":36.7,"voltage":232.1,"current":0.307,"aenergy":{"total":499599.717,"by_minute":[618.451,618.897,619.342],"minute_ts":1779362280},"ret_aenergy":{"total":0.5},"temperature":{"tC":45.5,"tF":113.9},"errors":["overtemp"]}';

function shellyGen2(device: string, channel: number): Peer {
  const key = `switch:${channel}`;
  const frame = (method: string, component: string) =>
    `{"src":"${device}","dst":"${device}/events","method":"${method}","params":{"ts":1788945292.88,"${key}":${component}}}`;
  const notified: Explain = (text, allowed) => {
    const { src, params } = objectIn(text);
    if (typeof src === 'string' && src.toLowerCase() === device) shellyComponent(asObject(params)[key], allowed);
  };
  const answered: Explain = (text, allowed) => {
    const { src, result } = objectIn(text);
    if (typeof src === 'string' && src.toLowerCase() === device) shellyComponent(asObject(result)[key], allowed);
  };
  const samples = [
    frame('NotifyStatus', '{"id":0,"apower":579.0}'),
    frame('NotifyStatus', SWITCH),
    frame('NotifyFullStatus', SWITCH),
    frame('NotifyStatus', '{"aenergy":{"total":1.5},"ret_aenergy":{"total":0.25}}'),
    `{"src":"${device}","method":"NotifyEvent","params":{"ts":1735821119.25,"events":[{"component":"sys","event":"config_changed"}]}}`,
  ];
  const answers = [1, 2, 3, 4, 5, 6].map(
    (id) => `{"id":${id},"src":"${device}","dst":"${CLIENT}","result":{"${key}":${SWITCH},"sys":{"uptime":99}}}`,
  );
  return {
    id: `${device}-${channel}`,
    adapter: shellyAdapter as unknown as PlugAdapter,
    settings: { device, channel, pollSeconds: 60 },
    topics: [
      { topic: `${device}/events/rpc`, json: 'always', explain: notified, samples },
      {
        topic: `${device}/status/${key}`,
        json: 'always',
        explain: (text, allowed) => shellyComponent(objectIn(text), allowed, false),
        samples: [SWITCH],
      },
      { topic: `${CLIENT}/${device}/rpc`, json: 'always', explain: answered, samples: answers },
      { topic: `${device}/online`, json: 'never', explain: () => {}, samples: ['true', 'false'] },
    ],
    say: ({ watts, counterWh, relay, volts }) => [
      [
        `${device}/events/rpc`,
        frame(
          'NotifyFullStatus',
          JSON.stringify({ apower: watts, output: relay, voltage: volts, aenergy: { total: counterWh } }),
        ),
      ],
    ],
  };
}

/** Plain text of Gen1 and ESPHome; null when it is no number. */
function decimal(text: string): number | null {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

function numberOn(key: 'watts' | 'total' | 'volts' | 'celsius', divisor = 1): Explain {
  return (text, allowed) => {
    const value = decimal(text);
    if (value !== null) allowed.add(key, value / divisor);
  };
}

function shellyGen1(): Peer {
  const prefix = `shellies/${GEN1}`;
  const info = `{"id":"${GEN1}","model":"SHPLG-S","mac":"E8DB84C38EAB","ip":"192.0.2.9","new_fw":false,"fw_ver":"20220809/v1.12"}`;
  const relay: Explain = (text, allowed) => {
    if (text === 'on' || text === 'off' || text === 'overpower') allowed.add('relay', text === 'on');
  };
  const plain = { json: 'never' } as const;
  return {
    id: 'gen1',
    adapter: shellyAdapter as unknown as PlugAdapter,
    settings: { device: GEN1, generation: 1, pollSeconds: 60 },
    topics: [
      { topic: `${prefix}/relay/0`, ...plain, explain: relay, samples: ['on', 'off', 'overpower'] },
      { topic: `${prefix}/relay/0/power`, ...plain, explain: numberOn('watts'), samples: ['5.56', '0', '-3.1'] },
      { topic: `${prefix}/relay/0/energy`, ...plain, explain: numberOn('total', 60), samples: ['176010'] },
      { topic: `${prefix}/temperature`, ...plain, explain: numberOn('celsius'), samples: ['24.03'] },
      { topic: `${prefix}/overtemperature`, ...plain, explain: () => {}, samples: ['0', '1'] },
      { topic: `${prefix}/announce`, json: 'always', explain: () => {}, samples: [info] },
    ],
    say: ({ watts, counterWh, relay: on }) => [
      [`${prefix}/relay/0/energy`, String(Math.round(counterWh * 60))],
      [`${prefix}/relay/0`, on ? 'on' : 'off'],
      [`${prefix}/relay/0/power`, String(watts)],
    ],
  };
}

function kwhAsWh(kwh: unknown, allowed: Allowed): void {
  if (possible(kwh, 0)) allowed.add('total', Math.round(kwh * 1e6) / 1000);
}

function tasmota(): Peer {
  const topic = 'tasmota_1A2B3C';
  const sensor =
    '{"Time":"2023-05-19T20:52:56","ENERGY":{"TotalStartTime":"2022-03-20T15:20:48","Total":514.153,"Power":56,"Factor":0.61,"Voltage":234,"Current":0.392},"ESP32":{"Temperature":40.5}}';
  const state = '{"Time":"2023-08-18T14:20:27","Uptime":"6T03:18:25","POWER":"ON","Wifi":{"AP":2,"RSSI":100}}';
  const first = (value: unknown) => (Array.isArray(value) ? value[0] : value);
  const measured = (said: Json, allowed: Allowed) => {
    const { Power, Total, Voltage, Current, ...rest } = asObject(said.ENERGY);
    if (possible(first(Power))) allowed.add('watts', first(Power));
    kwhAsWh(first(Total), allowed);
    if (possible(first(Voltage), 0)) allowed.add('volts', first(Voltage));
    if (possible(first(Current), 0)) allowed.add('amps', first(Current));
    for (const where of [rest, said])
      for (const chip of ['BL09XX', 'ANALOG', 'ESP32']) {
        const { Temperature } = asObject(where[chip]);
        if (!possible(Temperature)) continue;
        allowed.add('celsius', Temperature);
        allowed.add('celsius', ((Temperature - 32) * 5) / 9);
      }
  };
  const switched = (said: Json, allowed: Allowed) => {
    for (const key of ['POWER', 'POWER1'])
      if (said[key] === 'ON' || said[key] === 'OFF') allowed.add('relay', said[key] === 'ON');
  };
  return {
    id: 'tasmota',
    adapter: tasmotaAdapter as unknown as PlugAdapter,
    settings: { topic, pollSeconds: 60 },
    topics: [
      {
        topic: `tele/${topic}/SENSOR`,
        json: 'always',
        explain: (text, allowed) => measured(objectIn(text), allowed),
        samples: [sensor],
      },
      {
        topic: `stat/${topic}/STATUS8`,
        json: 'always',
        explain: (text, allowed) => measured(asObject(objectIn(text).StatusSNS), allowed),
        samples: [`{"StatusSNS":${sensor}}`],
      },
      {
        topic: `tele/${topic}/STATE`,
        json: 'always',
        explain: (text, allowed) => switched(objectIn(text), allowed),
        samples: [state],
      },
      {
        topic: `stat/${topic}/STATUS11`,
        json: 'always',
        explain: (text, allowed) => switched(asObject(objectIn(text).StatusSTS), allowed),
        samples: [`{"StatusSTS":${state}}`],
      },
      {
        topic: `stat/${topic}/POWER`,
        json: 'after a brace',
        explain: (text, allowed) => switched({ POWER: text, ...objectIn(text) }, allowed),
        samples: ['ON', 'OFF', '{"POWER":"ON"}'],
      },
      { topic: `tele/${topic}/LWT`, json: 'never', explain: () => {}, samples: ['Online', 'Offline'] },
    ],
    say: ({ watts, counterWh, relay, volts }) => [
      [`tele/${topic}/STATE`, `{"POWER":"${relay ? 'ON' : 'OFF'}"}`],
      [
        `tele/${topic}/SENSOR`,
        JSON.stringify({ ENERGY: { Power: watts, Total: counterWh / 1000, Voltage: volts, Current: null } }),
      ],
    ],
  };
}

function zigbee2Mqtt(): Peer {
  const topic = 'zigbee2mqtt/studio/key light';
  const sample =
    '{"state":"ON","power":36.7,"current":0.31,"voltage":232,"energy":12.34,"device_temperature":31,"linkquality":120,"power_outage_memory":"restore"}';
  return {
    id: 'zigbee2mqtt',
    adapter: zigbee2MqttAdapter as unknown as PlugAdapter,
    settings: { friendlyName: 'studio/key light', pollSeconds: 60 },
    topics: [
      {
        topic,
        json: 'always',
        explain: (text, allowed) => {
          const { state, power, current, voltage, energy, device_temperature } = objectIn(text);
          if (state === 'ON' || state === 'OFF') allowed.add('relay', state === 'ON');
          if (possible(power)) allowed.add('watts', power);
          if (possible(current, 0)) allowed.add('amps', current);
          if (possible(voltage, 0)) allowed.add('volts', voltage);
          if (possible(device_temperature)) allowed.add('celsius', device_temperature);
          kwhAsWh(energy, allowed);
        },
        samples: [sample],
      },
      {
        topic: `${topic}/availability`,
        json: 'never',
        explain: () => {},
        samples: ['{"state":"online"}', '{"state":"offline"}', 'online', 'offline'],
      },
    ],
    say: ({ watts, counterWh, relay, volts }) => {
      const state = relay ? 'ON' : 'OFF';
      return [
        // The watts beside a new state of the relay are not believed when they are those of before.
        [topic, JSON.stringify({ state })],
        [topic, JSON.stringify({ state, power: watts, energy: counterWh / 1000, voltage: volts })],
      ];
    },
  };
}

function esphome(): Peer {
  const prefix = 'studio/fan';
  const on = (part: string) => `${prefix}/${part}/state`;
  const energy: Explain = (text, allowed) => kwhAsWh(decimal(text), allowed);
  const plain = { json: 'never' } as const;
  return {
    id: 'esphome',
    adapter: esphomeAdapter as unknown as PlugAdapter,
    settings: {
      topicPrefix: prefix,
      powerSensor: 'power',
      energySensor: 'energy',
      voltageSensor: 'voltage',
      switch: 'relay',
      updateSeconds: 60,
    },
    topics: [
      { topic: on('sensor/power'), ...plain, explain: numberOn('watts'), samples: ['36.7', 'nan'] },
      { topic: on('sensor/energy'), ...plain, explain: energy, samples: ['12.345', 'nan'] },
      { topic: on('sensor/voltage'), ...plain, explain: numberOn('volts'), samples: ['232.1', 'nan'] },
      {
        topic: on('switch/relay'),
        ...plain,
        explain: (text, allowed) => {
          if (text === 'ON' || text === 'OFF') allowed.add('relay', text === 'ON');
        },
        samples: ['ON', 'OFF'],
      },
      { topic: `${prefix}/status`, ...plain, explain: () => {}, samples: ['online', 'offline'] },
    ],
    say: ({ watts, counterWh, relay, volts }) => [
      [on('switch/relay'), relay ? 'ON' : 'OFF'],
      [on('sensor/energy'), String(counterWh / 1000)],
      [on('sensor/voltage'), String(volts)],
      [on('sensor/power'), String(watts)],
    ],
  };
}

export const PEERS: readonly Peer[] = [
  shellyGen2(GEN2, 0),
  shellyGen2(STRIP, 0),
  shellyGen2(STRIP, 1),
  shellyGen1(),
  tasmota(),
  zigbee2Mqtt(),
  esphome(),
];
