import { PlugAuthRefused, PlugProtocolError } from '../../model/errors.ts';
import type { DeviceMemory } from '../adapter.ts';
import { aes } from './aes-transport.ts';
import type { Channel, Expiry } from './channel.ts';
import {
  type Account,
  LoginRefused,
  type Session,
  type TransportKind,
  type TransportName,
  WrongTransport,
} from './kind.ts';
import { klap } from './klap-transport.ts';
import type { Address, Locator } from './locator.ts';
import { Refusals } from './refusals.ts';
import { tpap } from './tpap/index.ts';

export interface ChoiceSettings {
  account: Account;
  channel: Channel;
  locator: Locator;
  memory: DeviceMemory;
  /** Under which the device is remembered: its MAC, or its address. */
  name: string;
  /** The name is of the device, not of a place where another may be by now. */
  nameIsItsOwn: boolean;
  /** Never logs in in a way that tells the password to who only pretends to be the plug. */
  tellNothing: boolean;
}

/** Finds out which transport one device speaks and logs in by it: by what worked last, else by trying. */
export class TransportChoice {
  readonly #settings: ChoiceSettings;
  readonly #memoryName: string;
  readonly #refusals: Refusals;
  /** The most common first. */
  readonly #kinds: readonly TransportKind[] = [klap, tpap, aes()];
  #last: TransportName | null = null;
  #recalled = false;
  /** Why and where the account was refused: it stays refused there until a restart. */
  #refused: { error: LoginRefused; address: Address | null } | null = null;

  constructor(settings: ChoiceSettings) {
    this.#settings = settings;
    this.#memoryName = `tapo-transport:${settings.name}`;
    this.#refusals = new Refusals(settings.memory, settings.channel.clock, settings.name);
  }

  /** What worked last; null before the first login. */
  get last(): TransportName | null {
    return this.#last;
  }

  /**
   * Logs in. A device that does not let us in may be another one at the address of ours, which is looked for then.
   * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError, CommandExpired, SessionLost
   */
  async login(expiry: Expiry): Promise<Session> {
    try {
      return await this.#try(expiry);
    } catch (error) {
      const answered = error instanceof PlugAuthRefused || error instanceof PlugProtocolError;
      if (!answered || !(await this.#settings.locator.search(error instanceof LoginRefused))) throw error;
      return this.#try(expiry);
    }
  }

  async #try(expiry: Expiry): Promise<Session> {
    const { account, channel, locator } = this.#settings;
    if (this.#refused?.address === locator.current()) throw this.#refused.error;
    await this.#recall();
    const standing = await this.#refusals.standing(account, locator.current());
    const waiting = this.#inOrder(standing !== null);
    const answers: WrongTransport[] = [];
    for (let kind = waiting.shift(); kind; kind = waiting.shift()) {
      try {
        const session = await kind.open(channel, account, expiry);
        await this.#remember(kind.name);
        return session;
      } catch (error) {
        // KLAP has the plug prove itself first: nothing was told, and a plug that is set up anew lets us in again.
        if (error instanceof LoginRefused && kind.name !== 'klap') await this.#latch(error);
        if (!(error instanceof WrongTransport)) throw error;
        answers.push(error);
        const likely = waiting.findIndex(({ name }) => name === error.likely);
        if (likely > 0) waiting.unshift(...waiting.splice(likely, 1));
      }
    }
    throw standing ?? this.#noneSpoken(answers);
  }

  /** What worked last is only a hint: an update of the firmware, or a switch in the app, changes what a plug speaks. */
  #inOrder(refusedByTpap: boolean): TransportKind[] {
    const { nameIsItsOwn, tellNothing } = this.#settings;
    // Firmware does not go back to the transport that tells the password: who says so is not the plug.
    const beyondAes = nameIsItsOwn && this.#last !== null && this.#last !== 'aes';
    return this.#kinds
      .filter(({ name }) => name !== 'tpap' || !refusedByTpap)
      .filter(({ name }) => name !== 'aes' || !(refusedByTpap || beyondAes || tellNothing))
      .toSorted((one, other) => Number(other.name === this.#last) - Number(one.name === this.#last));
  }

  async #latch(error: LoginRefused): Promise<void> {
    const { account, locator } = this.#settings;
    const address = locator.current();
    this.#refused = { error, address };
    // A device that counts wrong passwords is not told this one after a restart either.
    if (error.remainingAttempts !== null) await this.#refusals.keep(account, address, error).catch(() => {});
  }

  async #recall(): Promise<void> {
    if (this.#recalled) return;
    const kept = await this.#settings.memory.recall(this.#memoryName).catch(() => null);
    this.#last = this.#kinds.find(({ name }) => name === kept)?.name ?? null;
    this.#recalled = true;
  }

  async #remember(kind: TransportName): Promise<void> {
    if (kind === this.#last) return;
    this.#last = kind;
    // A full disk costs a request or two after the next restart.
    await this.#settings.memory.keep(this.#memoryName, kind).catch(() => {});
  }

  /** What a technician does about a device that speaks no transport of ours. */
  #noneSpoken(answers: readonly WrongTransport[]): PlugAuthRefused {
    const { who } = this.#settings.channel;
    const said = answers.map(({ message }) => message).join('; ');
    if (answers.some(({ likely }) => likely === 'tpap'))
      return new PlugAuthRefused(
        `${who} does not let other programs in (firmware 1.4 and later). In the Tapo app, with the phone in the plug's ` +
          `network: Me → Third-Party Services → Third-Party Compatibility: switch it off and on again (${said})`,
      );
    return new PlugAuthRefused(
      `${who} does not speak KLAP, nor any other transport that offair may use with it: update its firmware in the ` +
        `Tapo app. Is it a Tapo plug? (${said})`,
    );
  }
}
