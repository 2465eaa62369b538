import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';
import { PlugConnection } from './plug-connection.ts';

/** What the device can be made to do, as real ones do. */
export interface EsphomeBehaviour {
  /** Everything that it publishes is none of its protocol. */
  garbage: boolean;
  /** `discover_ip`: says who it is when it is asked. */
  introducesItself: boolean;
  /** Text of the power sensor instead of the truth unless null. */
  power: string | null;
}

export interface SimulatedEsphomeOptions {
  clock: Clock;
  outlet: SimulatedOutlet;
  brokerUrl: string;
  node: string;
  topicPrefix: string;
  /** 12 upper-case hex digits. */
  mac: string;
  updateSeconds: number;
}

/** A device with ESPHome's mqtt component on a real broker: sensors `power`, `energy` (kWh), `voltage`; switch `relay`. */
export class SimulatedEsphome {
  readonly #options: SimulatedEsphomeOptions;
  readonly #connection: PlugConnection;
  #behaviour: EsphomeBehaviour = { garbage: false, introducesItself: true, power: null };
  #cancelTick: () => void = () => {};
  /** Every switch command that was carried out, oldest first. */
  readonly executed: { on: boolean }[] = [];

  constructor(options: SimulatedEsphomeOptions) {
    const { brokerUrl, node, topicPrefix } = options;
    this.#options = options;
    this.#connection = new PlugConnection({
      brokerUrl,
      clientId: `${node}-${options.mac}`,
      will: { topic: `${topicPrefix}/status`, here: 'online', gone: 'offline', retained: true },
      subscriptions: [`${topicPrefix}/switch/relay/command`, `esphome/ping/${node}`, 'esphome/discover'],
      received: (topic, payload) => this.#received(topic, payload),
      connected: () => this.#publishAll(),
    });
  }

  /** Resolves when it is on the broker. */
  async start(): Promise<void> {
    await this.#connection.open();
    this.#tick();
  }

  /** It loses its power or network: the broker sends its will; the outlet stays as it is. */
  async stop(): Promise<void> {
    this.#cancelTick();
    await this.#connection.cut();
  }

  /** Changes some behaviours and leaves the others. */
  behave(change: Partial<EsphomeBehaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...change };
  }

  /** Somebody presses its button. */
  press(): void {
    this.#switch(!this.#options.outlet.relay);
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(this.#options.updateSeconds * 1000, () => {
      this.#publishSensors();
      this.#tick();
    });
  }

  #received(topic: string, payload: string): void {
    const { node, mac, topicPrefix } = this.#options;
    if (topic === `${topicPrefix}/switch/relay/command`) {
      if (payload !== 'ON' && payload !== 'OFF') return;
      this.executed.push({ on: payload === 'ON' });
      this.#switch(payload === 'ON');
    } else if (this.#behaviour.introducesItself) {
      const introduction = { ip: '192.0.2.9', name: node, port: 6053, version: '2024.4.1', mac: mac.toLowerCase() };
      this.#connection.publish(`esphome/discover/${node}`, JSON.stringify(introduction), true);
    }
  }

  #switch(on: boolean): void {
    this.#options.outlet.switchTo(on);
    this.#publishSwitch();
  }

  #publishAll(): void {
    this.#publishSwitch();
    this.#publishSensors();
  }

  #publishSwitch(): void {
    this.#publish('switch/relay', this.#options.outlet.relay ? 'ON' : 'OFF');
  }

  #publishSensors(): void {
    const { watts, wattHours } = this.#options.outlet;
    this.#publish('sensor/energy', (wattHours / 1000).toFixed(3));
    this.#publish('sensor/voltage', '231.4');
    this.#publish('sensor/power', this.#behaviour.power ?? watts.toFixed(2));
  }

  #publish(part: string, text: string): void {
    const payload = this.#behaviour.garbage ? 'garbage' : text;
    this.#connection.publish(`${this.#options.topicPrefix}/${part}/state`, payload, true);
  }
}
