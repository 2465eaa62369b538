import type { Clock } from '../../model/clock.ts';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { DeviceAbout } from '../../model/ports.ts';
import { DEVICE_TIME, PlugClock, plugZone } from './clock.ts';
import type { Locator } from './locator.ts';
import { type Answer, COMPONENTS, DEVICE_INFO, errorOf, type Request, SmartProtocol } from './protocol.ts';
import { macOf } from './reading.ts';
import type { TapoTransport } from './transport.ts';

/** What every contact with a device brings: who it is, and what else was asked. */
export interface Contact {
  /** The device's own `get_device_info`: that of a strip has no relay. */
  info: Record<string, unknown>;
  /** What was asked beside it, and DEVICE_INFO. */
  answers: Map<string, Answer>;
}

/**
 * One device in the network, with one MAC, one session and one clock, and one or more outlets: the plugs of a strip
 * share it. What it can do is asked at the first contact, after it was away and when its firmware has changed.
 */
export class TapoDevice {
  /** Names the device and its address in messages. */
  readonly who: string;
  /** The MAC that it must have, 12 upper-case hex digits, or null: any device at the address will do. */
  readonly mac: string | null;
  readonly protocol: SmartProtocol;
  readonly #transport: TapoTransport;
  readonly #locator: Locator;
  readonly #clock: PlugClock;
  readonly #troubles: string[] = [];
  #known = false;
  #firmware: unknown;
  #zone: string | null = null;
  /** What the device said it is; null before the first contact. */
  about: DeviceAbout | null = null;
  #plugs = 0;
  /** Grows whenever all that is known of the device's abilities may be wrong. */
  generation = 0;

  constructor(
    identity: { who: string; mac: string | null },
    transport: TapoTransport,
    locator: Locator,
    clock: Clock,
    studioZone: string,
  ) {
    this.who = identity.who;
    this.mac = identity.mac;
    this.#transport = transport;
    this.#locator = locator;
    this.protocol = new SmartProtocol(this.who, transport);
    this.#clock = new PlugClock(this.who, this.protocol, clock, studioZone);
  }

  /**
   * Asks the device who it is and `requests`, in one batch where it can; where another device answers by now, at the
   * address that the search finds.
   * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError
   */
  async contact(requests: readonly Request[]): Promise<Contact> {
    let contact = await this.#ask(requests);
    if (this.#isOther(contact.info) && (await this.#search())) contact = await this.#ask(requests);
    const { info, answers } = contact;
    if (this.#isOther(info))
      throw new PlugProtocolError(
        `${this.who} is another device: its MAC is ${macOf(info, this.who)}, expected is ${this.mac}. ` +
          'Give the plug a fixed address in the router and correct host, or correct mac',
      );
    this.#zone = plugZone(info);
    this.#known = true;
    if (this.#firmware !== undefined && info.fw_ver !== this.#firmware) this.#forget();
    this.#firmware = info.fw_ver;
    if (typeof info.model === 'string' && typeof info.fw_ver === 'string')
      this.about = { model: info.model, firmware: info.fw_ver };
    await this.tendClock(answers.get(DEVICE_TIME), false);
    const own = [COMPONENTS, DEVICE_TIME];
    return { info, answers: new Map([...answers].filter(([method]) => !own.includes(method))) };
  }

  /** Notices, from what comes of a request, that the device was away. */
  async reach<T>(request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      if (error instanceof PlugUnreachable) this.#forget();
      throw error;
    }
  }

  /** Looks after the device's clock; what can't be done now is tried again in an hour. */
  async tendClock(time: Answer | undefined, saidUnset: boolean): Promise<void> {
    const trouble = await this.#clock.tend(time, saidUnset).catch(() => null);
    if (trouble !== null) this.#troubles.push(trouble);
  }

  /** What a technician should know since the last call. */
  takeTroubles(): string[] {
    return this.#troubles.splice(0);
  }

  /** 12 upper-case hex digits, asked now. */
  async identity(): Promise<string> {
    return macOf(await this.protocol.command(DEVICE_INFO, undefined, Number.POSITIVE_INFINITY), this.who);
  }

  /** The zone in which the device keeps its days. */
  async zone(): Promise<string> {
    if (this.#zone === null) await this.contact([]);
    return this.#zone ?? plugZone({});
  }

  /** One more plug uses the device. */
  join(): void {
    this.#plugs += 1;
  }

  /** The last plug that leaves ends the session. */
  leave(): void {
    this.#plugs -= 1;
    if (this.#plugs === 0) this.#transport.close();
  }

  async #ask(requests: readonly Request[]): Promise<Contact> {
    const first = this.#known ? [] : [COMPONENTS];
    const time = this.#clock.due ? [DEVICE_TIME] : [];
    const answers = await this.reach(this.protocol.query([DEVICE_INFO, ...first, ...time, ...requests]));
    const { code, result } = answers.get(DEVICE_INFO) ?? { code: 0, result: {} };
    if (!result) throw errorOf(this.who, DEVICE_INFO, code);
    return { info: result, answers };
  }

  #isOther(info: Record<string, unknown>): boolean {
    return this.mac !== null && macOf(info, this.who) !== this.mac;
  }

  /** @returns true when it is worth trying again at once */
  #search(): Promise<boolean> {
    this.#forget();
    this.#transport.forgetSession();
    return this.#locator.search(true);
  }

  #forget(): void {
    this.generation += 1;
    this.#known = false;
    this.protocol.forget();
    this.#clock.forget();
  }
}
