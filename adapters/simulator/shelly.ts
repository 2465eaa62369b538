import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';
import { PlugConnection } from './plug-connection.ts';
import { type ShellyBehaviour, WELL_BEHAVED } from './shelly-behaviour.ts';
import { SimulatedComponent } from './shelly-component.ts';
import { shellyModelOf } from './shelly-models.ts';
import { answerFrame, answerRpc, type ShellyIdentity } from './shelly-rpc.ts';

const TICK_MS = 1000;
/** Least time between two notifications of power, ms. */
const NOTIFY_SPACING_MS = 2000;
const MINUTE_MS = 60_000;
/** How long ago the plug was started when we first meet it, ms. */
const UP_SINCE_MS = 3_600_000;
/** The meter needs this long after a boot, ms. */
const METER_BLIND_MS = 1500;

export interface SimulatedShellyOptions {
  clock: Clock;
  outlet: SimulatedOutlet;
  /** The further outlets of a strip: `switch:1`, … */
  moreOutlets?: readonly SimulatedOutlet[];
  brokerUrl: string;
  /** Device id that says the model and ends in the MAC: `shellyplugsg3-8cbfeaa133f0`. */
  device: string;
  prefix?: string;
  /** The counter at the start, Wh. */
  startWh?: number;
}

/** A Shelly plug or strip of generation 2 to 4 on a real broker, in front of simulated outlets. */
export class SimulatedShelly {
  readonly #clock: Clock;
  readonly #identity: ShellyIdentity;
  readonly #components: SimulatedComponent[];
  readonly #connection: PlugConnection;
  readonly #lastPowerMs = new Map<SimulatedComponent, number>();
  #behaviour = { ...WELL_BEHAVED };
  #bootMs: number;
  #minute: number;
  #cancelTick: () => void = () => {};
  /** Every switch command that was carried out, oldest first. */
  readonly executed: { component: string; on: boolean; by: 'rpc' | 'control' }[] = [];

  constructor(options: SimulatedShellyOptions) {
    const { clock, outlet, moreOutlets = [], brokerUrl, device, startWh = 20 } = options;
    const prefix = options.prefix ?? device;
    const model = shellyModelOf(device);
    this.#clock = clock;
    this.#identity = { device, prefix, mac: device.slice(-12).toUpperCase(), model };
    this.#components = [outlet, ...moreOutlets].map(
      (one, id) => new SimulatedComponent(id, model, one, clock, startWh),
    );
    this.#bootMs = clock.monotonicMs() - UP_SINCE_MS;
    this.#minute = Math.floor(clock.nowMs() / MINUTE_MS);
    this.#connection = new PlugConnection({
      brokerUrl,
      clientId: device,
      will: { topic: `${prefix}/online`, here: 'true', gone: 'false', retained: true },
      early: true,
      subscriptions: [
        'shellies/command',
        `${prefix}/rpc`,
        `${prefix}/command`,
        ...this.#components.filter(({ kind }) => kind === 'switch').map(({ key }) => `${prefix}/command/${key}`),
      ],
      received: (topic, payload) => this.#received(topic, payload),
      connected: () => this.#connected(),
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
  async reboot(counter: 'kept' | 'zero' = 'kept'): Promise<void> {
    await this.stop();
    this.#bootMs = this.#clock.monotonicMs();
    for (const component of this.#components) component.reboot(counter, METER_BLIND_MS);
    await this.start();
  }

  /** It comes back with a new connection before the broker has noticed that the old one is dead. */
  async takeOver(): Promise<void> {
    await this.#connection.takeOver();
  }

  /** Somebody presses the button of its first outlet. */
  press(): void {
    this.#components[0]?.press();
    this.#watch();
  }

  resetCounter(): void {
    this.#components[0]?.resetCounter();
  }

  /** Somebody changes its settings, and it says that they have changed. */
  configure(settings: ShellyBehaviour['settings']): void {
    this.behave({ settings });
    const ts = this.#ts();
    const event = { component: 'sys', event: 'config_changed', restart_required: false, ts, cfg_rev: 20 };
    this.#event('NotifyEvent', { events: [event] });
  }

  /** Changes some behaviours and leaves the others. */
  behave(change: Partial<ShellyBehaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...change };
  }

  /** It protects itself: the relay opens and the fault is told. */
  trip(error: 'overpower' | 'overtemp' | 'overvoltage'): void {
    this.#components[0]?.trip(error);
    this.#watch();
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => {
      this.#watch();
      this.#endMinute();
      this.#tick();
    });
  }

  /** Tells what has changed since it was last told. */
  #watch(): void {
    const now = this.#clock.monotonicMs();
    for (const component of this.#components) {
      const moved = component.relayChange();
      if (moved) this.#notify(component, moved);
      if (now - (this.#lastPowerMs.get(component) ?? Number.NEGATIVE_INFINITY) < NOTIFY_SPACING_MS) continue;
      const drawn = component.powerChange(this.#behaviour.apower);
      if (!drawn) continue;
      this.#lastPowerMs.set(component, now);
      this.#notify(component, drawn);
    }
  }

  #endMinute(): void {
    const minute = Math.floor(this.#clock.nowMs() / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#minute = minute;
    for (const component of this.#components) {
      component.endMinute(minute * 60);
      const { id, aenergy, ret_aenergy, apower, current, freq, voltage } = this.#status(component);
      const energy = { id, aenergy, ret_aenergy };
      if (this.#behaviour.minute === 'all') this.#notify(component, { ...energy, apower, current, freq, voltage });
      else if (this.#behaviour.minute === 'energy') this.#notify(component, energy);
      else this.#notify(component, { id, counts: component.counts() });
    }
  }

  #notify(component: SimulatedComponent, { id, ...delta }: Record<string, unknown>): void {
    const told = this.#behaviour.idInNotifications ? { id, ...delta } : delta;
    this.#event('NotifyStatus', { [component.key]: told });
    if (this.#behaviour.statusNotifications) this.#publishStatus(component);
  }

  #event(method: string, params: Record<string, unknown>): void {
    const { device, prefix } = this.#identity;
    if (!this.#behaviour.rpcNotifications) return;
    const frame = { src: device, dst: `${prefix}/events`, method, params: { ts: this.#ts(), ...params } };
    this.#publish(`${prefix}/events/rpc`, frame);
  }

  #publishStatus(component: SimulatedComponent): void {
    const status = this.#status(component);
    if (this.#behaviour.invertedStatusOutput) status.output = !status.output;
    this.#publish(`${this.#identity.prefix}/status/${component.key}`, status);
  }

  #status(component: SimulatedComponent): Record<string, unknown> {
    return component.status(this.#behaviour);
  }

  #wholeStatus(): Record<string, unknown> {
    const synced = this.#behaviour.clockSynced;
    return {
      cloud: { connected: false },
      mqtt: { connected: true },
      ...Object.fromEntries(this.#components.map((component) => [component.key, this.#status(component)])),
      sys: {
        mac: this.#identity.mac,
        restart_required: false,
        unixtime: synced ? Math.floor(this.#clock.nowMs() / 1000) : null,
        uptime: Math.floor((this.#clock.monotonicMs() - this.#bootMs) / 1000),
      },
      wifi: { sta_ip: '192.0.2.7', status: 'got ip', ssid: 'studio', rssi: -58 },
    };
  }

  /** Unix seconds, or seconds since boot while nobody told it the time. */
  #ts(): number {
    const ms = this.#behaviour.clockSynced ? this.#clock.nowMs() : this.#clock.monotonicMs() - this.#bootMs;
    return Number((ms / 1000).toFixed(2));
  }

  #connected(): void {
    this.#event('NotifyStatus', { mqtt: { connected: true } });
    if (this.#behaviour.statusNotifications) for (const component of this.#components) this.#publishStatus(component);
    if (this.#behaviour.fullStatus) this.#event('NotifyFullStatus', this.#wholeStatus());
  }

  #received(topic: string, payload: string): void {
    const { prefix, device } = this.#identity;
    if (topic === `${prefix}/rpc`) this.#request(payload);
    else if (topic === `${prefix}/command` || topic === 'shellies/command') {
      if (payload === 'status_update') {
        this.#publish(`${prefix}/status`, this.#wholeStatus());
        for (const component of this.#components) this.#publishStatus(component);
      }
      if (payload === 'announce') {
        const info = this.#answer('Shelly.GetDeviceInfo', {});
        this.#publish('shellies/announce', info);
        this.#publish(`${prefix}/announce`, info);
      }
    } else {
      const component = this.#components.find(({ key }) => topic === `${prefix}/command/${key}`);
      const [word, seconds] = payload.split(',');
      if (component && word === 'status_update') this.#publishStatus(component);
      else if (component && (word === 'on' || word === 'off' || word === 'toggle'))
        this.#switch(
          component,
          word === 'toggle' ? !component.relay : word === 'on',
          'control',
          seconds === undefined ? null : Number(seconds),
        );
      else if (component) this.#connection.publish(`${prefix}/error/${component.key}`, `${device}: bad command`);
    }
  }

  #request(payload: string): void {
    const { answers, answerDelayMs } = this.#behaviour;
    if (answers === 'never') return;
    const answer = answerFrame(payload, this.#identity.device, (method, params) => this.#answer(method, params));
    if (!answer) return;
    const send = () => {
      for (let times = answers === 'twice' ? 2 : 1; times > 0; times -= 1) this.#publish(answer.topic, answer.frame);
    };
    if (answerDelayMs > 0) this.#clock.after(answerDelayMs, send);
    else send();
  }

  #answer(method: string, params: Record<string, unknown>): object {
    return answerRpc(method, params, {
      identity: this.#identity,
      components: this.#components,
      status: (component) => this.#status(component),
      wholeStatus: () => this.#wholeStatus(),
      behaviour: this.#behaviour,
      switchTo: (component, on, toggleAfterSeconds) => this.#switch(component, on, 'rpc', toggleAfterSeconds),
    });
  }

  #switch(component: SimulatedComponent, on: boolean, by: 'rpc' | 'control', toggleAfterSeconds: number | null) {
    this.executed.push({ component: component.key, on, by });
    const source = by === 'rpc' ? 'MQTT' : 'mqtt';
    const was = component.switchTo(on, source, toggleAfterSeconds, () => this.#watch());
    this.#watch();
    return was;
  }

  #publish(topic: string, message: object): void {
    const { answers, paddingBytes } = this.#behaviour;
    const padded = paddingBytes > 0 ? { ...message, padding: 'x'.repeat(paddingBytes) } : message;
    this.#connection.publish(topic, answers === 'garbage' ? '{"switch:0":{"apower":tr' : JSON.stringify(padded));
  }
}
