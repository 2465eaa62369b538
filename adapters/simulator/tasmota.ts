import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';
import { PlugConnection } from './plug-connection.ts';

const TICK_MS = 1000;

/** What the plug can be made to do, as real ones do. */
export interface TasmotaBehaviour {
  /** Everything that it publishes is none of its protocol. */
  garbage: boolean;
  /** SetOption4: answers come on `stat/…/<COMMAND>` instead of `stat/…/RESULT`. */
  resultOnCommandTopic: boolean;
  /** `Total` is one number, whatever the channels. */
  scalarTotal: boolean;
  /** `Power` is one number, whatever the channels: one meter for all of them. */
  scalarPower: boolean;
}

export interface SimulatedTasmotaOptions {
  clock: Clock;
  /** One is a plug, several are a strip. */
  outlets: readonly SimulatedOutlet[];
  brokerUrl: string;
  topic: string;
  /** 12 upper-case hex digits. */
  mac: string;
  telePeriodSeconds?: number;
}

/** A plug with Tasmota on a real broker, in front of simulated outlets. */
export class SimulatedTasmota {
  readonly #options: SimulatedTasmotaOptions;
  readonly #connection: PlugConnection;
  readonly #telePeriodMs: number;
  #behaviour: TasmotaBehaviour = {
    garbage: false,
    resultOnCommandTopic: false,
    scalarTotal: false,
    scalarPower: false,
  };
  /** The meter is looked at once a second: what it shows lags behind the relay. */
  #metered: { watts: number; kwh: number }[] = [];
  #telePeriodSinceMs: number;
  #cancelTick: () => void = () => {};
  /** Every switch command that was carried out, oldest first. */
  readonly executed: { channel: number; on: boolean }[] = [];

  constructor(options: SimulatedTasmotaOptions) {
    this.#options = options;
    this.#telePeriodMs = (options.telePeriodSeconds ?? 300) * 1000;
    this.#telePeriodSinceMs = options.clock.monotonicMs();
    const { brokerUrl, topic } = options;
    this.#connection = new PlugConnection({
      brokerUrl,
      clientId: `DVES_${topic}`,
      will: { topic: `tele/${topic}/LWT`, here: 'Online', gone: 'Offline', retained: true },
      subscriptions: [`cmnd/${topic}/+`, 'cmnd/tasmotas/+'],
      received: (at, payload) => this.#received(at.split('/').at(-1)?.toLowerCase() ?? '', payload),
      connected: () => this.#announce(),
    });
  }

  /** Resolves when it is on the broker. */
  async start(): Promise<void> {
    this.#meter();
    this.#tick();
    await this.#connection.open();
  }

  /** It loses its power or network: the broker sends its will; the outlets stay as they are. */
  async stop(): Promise<void> {
    this.#cancelTick();
    await this.#connection.cut();
  }

  /** Changes some behaviours and leaves the others. */
  behave(change: Partial<TasmotaBehaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...change };
  }

  /** Somebody presses the button of a channel, from 1. */
  press(channel: number): void {
    const outlet = this.#options.outlets[channel - 1];
    if (outlet) this.#switch(channel, !outlet.relay);
  }

  /** For Home Assistant and others to find: it stays on the broker. */
  #announce(): void {
    const { topic, mac, outlets } = this.#options;
    const eight = <Value>(of: (index: number) => Value) => Array.from({ length: 8 }, (_, index) => of(index));
    const config = {
      ...{ ip: '192.0.2.9', dn: 'Tasmota', hn: topic, mac, md: 'Sonoff S31', ty: 0, if: 0, cam: 0 },
      fn: eight((index) => (index < outlets.length ? `Outlet ${index + 1}` : null)),
      ...{ ofln: 'Offline', onln: 'Online', state: ['OFF', 'ON', 'TOGGLE', 'HOLD'], sw: '14.2.0', t: topic },
      ...{ ft: '%prefix%/%topic%/', tp: ['cmnd', 'stat', 'tele'], ver: 1 },
      rl: eight((index) => (index < outlets.length ? 1 : 0)),
    };
    const sensors = { sn: this.#sensor(), ver: 1 };
    for (const [name, content] of Object.entries({ config, sensors }))
      this.#connection.publish(`tasmota/discovery/${mac}/${name}`, JSON.stringify(content), true);
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      this.#meter();
      if (this.#options.clock.monotonicMs() - this.#telePeriodSinceMs >= this.#telePeriodMs) {
        this.#telePeriodSinceMs = this.#options.clock.monotonicMs();
        this.#publish('tele', 'STATE', this.#state());
        this.#publish('tele', 'SENSOR', this.#sensor());
      }
      this.#tick();
    });
  }

  #meter(): void {
    this.#metered = this.#options.outlets.map(({ watts, wattHours }) => ({ watts, kwh: wattHours / 1000 }));
  }

  #received(command: string, payload: string): void {
    const { outlets, topic, mac } = this.#options;
    const channel = /^power(\d*)$/.exec(command)?.[1];
    if (channel !== undefined) {
      const number = Number(channel || 1);
      const outlet = outlets[number - 1];
      if (!outlet) return;
      const wanted = { ON: true, OFF: false, TOGGLE: !outlet.relay }[payload.toUpperCase()];
      if (wanted !== undefined) this.executed.push({ channel: number, on: wanted });
      this.#switch(number, wanted ?? outlet.relay);
    } else if (command === 'status') {
      if (payload === '5') this.#publish('stat', 'STATUS5', { StatusNET: { Hostname: topic, Mac: colons(mac) } });
      if (payload === '8') this.#publish('stat', 'STATUS8', { StatusSNS: this.#sensor() });
      if (payload === '11') this.#publish('stat', 'STATUS11', { StatusSTS: this.#state() });
    }
  }

  #switch(channel: number, on: boolean): void {
    this.#options.outlets[channel - 1]?.switchTo(on);
    const key = this.#powerKey(channel - 1);
    this.#publish('stat', this.#behaviour.resultOnCommandTopic ? key : 'RESULT', { [key]: on ? 'ON' : 'OFF' });
    this.#publish('stat', key, on ? 'ON' : 'OFF');
  }

  #state(): object {
    const powers = this.#options.outlets.map(({ relay }, index) => [this.#powerKey(index), relay ? 'ON' : 'OFF']);
    return { Time: '2026-11-24T12:00:00', Uptime: '0T00:04:49', ...Object.fromEntries(powers), Wifi: { RSSI: 100 } };
  }

  #sensor(): object {
    const { scalarTotal, scalarPower } = this.#behaviour;
    const all = (values: number[], scalar: boolean) =>
      scalar || values.length === 1 ? values.reduce((sum, value) => sum + value, 0) : values;
    const watts = this.#metered.map((each) => Math.round(each.watts * 10) / 10);
    const total = this.#metered.map(({ kwh }) => Math.round(kwh * 1000) / 1000);
    return {
      Time: '2026-11-24T12:00:00',
      ENERGY: {
        TotalStartTime: '2026-09-16T00:00:00',
        Total: all(total, scalarTotal || scalarPower),
        Power: all(watts, scalarPower),
        Voltage: 230,
        Current: all(
          watts.map((value) => Math.round((value / 230) * 1000) / 1000),
          scalarPower,
        ),
        BL09XX: { Temperature: 46.5 },
      },
      TempUnit: 'C',
    };
  }

  #powerKey(index: number): string {
    return this.#options.outlets.length === 1 ? 'POWER' : `POWER${index + 1}`;
  }

  #publish(prefix: 'stat' | 'tele', name: string, content: object | string): void {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    this.#connection.publish(`${prefix}/${this.#options.topic}/${name}`, this.#behaviour.garbage ? '{"garbage' : text);
  }
}

function colons(mac: string): string {
  return mac.replace(/(..)(?=.)/g, '$1:');
}
