import type { Logger } from 'pino';
import { PlugProtocolError } from '../../model/errors.ts';
import type { PlugId } from '../../model/plug.ts';
import type { CheckUp, DeviceAbout, PlugDevice, PlugSink, Relay } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import { isObject } from '../json.ts';
import { Measures } from '../mqtt/measures.ts';
import { Troubles } from '../troubles.ts';
import { DeadMan } from './dead-man.ts';
import { type ComponentKind, componentOf, overlay } from './gen2.ts';
import type { Outlet, ShellyGen2Device } from './gen2-device.ts';
import { MISSED_POLLS } from './link.ts';

const CLOCK_UNSET = 'clock-unset';
/** `status/*` that comes this soon after a notification is of the same moment, ms. */
const ECHO_MS = 1000;
/** A renewal that has not gone out by then is left to the next one, ms. */
const RENEWAL_PATIENCE_MS = 5000;

export interface Gen2Settings {
  plug: PlugId;
  component: ComponentKind;
  channel: number;
  pollMs: number;
  /** 12 upper-case hex digits, or null. */
  expectedMac: string | null;
  /** A cut that is not renewed for this long is undone by the plug itself; null: it stands until it is undone. */
  deadManSeconds: number | null;
}

/** One outlet of a Shelly of generation 2, 3 or 4: it pushes changes on `events/rpc` and answers RPC. */
export class ShellyGen2Plug implements PlugDevice {
  readonly adapter = 'shelly';
  readonly plug: PlugId;
  readonly pollMs: number;
  readonly expectedMac: string | null;
  readonly relay: Relay | null;
  readonly #channel: number;
  readonly #device: ShellyGen2Device;
  readonly #log: Logger;
  readonly #measures: Measures;
  readonly #outlet: Outlet;
  readonly #deadMan: DeadMan | null;
  /** What it was last commanded in this run. */
  #wanted: boolean | null = null;
  #notifiedMs = Number.NEGATIVE_INFINITY;
  #sink: PlugSink | null = null;

  constructor(settings: Gen2Settings, device: ShellyGen2Device, log: Logger) {
    const { plug, component, channel, pollMs, expectedMac, deadManSeconds } = settings;
    this.plug = plug;
    this.pollMs = pollMs;
    this.expectedMac = expectedMac;
    this.#channel = channel;
    this.#device = device;
    this.#log = log;
    this.#measures = new Measures(MISSED_POLLS * pollMs);
    this.#deadMan =
      deadManSeconds === null ? null : new DeadMan(deadManSeconds, device.link.clock, this.#renew.bind(this));
    this.relay =
      component === 'switch' ? { switchTo: this.#switchTo.bind(this), identity: device.identity.bind(device) } : null;
    const trouble = (what: string) => this.#sink?.trouble(plug, what);
    this.#outlet = {
      plug,
      key: `${component}:${channel}`,
      channel,
      pollMs,
      troubles: new Troubles(trouble),
      trouble,
      offline: (why) => this.#sink?.offline(plug, why),
      booted: () => this.#measures.booted(this.#now),
      notified: this.#notified.bind(this),
      published: this.#published.bind(this),
      refreshed: (status) => this.#sink?.reading(this.#readingOf(status)),
    };
    device.join(this.#outlet);
  }

  about(): DeviceAbout | null {
    return this.#device.about;
  }

  async start(sink: PlugSink): Promise<void> {
    this.#sink = sink;
    await this.#device.start(this.#outlet);
  }

  async stop(): Promise<void> {
    if (this.#deadMan?.renewing)
      this.#log.info(
        { event: 'dead-man-left', plug: this.plug },
        `${this.#who} is off by a timer of its own: it gives the power back in ${this.#deadMan.seconds} s at most, ` +
          'unless offair is back before',
      );
    this.#deadMan?.end();
    this.#sink = null;
    this.#device.stop(this.#outlet);
  }

  async read(): Promise<Reading> {
    return this.#readingOf(await this.#device.status());
  }

  checkUp(): Promise<CheckUp> {
    return this.#device.checkUp();
  }

  async #switchTo(on: boolean, expiresAtMonotonicMs: number): Promise<void> {
    const deadMan = on ? null : this.#deadMan;
    this.#deadMan?.end();
    this.#wanted = on;
    // From here on the old state is no longer a fact, and the new one is not one yet.
    this.#measures.set('relay', null, this.#now);
    try {
      await this.#device.switchTo(this.#channel, on, deadMan?.seconds ?? null, expiresAtMonotonicMs);
    } finally {
      // Also when no answer came: the renewal looks at what is so.
      if (this.#wanted === on && this.#sink) deadMan?.begin();
    }
  }

  /**
   * Cuts anew what is cut, so that the plug's timer begins again. Only what offair itself has cut and nobody has touched
   * since: who switched it by hand, be it off, made another timer or none.
   */
  async #renew(): Promise<void> {
    const { plug } = this;
    const deadMan = this.#deadMan;
    if (!deadMan) return;
    try {
      const mac = await this.#device.identity();
      if (mac !== this.expectedMac) throw new PlugProtocolError(`${this.#who} is another device: its MAC is ${mac}`);
      const component = componentOf(await this.#device.status(), this.#outlet.key, this.#who);
      // Restored meanwhile.
      if (!deadMan.renewing) return;
      // A plug that has rebooted has lost its timer; nobody has touched it.
      const ours =
        component.output === false && (component.timer_duration === deadMan.seconds || component.source === 'init');
      if (!ours) {
        this.#log.info(
          { event: 'dead-man-ended', plug },
          `${this.#who} was switched by somebody else: its cut is not renewed`,
        );
        deadMan.end();
        return;
      }
      const expiresAtMs = this.#now + RENEWAL_PATIENCE_MS;
      const wasOn = await this.#device.switchTo(this.#channel, false, deadMan.seconds, expiresAtMs);
      if (!wasOn || this.#wanted !== false) return;
      // Somebody switched it on in the moment between the look and the renewal: that stands.
      deadMan.end();
      await this.#device.switchTo(this.#channel, true, null, expiresAtMs);
    } catch (error) {
      this.#log.warn(
        { event: 'dead-man-not-renewed', plug, err: error },
        `${this.#who}: its cut was not renewed; it is tried again`,
      );
    }
  }

  #notified(component: unknown, method: string): void {
    const whole = method === 'NotifyFullStatus';
    if (this.#lay(component, `${method} ${this.#outlet.key}`, { whole, outputTrusted: true }).length === 0) return;
    this.#notifiedMs = this.#now;
    this.#sink?.reading(this.#reading());
  }

  /** With `status_ntf` on it follows each notification: as its echo it is a reading only when it knows better. */
  #published(component: Record<string, unknown>): void {
    const before = this.#measures.get('watts', this.#now);
    if (this.#lay(component, 'the status', { whole: false, outputTrusted: false }).length === 0) return;
    const isEcho = this.#now - this.#notifiedMs < ECHO_MS;
    if (!isEcho || this.#measures.get('watts', this.#now) !== before) this.#sink?.reading(this.#reading());
  }

  #readingOf(status: Record<string, unknown>): Reading {
    const component = componentOf(status, this.#outlet.key, this.#who);
    try {
      this.#lay(component, 'Shelly.GetStatus', { whole: true, outputTrusted: true });
    } catch (error) {
      if (error instanceof PlugProtocolError) this.#device.link.bus.rejected('shelly', error.reason);
      throw error;
    }
    this.#adopt(component);
    return this.#reading();
  }

  /** A cut of an earlier run whose timer still runs goes on. */
  #adopt({ output, source, timer_duration }: Record<string, unknown>): void {
    const ours = output === false && source === 'MQTT' && timer_duration === this.#deadMan?.seconds;
    if (ours && this.#wanted === null && this.#sink) {
      this.#wanted = false;
      this.#deadMan?.begin();
    }
  }

  #lay(component: unknown, what: string, how: { whole: boolean; outputTrusted: boolean }) {
    if (!isObject(component)) throw new PlugProtocolError(`${what} of ${this.#who} is no object`);
    const held = overlay(this.#measures, component, { what, ...how }, this.#now);
    if (this.#measures.get('relay', this.#now) === true) this.#deadMan?.end();
    return held;
  }

  #reading(): Reading {
    const reading = this.#measures.reading(this.plug, this.#device.link.clock.nowMs(), this.#now);
    return this.#device.clockUnset ? { ...reading, flags: [...reading.flags, CLOCK_UNSET] } : reading;
  }

  get #who(): string {
    return this.#device.link.who;
  }

  get #now(): number {
    return this.#device.link.clock.monotonicMs();
  }
}
