import { CommandExpired, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugId } from '../../model/plug.ts';
import type { DeviceAbout, PlugDevice, PlugSink, Relay } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import type { AdapterDeps } from '../adapter.ts';
import { parseObject } from '../json.ts';
import type { MqttBus } from '../mqtt/bus.ts';
import { Measures } from '../mqtt/measures.ts';
import { macIn, numberFrom } from '../mqtt/values.ts';
import { Waiter } from '../mqtt/waiter.ts';
import { Firmware } from './firmware.ts';
import { relayFrom, wattHoursFrom } from './gen1.ts';
import { MISSED_POLLS, ShellyLink, type TextHandler } from './link.ts';

const ANSWER_TIMEOUT_MS = 3000;
/** The plug publishes everything every 30 s (its `update_period`): a value this old is the newest there is, ms. */
const NEWEST_MS = 35_000;

export interface Gen1Settings {
  plug: PlugId;
  device: string;
  prefix: string;
  channel: number;
  pollMs: number;
  /** 12 upper-case hex digits, or null. */
  expectedMac: string | null;
}

type Measure = 'relay' | 'watts' | 'counterWh';

/** What a plug was heard to say. */
type Heard =
  | { about: Measure }
  | { about: 'switched'; on: boolean; overpower: boolean }
  | { about: 'mac'; mac: string }
  | { about: 'garbage'; instead: Measure; what: string };

/** One outlet of a Shelly of the first generation: plain text topics, no answers; it publishes what it is asked for. */
export class ShellyGen1Plug implements PlugDevice {
  readonly adapter = 'shelly';
  readonly plug: PlugId;
  readonly pollMs: number;
  readonly expectedMac: string | null;
  readonly relay: Relay;
  readonly #device: string;
  readonly #prefix: string;
  readonly #relayTopic: string;
  readonly #link: ShellyLink;
  readonly #measures: Measures;
  readonly #heard: Waiter<Heard>;
  readonly #firmware: Firmware;
  #sink: PlugSink | null = null;
  #askedGeneration = false;
  #overheated = false;
  #overpower = false;
  /** When watts, relay or energy last came: the time of what is known. */
  #measuredAt = { atMs: 0, monotonicMs: Number.NEGATIVE_INFINITY };

  constructor(settings: Gen1Settings, deps: { bus: MqttBus } & Pick<AdapterDeps, 'clock' | 'log' | 'memory'>) {
    const { plug, device, prefix } = settings;
    this.plug = plug;
    this.pollMs = settings.pollMs;
    this.expectedMac = settings.expectedMac;
    this.#device = device;
    this.#prefix = prefix;
    this.#relayTopic = `${prefix}/relay/${settings.channel}`;
    this.#link = new ShellyLink(
      this.adapter,
      () => `shelly plug ${plug} (${prefix})`,
      {
        offline: (why) => this.#sink?.offline(plug, why),
        trouble: (what) => this.#sink?.trouble(plug, what),
      },
      deps,
    );
    this.#measures = new Measures(MISSED_POLLS * settings.pollMs);
    this.#heard = new Waiter(deps.clock);
    this.#firmware = new Firmware(device, deps);
    this.relay = { switchTo: this.#switchTo.bind(this), identity: this.#identity.bind(this) };
  }

  about(): DeviceAbout | null {
    return this.#firmware.about;
  }

  async start(sink: PlugSink): Promise<void> {
    this.#sink = sink;
    const told = (text: string) => this.#introduced(text);
    const reports = {
      [this.#relayTopic]: this.#watched('relay', (text) => this.#switched(text)),
      [`${this.#relayTopic}/power`]: this.#watched('watts', (text) =>
        this.#measured('watts', numberFrom(text, 'power')),
      ),
      [`${this.#relayTopic}/energy`]: this.#watched('counterWh', (text) =>
        this.#measured('counterWh', wattHoursFrom(text)),
      ),
      [`${this.#prefix}/temperature`]: (text: string) =>
        this.#measures.set('celsius', numberFrom(text, 'temperature'), this.#now),
      [`${this.#prefix}/overtemperature`]: (text: string) => {
        this.#overheated = numberFrom(text, 'overtemperature') === 1;
      },
      [`${this.#prefix}/announce`]: told,
      [`${this.#prefix}/info`]: told,
      // Only generation 2 and newer have these, by default without `shellies/`.
      [`${this.#prefix}/events/rpc`]: () => this.#spokenRpc(this.#prefix),
      [`${this.#device}/events/rpc`]: () => this.#spokenRpc(this.#device),
      [`${this.#device}/announce`]: told,
    };
    await this.#link.listen(
      {
        onlineTopic: `${this.#prefix}/online`,
        online: (justNow) => {
          if (justNow) this.#measures.booted(this.#now);
        },
        reports,
        commandTopics: [`${this.#relayTopic}/command`, `${this.#prefix}/command`],
      },
      MISSED_POLLS * this.pollMs,
    );
  }

  async stop(): Promise<void> {
    this.#sink = null;
    this.#link.close();
  }

  async read(): Promise<Reading> {
    const { presence, who } = this.#link;
    const missing = new Set<string>(['relay', 'watts', 'counterWh']);
    const refused: string[] = [];
    const answered = this.#heard.next((heard) => {
      missing.delete(heard.about === 'garbage' ? heard.instead : heard.about);
      if (heard.about === 'garbage') refused.push(heard.what);
      return missing.size === 0;
    }, ANSWER_TIMEOUT_MS);
    await this.#link.publish(`${this.#prefix}/command`, 'update');
    const complete = await answered;
    if (refused[0]) throw new PlugProtocolError(`${who} answered what is not its protocol: ${refused[0]}`);
    // Firmware that does not know `update` still publishes everything by itself, every 30 s.
    const oldestMs = Math.min(this.#measures.receivedAtMs('relay'), this.#measures.receivedAtMs('watts'));
    if (!complete && (presence.saidOffline || this.#now - oldestMs > NEWEST_MS))
      throw new PlugUnreachable(
        `${who} said nothing when asked on ${this.#prefix}/command. Is it powered and connected to the broker?`,
      );
    return this.#reading();
  }

  async #switchTo(on: boolean, expiresAtMonotonicMs: number): Promise<void> {
    const { who, clock } = this.#link;
    const text = on ? 'on' : 'off';
    if (clock.monotonicMs() >= expiresAtMonotonicMs)
      throw new CommandExpired(`${who}: ${text} was not sent, its time was over`);
    let tripped = false;
    const confirmed = this.#heard.next((heard) => {
      if (heard.about !== 'switched') return false;
      tripped = heard.overpower;
      return heard.on === on || tripped;
    }, ANSWER_TIMEOUT_MS);
    this.#measures.set('relay', null, this.#now);
    await this.#link.publish(`${this.#relayTopic}/command`, text);
    if (!(await confirmed)) throw new PlugUnreachable(`${who} did not confirm ${text} on ${this.#relayTopic}`);
    if (tripped && on) throw new PlugProtocolError(`${who} opened its relay by itself: overpower. Look at its load`);
  }

  async #identity(): Promise<string> {
    const macs: string[] = [];
    const introduced = this.#heard.next((heard) => {
      if (heard.about === 'mac') macs.push(heard.mac);
      return macs.length > 0;
    }, ANSWER_TIMEOUT_MS);
    await this.#link.publish(`${this.#prefix}/command`, 'announce');
    await introduced;
    if (!macs[0]) throw new PlugUnreachable(`${this.#link.who} did not introduce itself on ${this.#prefix}/announce`);
    return macs[0];
  }

  #switched(text: string): void {
    const { on, overpower } = relayFrom(text);
    this.#overpower = overpower;
    this.#measures.set('relay', on, this.#now);
    this.#came('relay', true);
    this.#heard.came({ about: 'switched', on, overpower });
  }

  #measured(key: 'watts' | 'counterWh', value: number | null): void {
    const before = this.#measures.get(key, this.#now);
    this.#measures.set(key, value, this.#now);
    this.#came(key, key === 'watts' || value !== before);
  }

  #came(about: Measure, worthAReading: boolean): void {
    this.#measuredAt = { atMs: this.#link.clock.nowMs(), monotonicMs: this.#now };
    if (worthAReading) this.#sink?.reading(this.#reading());
    this.#heard.came({ about });
  }

  #introduced(text: string): void {
    const { mac, gen, model, fw_ver } = parseObject(text, 'the announcement');
    if (typeof gen === 'number') {
      this.#link.troubles.tell('generation', `${this.#link.who} is of generation ${gen}: set generation: ${gen}`);
      return;
    }
    void this.#firmware.told(this.#link.who, model, fw_ver);
    this.#heard.came({ about: 'mac', mac: macIn(mac, `the MAC of ${this.#link.who}`) });
  }

  /** It speaks, but not our language: it is asked which generation it is. */
  #spokenRpc(prefix: string): void {
    if (this.#askedGeneration) return;
    this.#askedGeneration = true;
    this.#link.publish(`${prefix}/command`, 'announce').catch(() => {
      this.#askedGeneration = false;
    });
  }

  /** Lets whoever waits for an answer know that it came, but was refused. */
  #watched(instead: Measure, handle: TextHandler): TextHandler {
    return (text) => {
      try {
        handle(text);
      } catch (error) {
        if (error instanceof PlugProtocolError) this.#heard.came({ about: 'garbage', instead, what: error.message });
        throw error;
      }
    };
  }

  #reading(): Reading {
    const { atMs, monotonicMs } = this.#measuredAt;
    this.#measures.flags = [...(this.#overpower ? ['overpower'] : []), ...(this.#overheated ? ['overheated'] : [])];
    return this.#measures.reading(this.plug, atMs, monotonicMs);
  }

  get #now(): number {
    return this.#link.clock.monotonicMs();
  }
}
