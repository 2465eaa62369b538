import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';
import { PlugConnection } from './plug-connection.ts';
import { type ShellyGen1Model, shellyGen1ModelOf } from './shelly-gen1-models.ts';

const TICK_MS = 1000;
/** The factory value of `update_period`: everything is published again this often, ms. */
const UPDATE_PERIOD_MS = 30_000;
const NOTIFY_WATTS = 0.5;
const MINUTES_PER_HOUR = 60;
const CELSIUS = 24.03;

/** What the plug can be made to do, as real ones do. */
export interface ShellyGen1Behaviour {
  /** Answers to `update` and `announce`. */
  answersCommands: boolean;
  /** Every text that it publishes is none of its protocol. */
  garbage: boolean;
  /** The setting `retain`: state topics are retained. */
  retain: boolean;
  /** Text of `relay/0/power` instead of the truth unless null. */
  power: string | null;
}

export interface SimulatedShellyGen1Options {
  clock: Clock;
  outlet: SimulatedOutlet;
  brokerUrl: string;
  /** Its device id, which says the model: `shellyplug-s-C38EAB`. */
  device: string;
  /** Its MQTT id, when it is not the device id; it may have slashes. */
  mqttId?: string;
  /** 12 upper-case hex digits. */
  mac: string;
}

/** A Shelly plug of the first generation on a real broker, in front of a simulated outlet. */
export class SimulatedShellyGen1 {
  readonly #clock: Clock;
  readonly #outlet: SimulatedOutlet;
  readonly #id: string;
  readonly #model: ShellyGen1Model;
  readonly #mac: string;
  readonly #prefix: string;
  readonly #connection: PlugConnection;
  #behaviour: ShellyGen1Behaviour = { answersCommands: true, garbage: false, retain: false, power: null };
  /** Its counter begins anew at every boot. */
  #bootWh: number;
  #told: { watts: number; relay: boolean };
  #updatedMs: number;
  #cancelTick: () => void = () => {};
  /** Every switch command that was carried out, oldest first. */
  readonly executed: { on: boolean }[] = [];

  constructor({ clock, outlet, brokerUrl, device, mac, mqttId = device }: SimulatedShellyGen1Options) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#id = mqttId;
    this.#model = shellyGen1ModelOf(device);
    this.#mac = mac;
    this.#prefix = `shellies/${mqttId}`;
    this.#bootWh = outlet.wattHours;
    this.#told = { watts: outlet.watts, relay: outlet.relay };
    this.#updatedMs = clock.monotonicMs();
    this.#connection = new PlugConnection({
      brokerUrl,
      clientId: device,
      will: { topic: `${this.#prefix}/online`, here: 'true', gone: 'false', retained: false },
      early: true,
      subscriptions: ['shellies/command', `${this.#prefix}/command`, `${this.#prefix}/relay/0/command`],
      received: (topic, payload) => this.#received(topic, payload),
      connected: () => {
        this.#announce();
        this.#publish('info', JSON.stringify(this.#info()));
        this.#update();
      },
    });
  }

  /** Resolves when it is on the broker. */
  async start(): Promise<void> {
    this.#tick();
    await this.#connection.open();
  }

  /** It loses its power or network: the connection breaks and the broker sends its will; the outlet stays as it is. */
  async stop(): Promise<void> {
    this.#cancelTick();
    await this.#connection.cut();
  }

  /** Resolves when it is back on the broker. */
  async reboot(): Promise<void> {
    await this.stop();
    this.#bootWh = this.#outlet.wattHours;
    await this.start();
  }

  /** Changes some behaviours and leaves the others. */
  behave(change: Partial<ShellyGen1Behaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...change };
  }

  /** It protects itself from too much load: the relay opens and `overpower` is told. */
  trip(): void {
    this.#publish('relay/0/overpower_value', this.#outlet.watts.toFixed(2));
    this.#outlet.switchTo(false);
    this.#told.relay = false;
    this.#publish('relay/0', 'overpower');
    this.#publishPower();
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => {
      const { watts, relay } = this.#outlet;
      if (this.#clock.monotonicMs() - this.#updatedMs >= UPDATE_PERIOD_MS) this.#update();
      else {
        if (relay !== this.#told.relay) this.#publishRelay();
        if (Math.abs(watts - this.#told.watts) >= NOTIFY_WATTS) this.#publishPower();
      }
      this.#tick();
    });
  }

  #received(topic: string, payload: string): void {
    if (topic === `${this.#prefix}/relay/0/command`) {
      if (payload !== 'on' && payload !== 'off' && payload !== 'toggle') return;
      const on = payload === 'toggle' ? !this.#outlet.relay : payload === 'on';
      this.executed.push({ on });
      this.#outlet.switchTo(on);
      this.#publishRelay();
      this.#publishPower();
    } else if (this.#behaviour.answersCommands) {
      if (payload === 'announce') this.#announce();
      if (payload === 'update') this.#update();
    }
  }

  #announce(): void {
    const announcement = JSON.stringify({
      id: this.#id,
      model: this.#model.model,
      mac: this.#mac,
      ip: '192.0.2.8',
      new_fw: false,
      fw_ver: '20230913-113421/v1.14.0-gcb84623',
    });
    this.#connection.publish('shellies/announce', announcement);
    this.#publish('announce', announcement);
  }

  /** Right after a start nobody has told it the time. */
  #info(): object {
    return {
      wifi_sta: { connected: true, ssid: 'studio', ip: '192.0.2.8', rssi: -59 },
      mqtt: { connected: true },
      time: '',
      unixtime: 0,
      mac: this.#mac,
      relays: [{ ison: this.#outlet.relay, has_timer: false, overpower: false, source: 'input' }],
      meters: [{ power: this.#outlet.watts, is_valid: true }],
      uptime: 1,
    };
  }

  #update(): void {
    this.#updatedMs = this.#clock.monotonicMs();
    this.#publishRelay();
    this.#publishPower();
    this.#publish('relay/0/energy', String(Math.floor((this.#outlet.wattHours - this.#bootWh) * MINUTES_PER_HOUR)));
    if (this.#model.input) this.#publish('input/0', '0');
    if (!this.#model.thermometer) return;
    this.#publish('temperature', CELSIUS.toFixed(2));
    this.#publish('temperature_f', (CELSIUS * 1.8 + 32).toFixed(2));
    this.#publish('overtemperature', '0');
  }

  #publishRelay(): void {
    this.#told.relay = this.#outlet.relay;
    this.#publish('relay/0', this.#outlet.relay ? 'on' : 'off');
  }

  #publishPower(): void {
    this.#told.watts = this.#outlet.watts;
    this.#publish('relay/0/power', this.#behaviour.power ?? this.#outlet.watts.toFixed(2));
  }

  #publish(topic: string, text: string): void {
    const { garbage, retain } = this.#behaviour;
    this.#connection.publish(`${this.#prefix}/${topic}`, garbage ? '\u0000garbage' : text, retain);
  }
}
