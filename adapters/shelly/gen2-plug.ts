import { PlugProtocolError } from '../../model/errors.ts';
import type { PlugId } from '../../model/plug.ts';
import type { PlugDevice, PlugSink, Relay } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import { type ComponentKind, clockOf, overlay } from './gen2.ts';
import { isObject, parseObject } from './json.ts';
import type { ShellyLink } from './link.ts';
import { macFrom } from './mac.ts';
import { Measures } from './measures.ts';
import type { ShellyRpc } from './rpc.ts';

const CLOCK_UNSET = 'clock-unset';

export interface Gen2Settings {
  plug: PlugId;
  prefix: string;
  component: ComponentKind;
  channel: number;
  pollMs: number;
  /** 12 upper-case hex digits, or null. */
  expectedMac: string | null;
}

/** One outlet of a Shelly of generation 2, 3 or 4: it pushes changes on `events/rpc` and answers RPC. */
export class ShellyGen2Plug implements PlugDevice {
  readonly adapter = 'shelly';
  readonly plug: PlugId;
  readonly pollMs: number;
  readonly expectedIntervalMs: number;
  readonly expectedMac: string | null;
  readonly relay: Relay | null;
  readonly #prefix: string;
  readonly #key: string;
  readonly #channel: number;
  readonly #statusMethod: string;
  readonly #link: ShellyLink;
  readonly #rpc: ShellyRpc;
  readonly #measures: Measures;
  #clockUnset = false;

  constructor(settings: Gen2Settings, link: ShellyLink, rpc: ShellyRpc) {
    const { plug, prefix, component, channel, pollMs, expectedMac } = settings;
    this.plug = plug;
    this.pollMs = pollMs;
    this.expectedIntervalMs = pollMs;
    this.expectedMac = expectedMac;
    this.#prefix = prefix;
    this.#channel = channel;
    this.#key = `${component}:${channel}`;
    this.#statusMethod = component === 'switch' ? 'Switch.GetStatus' : 'PM1.GetStatus';
    this.#link = link;
    this.#rpc = rpc;
    this.#measures = new Measures(link.freshMs);
    this.relay =
      component === 'switch' ? { switchTo: this.#switchTo.bind(this), identity: this.#identity.bind(this) } : null;
  }

  async start(sink: PlugSink): Promise<void> {
    const prefix = this.#prefix;
    await this.#rpc.open();
    await this.#link.open(
      sink,
      `${prefix}/online`,
      (justNow) => this.#online(justNow),
      {
        [`${prefix}/events/rpc`]: (text) => this.#notified(parseObject(text, 'the notification')),
        [`${prefix}/status/${this.#key}`]: (text) => this.#statusPublished(parseObject(text, 'the status')),
      },
      [`${prefix}/rpc`, `${prefix}/command`, `${prefix}/command/${this.#key}`],
    );
  }

  async stop(): Promise<void> {
    this.#link.close();
    this.#rpc.close();
  }

  async read(): Promise<Reading> {
    const result = await this.#rpc.call(this.#statusMethod, { id: this.#channel });
    this.#lay(result, this.#statusMethod, { whole: true, outputTrusted: true });
    return this.#reading();
  }

  async #switchTo(on: boolean, expiresAtMonotonicMs: number): Promise<void> {
    // From here on the old state is no longer a fact, and the new one is not one yet.
    this.#measures.set('relay', null, this.#now);
    await this.#rpc.call('Switch.Set', { id: this.#channel, on }, expiresAtMonotonicMs);
  }

  async #identity(): Promise<string> {
    const info = await this.#rpc.call('Shelly.GetDeviceInfo', {});
    this.#rpc.checkAlone();
    return macFrom(isObject(info) ? info.mac : undefined, this.#link.who);
  }

  /** Not all firmware tells its state when it comes back, and what it told before we came back is lost: it is asked. */
  #online(justNow: boolean): void {
    if (justNow) this.#measures.booted(this.#now);
    this.read().then(
      (reading) => this.#link.sink?.reading(reading),
      // The poller asks again, and says what is wrong.
      () => {},
    );
  }

  #notified({ method, params, src }: Record<string, unknown>): void {
    if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus') return;
    if (!this.#rpc.isOurs(src, `${this.#prefix}/events/rpc`)) return;
    if (!isObject(params)) throw new PlugProtocolError(`${method} without params`);
    const { unset, justBooted } = clockOf(params.ts);
    this.#clockUnset = unset;
    if (justBooted) this.#measures.booted(this.#now);
    if (!(this.#key in params)) return;
    const whole = method === 'NotifyFullStatus';
    if (this.#lay(params[this.#key], `${method} ${this.#key}`, { whole, outputTrusted: true }).length > 0)
      this.#link.sink?.reading(this.#reading());
  }

  /** Published right after each notification when `status_ntf` is on: worth a reading only when it knows better. */
  #statusPublished(status: Record<string, unknown>): void {
    const before = this.#measures.get('watts', this.#now);
    this.#lay(status, 'the status', { whole: false, outputTrusted: false });
    if (this.#measures.get('watts', this.#now) !== before) this.#link.sink?.reading(this.#reading());
  }

  #lay(component: unknown, what: string, how: { whole: boolean; outputTrusted: boolean }) {
    if (!isObject(component)) throw new PlugProtocolError(`${what} of ${this.#link.who} is no object`);
    return overlay(this.#measures, component, { what, ...how }, this.#now);
  }

  #reading(): Reading {
    const reading = this.#measures.reading(this.plug, this.#link.clock.nowMs(), this.#now);
    return this.#clockUnset ? { ...reading, flags: [...reading.flags, CLOCK_UNSET] } : reading;
  }

  get #now(): number {
    return this.#link.clock.monotonicMs();
  }
}
