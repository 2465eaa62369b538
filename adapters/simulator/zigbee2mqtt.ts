import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';
import { PlugConnection } from './plug-connection.ts';

const TICK_MS = 1000;
/** Smallest change that the plug reports by itself, watts. */
const REPORT_WATTS = 1;

/** What bridge and plug can be made to do, as real ones do. */
export interface Zigbee2MqttBehaviour {
  /** Everything that it publishes of the plug is none of its protocol. */
  garbage: boolean;
  /** The plug can be asked for its watts. */
  powerGettable: boolean;
  /** The plug reports its watts by itself. */
  reports: boolean;
  /** Version 1 with legacy availability: plain text. */
  legacyAvailability: boolean;
}

export interface SimulatedZigbee2MqttOptions {
  clock: Clock;
  outlet: SimulatedOutlet;
  brokerUrl: string;
  baseTopic: string;
  friendlyName: string;
  /** 16 upper-case hex digits. */
  ieeeAddress: string;
  /** Suffix of the plug's outlet. */
  endpoint?: string;
}

/** Zigbee2MQTT with one plug, on a real broker: it publishes its cache, of which each message renews only a part. */
export class SimulatedZigbee2Mqtt {
  readonly #options: SimulatedZigbee2MqttOptions;
  readonly #connection: PlugConnection;
  readonly #topic: string;
  #behaviour: Zigbee2MqttBehaviour = {
    garbage: false,
    powerGettable: true,
    reports: true,
    legacyAvailability: false,
  };
  #powered = true;
  #cache: { state?: string; power?: number; energy?: number } = {};
  #cancelTick: () => void = () => {};
  /** Every switch command that was carried out, oldest first. */
  readonly executed: { on: boolean }[] = [];

  constructor(options: SimulatedZigbee2MqttOptions) {
    const { brokerUrl, baseTopic, friendlyName, ieeeAddress } = options;
    this.#options = options;
    this.#topic = `${baseTopic}/${friendlyName}`;
    const names = [friendlyName, `0x${ieeeAddress.toLowerCase()}`];
    this.#connection = new PlugConnection({
      brokerUrl,
      clientId: `mqttjs_${ieeeAddress}`,
      will: {
        topic: `${baseTopic}/bridge/state`,
        here: '{"state":"online"}',
        gone: '{"state":"offline"}',
        retained: true,
      },
      subscriptions: [`${baseTopic}/#`],
      received: (topic, payload) => {
        for (const name of names) {
          if (topic === `${baseTopic}/${name}/set`) this.#set(payload);
          if (topic === `${baseTopic}/${name}/get`) this.#get(payload);
        }
      },
      connected: () => {
        this.#list();
        this.#availability();
        // The cache, as if it were news.
        if (this.#cache.state !== undefined) this.#publish();
      },
    });
  }

  /** Resolves when the bridge is on the broker. */
  async start(): Promise<void> {
    this.#renew('state', 'power', 'energy');
    await this.#connection.open();
    this.#tick();
  }

  /** The bridge dies; its cache is kept and the outlet stays as it is. */
  async stop(): Promise<void> {
    this.#cancelTick();
    await this.#connection.cut();
  }

  /** The bridge comes back with the cache it had. */
  async restart(): Promise<void> {
    await this.#connection.open();
    this.#tick();
  }

  /** The plug loses its power or its radio: the bridge notices and says so. */
  async unplug(): Promise<void> {
    this.#powered = false;
    this.#availability();
  }

  async replug(): Promise<void> {
    this.#powered = true;
    this.#renew('state', 'power', 'energy');
    this.#availability();
    this.#publish();
  }

  /** Changes some behaviours and leaves the others. */
  behave(change: Partial<Zigbee2MqttBehaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...change };
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      const changed = Math.abs(this.#options.outlet.watts - (this.#cache.power ?? 0)) >= REPORT_WATTS;
      if (this.#powered && this.#behaviour.reports && changed) {
        this.#renew('power', 'energy');
        this.#publish();
      }
      this.#tick();
    });
  }

  #set(payload: string): void {
    const state = this.#own(payload, 'state');
    if (!this.#powered || (state !== 'ON' && state !== 'OFF')) return;
    this.executed.push({ on: state === 'ON' });
    this.#options.outlet.switchTo(state === 'ON');
    this.#renew('state');
    this.#publish();
  }

  #get(payload: string): void {
    for (const key of ['state', 'power'] as const) {
      if (this.#own(payload, key) === undefined || !this.#powered) continue;
      if (key === 'power' && !this.#behaviour.powerGettable) continue;
      this.#renew(key);
      this.#publish();
    }
  }

  #own(payload: string, key: string): unknown {
    return JSON.parse(payload)[this.#named(key)];
  }

  #named(key: string): string {
    const { endpoint } = this.#options;
    return endpoint === undefined ? key : `${key}_${endpoint}`;
  }

  #renew(...keys: ('state' | 'power' | 'energy')[]): void {
    const { relay, watts, wattHours } = this.#options.outlet;
    const now = {
      state: relay ? 'ON' : 'OFF',
      power: Math.round(watts * 10) / 10,
      energy: Math.round(wattHours / 10) / 100,
    };
    for (const key of keys) Object.assign(this.#cache, { [key]: now[key] });
  }

  #list(): void {
    const { baseTopic, friendlyName, ieeeAddress, endpoint } = this.#options;
    const at = endpoint === undefined ? {} : { endpoint };
    const number = (name: string) => ({ type: 'numeric', name, property: this.#named(name), access: 5, ...at });
    const exposes = [
      {
        type: 'switch',
        features: [{ type: 'binary', name: 'state', property: this.#named('state'), access: 7 }],
        ...at,
      },
      ...['power', 'energy'].map(number),
      { type: 'numeric', name: 'linkquality', property: 'linkquality', access: 1 },
    ];
    const devices = [
      { ieee_address: '0x00124b0000000000', friendly_name: 'Coordinator', type: 'Coordinator', definition: null },
      {
        ...{ ieee_address: `0x${ieeeAddress.toLowerCase()}`, friendly_name: friendlyName, type: 'Router' },
        ...{ supported: true, disabled: false, software_build_id: '1.0.5' },
        definition: { model: 'TS011F_plug_1', vendor: 'Tuya', description: 'Smart plug', exposes },
      },
    ];
    this.#connection.publish(`${baseTopic}/bridge/devices`, JSON.stringify(devices), true);
  }

  #availability(): void {
    const said = this.#powered ? 'online' : 'offline';
    const text = this.#behaviour.legacyAvailability ? said : JSON.stringify({ state: said });
    this.#connection.publish(`${this.#topic}/availability`, text, true);
  }

  #publish(): void {
    const cache = Object.fromEntries(Object.entries(this.#cache).map(([key, value]) => [this.#named(key), value]));
    const state = { ...cache, voltage: 232, linkquality: 120, power_outage_memory: 'restore' };
    this.#connection.publish(this.#topic, this.#behaviour.garbage ? '{"garbage' : JSON.stringify(state));
  }
}
