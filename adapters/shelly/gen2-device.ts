import type { Clock, Random } from '../../model/clock.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import type { PlugId } from '../../model/plug.ts';
import type { CheckUp, DeviceAbout } from '../../model/ports.ts';
import type { AdapterDeps } from '../adapter.ts';
import { isObject, parseObject } from '../json.ts';
import type { MqttBus } from '../mqtt/bus.ts';
import { macIn } from '../mqtt/values.ts';
import type { Troubles } from '../troubles.ts';
import { Firmware } from './firmware.ts';
import { clockOf } from './gen2.ts';
import { MISSED_POLLS, ShellyLink } from './link.ts';
import { ShellyRpc } from './rpc.ts';
import { examine } from './settings-check.ts';

/** After our own reconnect every plug's `online` is replayed at once: they are asked spread over this, ms. */
const REPLAY_SPREAD_MS = 3000;
/** Who asks this soon after another shares its answer; later, the request may be one that was lost, ms. */
const SHARED_MS = 250;
/** A plug that was started less than this ago has not measured yet, seconds. */
const JUST_BOOTED_SECONDS = 5;

export interface DeviceSettings {
  device: string;
  prefix: string;
  generation: number;
}

export interface DeviceDeps extends Pick<AdapterDeps, 'log' | 'memory'> {
  bus: MqttBus;
  clock: Clock;
  random: Random;
}

/** One outlet of a device, as the device knows it. */
export interface Outlet {
  readonly plug: PlugId;
  /** `switch:0` */
  readonly key: string;
  readonly channel: number;
  readonly pollMs: number;
  /** Told once each. */
  readonly troubles: Troubles;
  offline(why: string): void;
  trouble(what: string): void;
  booted(): void;
  /** Its part of a notification. @throws PlugProtocolError */
  notified(component: unknown, method: string): void;
  /** Its part of `status/<component>`. @throws PlugProtocolError */
  published(component: Record<string, unknown>): void;
  /** The whole status, asked for because the device has come online. @throws PlugProtocolError */
  refreshed(status: Record<string, unknown>): void;
}

/** A device of generation 2, 3 or 4 with all its outlets that are plugs of the studio: one link, one RPC. */
export class ShellyGen2Device {
  readonly link: ShellyLink;
  readonly #settings: DeviceSettings;
  readonly #deps: DeviceDeps;
  readonly #rpc: ShellyRpc;
  readonly #firmware: Firmware;
  readonly #outlets = new Map<string, Outlet>();
  readonly #started = new Set<Outlet>();
  #opened: Promise<void> = Promise.resolve();
  #clockUnset = false;
  #asked: { status: Promise<Record<string, unknown>>; atMs: number } | null = null;
  #examined: 'no' | 'now' | 'yes' = 'no';
  #cancelRefresh: () => void = () => {};

  constructor(settings: DeviceSettings, deps: DeviceDeps) {
    const { device, prefix } = settings;
    this.#settings = settings;
    this.#deps = deps;
    const each = (tell: (outlet: Outlet) => void) => {
      for (const outlet of this.#started) tell(outlet);
    };
    this.link = new ShellyLink(
      'shelly',
      () => {
        const plugs = [...this.#outlets.values()].map(({ plug }) => plug);
        return `shelly plug${plugs.length > 1 ? 's' : ''} ${plugs.join(', ')} (${prefix})`;
      },
      {
        offline: (why) => each((outlet) => outlet.offline(why)),
        trouble: (what) => each((outlet) => outlet.trouble(what)),
      },
      deps,
    );
    this.#rpc = new ShellyRpc(this.link, device, prefix, deps.random);
    this.#firmware = new Firmware(device, deps);
  }

  /** What the device said it is; null before it did. */
  get about(): DeviceAbout | null {
    return this.#firmware.about;
  }

  get prefix(): string {
    return this.#settings.prefix;
  }

  /** Nobody has told it the time. */
  get clockUnset(): boolean {
    return this.#clockUnset;
  }

  /** All outlets join before the first is started. */
  join(outlet: Outlet): void {
    this.#outlets.set(outlet.key, outlet);
  }

  start(outlet: Outlet): Promise<void> {
    this.#started.add(outlet);
    if (this.#started.size === 1) this.#opened = this.#open();
    return this.#opened;
  }

  async #open(): Promise<void> {
    const { prefix, device } = this.#settings;
    const outlets = [...this.#outlets.values()];
    const gen1 = () => this.#spokenGen1();
    await this.#rpc.open();
    await this.link.listen(
      {
        onlineTopic: `${prefix}/online`,
        online: (justNow) => this.#online(justNow),
        reports: {
          [`${prefix}/events/rpc`]: (text) => this.#notified(parseObject(text, 'the notification')),
          ...Object.fromEntries(
            outlets.map((one): [string, (text: string) => void] => [
              `${prefix}/status/${one.key}`,
              (text) => one.published(parseObject(text, 'the status')),
            ]),
          ),
          // Only the first generation has these.
          [`${prefix}/relay/0`]: gen1,
          [`shellies/${device}/relay/0`]: gen1,
        },
        commandTopics: [`${prefix}/rpc`, `${prefix}/command`, ...outlets.map(({ key }) => `${prefix}/command/${key}`)],
      },
      MISSED_POLLS * Math.max(...outlets.map(({ pollMs }) => pollMs)),
    );
  }

  stop(outlet: Outlet): void {
    if (!this.#started.delete(outlet) || this.#started.size > 0) return;
    this.#cancelRefresh();
    this.link.close();
    this.#rpc.close();
  }

  /**
   * Everything the device measures, asked now; whoever asks in the same moment shares the answer.
   * @throws PlugUnreachable, PlugProtocolError
   */
  status(): Promise<Record<string, unknown>> {
    const atMs = this.#deps.clock.monotonicMs();
    if (this.#asked && atMs - this.#asked.atMs < SHARED_MS) return this.#asked.status;
    const asked = { status: this.#ask(), atMs };
    this.#asked = asked;
    const answered = () => {
      if (this.#asked === asked) this.#asked = null;
    };
    asked.status.then(answered, answered);
    return asked.status;
  }

  /**
   * Sends one `Switch.Set`, never retained, never queued.
   * @param toggleAfterSeconds the device itself then goes back to the other state; null: it does not
   * @returns whether the outlet was on before
   * @throws PlugUnreachable, PlugProtocolError, CommandExpired
   */
  async switchTo(
    channel: number,
    on: boolean,
    toggleAfterSeconds: number | null,
    expiresAtMonotonicMs: number,
  ): Promise<boolean> {
    const timer = toggleAfterSeconds === null ? {} : { toggle_after: toggleAfterSeconds };
    // What was asked before the command tells nothing of its effect.
    this.#asked = null;
    const answer = await this.#rpc.call('Switch.Set', { id: channel, on, ...timer }, expiresAtMonotonicMs);
    this.#asked = null;
    return answer.was_on === true;
  }

  /** @throws PlugUnreachable, PlugProtocolError (also while another device was heard on these topics) */
  async identity(): Promise<string> {
    const info = await this.#rpc.call('Shelly.GetDeviceInfo', {});
    this.#rpc.checkAlone();
    return macIn(info.mac, `the MAC of ${this.link.who}`);
  }

  /** Its power-on default is among what `examine` looks at. @throws PlugUnreachable, PlugProtocolError */
  async checkUp(): Promise<CheckUp> {
    const { model, ver } = await this.#rpc.call('Shelly.GetDeviceInfo', {});
    const { sys } = await this.status();
    const seconds = isObject(sys) ? sys.unixtime : null;
    return {
      model: typeof model === 'string' ? model : null,
      firmware: typeof ver === 'string' ? ver : null,
      powerOn: null,
      clockAheadMs: typeof seconds === 'number' ? seconds * 1000 - this.#deps.clock.nowMs() : null,
    };
  }

  async #ask(): Promise<Record<string, unknown>> {
    const status = await this.#rpc.call('Shelly.GetStatus', {});
    const { sys } = status;
    if (isObject(sys)) {
      this.#clockUnset = sys.unixtime === null;
      if (typeof sys.uptime === 'number' && sys.uptime < JUST_BOOTED_SECONDS) this.#booted();
    }
    if (this.#examined === 'no') void this.#examine();
    return status;
  }

  /** Not all firmware tells its state when it comes back, and what it told before we came back is lost: it is asked. */
  #online(justNow: boolean): void {
    const { clock, random } = this.#deps;
    this.#cancelRefresh();
    if (justNow) {
      this.#examined = 'no';
      this.#booted();
      this.#refresh();
    } else this.#cancelRefresh = clock.after(random() * REPLAY_SPREAD_MS, () => this.#refresh());
  }

  #refresh(): void {
    for (const outlet of this.#started)
      this.status()
        .then((status) => outlet.refreshed(status))
        // The poller asks again, and says what is wrong.
        .catch(() => {});
  }

  #booted(): void {
    for (const outlet of this.#outlets.values()) outlet.booted();
  }

  #notified({ method, params, src }: Record<string, unknown>): void {
    if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus' && method !== 'NotifyEvent') return;
    if (!this.#rpc.isOurs(src, `${this.#settings.prefix}/events/rpc`)) return;
    if (!isObject(params)) throw new PlugProtocolError(`${method} without params`);
    if (method === 'NotifyEvent') {
      this.#happened(params.events);
      return;
    }
    const { unset, justBooted } = clockOf(params.ts);
    this.#clockUnset = unset;
    if (justBooted) this.#booted();
    let refused: unknown = null;
    for (const outlet of this.#outlets.values()) {
      if (!(outlet.key in params)) continue;
      try {
        outlet.notified(params[outlet.key], method);
      } catch (error) {
        // The other outlets have said something too.
        refused = error;
      }
    }
    if (refused) throw refused;
  }

  #happened(events: unknown): void {
    if (!Array.isArray(events) || !events.some((each) => isObject(each) && each.event === 'config_changed')) return;
    this.#examined = 'no';
    this.#refresh();
  }

  #spokenGen1(): void {
    this.link.troubles.tell('generation', `${this.link.who} is of the first generation: set generation: 1`);
  }

  /** Looks at what the device is and how it is set: in the background, once per start and change. */
  async #examine(): Promise<void> {
    this.#examined = 'now';
    try {
      const outlets = [...this.#outlets.values()];
      const { generation } = this.#settings;
      await examine({ link: this.link, rpc: this.#rpc, firmware: this.#firmware, generation, outlets });
      if (this.#examined === 'now') this.#examined = 'yes';
    } catch (error) {
      // It refused a question: it will again. It did not answer: it is asked with the next poll.
      this.#examined = error instanceof PlugProtocolError ? 'yes' : 'no';
    }
  }
}
