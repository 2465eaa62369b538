import { CommandExpired, PlugAuthRefused, PlugUnreachable } from '../../model/errors.ts';
import type { DeviceMemory } from '../adapter.ts';
import { aes } from './aes-transport.ts';
import type { Channel } from './channel.ts';
import { NotConnected } from './http.ts';
import { type Account, LoginRefused, type Session, SessionLost, type TransportKind, WrongTransport } from './kind.ts';
import { klap } from './klap-transport.ts';
import type { Locator } from './locator.ts';
import { type Refusal, Refusals } from './refusals.ts';
import { tpap } from './tpap/index.ts';
import { Turns } from './turns.ts';

export interface SendOptions {
  /** Goes ahead of everything that waits and is not urgent. */
  urgent: boolean;
  /** Not sent any more from this moment on (`Clock.monotonicMs`). */
  expiresAtMonotonicMs: number;
}

/** Carries JSON to one device and back. What the JSON means is the protocol's matter. */
export interface TapoTransport {
  /** @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError, CommandExpired */
  send(request: string, options: SendOptions): Promise<unknown>;
  /** The next request begins with a new login. */
  forgetSession(): void;
  /** A request in flight fails, later ones are refused. */
  close(): void;
}

/** The most common first. A device that speaks none of them costs three requests, each time it is tried. */
const KINDS: readonly TransportKind[] = [klap, tpap, aes];

export interface TransportSettings {
  account: Account;
  channel: Channel;
  locator: Locator;
  memory: DeviceMemory;
  /** Under which the device is remembered: its MAC, or its address. */
  name: string;
}

/**
 * Speaks to one device by whichever transport it understands: as it did last, else by trying. One request in flight; a
 * lost session is made anew, once, without a word.
 */
export class DeviceTransport implements TapoTransport {
  readonly #channel: Channel;
  readonly #account: Account;
  readonly #locator: Locator;
  readonly #memory: DeviceMemory;
  readonly #memoryName: string;
  readonly #refusals: Refusals;
  readonly #turns = new Turns();
  #session: Session | null = null;
  #spoken: TransportKind['name'] | null = null;
  /** The kind that worked last; undefined until the memory was asked. */
  #lastKind: string | null | undefined;
  /** Why the account was refused by a device that answered our proof: trying again can't help. */
  #refused: LoginRefused | null = null;

  constructor({ account, channel, locator, memory, name }: TransportSettings) {
    this.#channel = channel;
    this.#account = account;
    this.#locator = locator;
    this.#memory = memory;
    this.#memoryName = `tapo-transport:${name}`;
    this.#refusals = new Refusals(memory, name);
  }

  /** What the device was spoken to with last; null before the first login. */
  get kind(): TransportKind['name'] | null {
    return this.#spoken;
  }

  send(request: string, { urgent, expiresAtMonotonicMs }: SendOptions): Promise<unknown> {
    return this.#turns.take(urgent, () => this.#sendWithRetry(request, expiresAtMonotonicMs));
  }

  forgetSession(): void {
    this.#session = null;
  }

  close(): void {
    this.#channel.close();
  }

  /** A lost session is made anew, and the request tried in it, once; a device that moved is looked for, once. */
  async #sendWithRetry(request: string, expiresAtMs: number): Promise<unknown> {
    let lost: SessionLost | null = null;
    let searched = false;
    for (;;) {
      try {
        return await this.#sendOnce(request, expiresAtMs);
      } catch (error) {
        // The first try may have been carried out: "not sent" would be a lie.
        if (error instanceof CommandExpired && lost?.mayHaveArrived) throw lost.verdict;
        if (error instanceof SessionLost) {
          this.#session = null;
          if (lost) throw error.verdict;
          lost = error;
        } else if (error instanceof PlugUnreachable && !searched) {
          searched = true;
          if (!(await this.#locator.search())) throw error;
          this.#session = null;
          if (!(error instanceof NotConnected)) throw error;
        } else throw error;
      }
    }
  }

  async #sendOnce(request: string, expiresAtMs: number): Promise<unknown> {
    if (!this.#session?.usableAt(this.#channel.clock.monotonicMs())) this.#session = await this.#login(expiresAtMs);
    return this.#session.send(request, expiresAtMs);
  }

  async #login(expiresAtMs: number): Promise<Session> {
    if (this.#refused) throw this.#refused;
    if (this.#lastKind === undefined) {
      const kept = await this.#memory.recall(this.#memoryName).catch(() => null);
      this.#lastKind = typeof kept === 'string' ? kept : null;
    }
    // Only a hint: an update of the firmware, or a switch in the app, changes what a plug speaks.
    const inOrder = [...KINDS].sort(
      (one, other) => Number(other.name === this.#lastKind) - Number(one.name === this.#lastKind),
    );
    const failures = new Map<string, string>();
    let refusal: Refusal | null = null;
    for (const kind of inOrder) {
      if (kind === tpap) refusal = await this.#refusals.of(this.#account);
      if (kind === tpap && refusal) continue;
      try {
        const session = await this.#open(kind, expiresAtMs);
        this.#spoken = kind.name;
        await this.#remember(kind.name);
        return session;
      } catch (error) {
        if (!(error instanceof WrongTransport)) throw error;
        failures.set(kind.name, error.message);
      }
    }
    if (refusal) throw new LoginRefused(refusal.message, refusal.remainingAttempts);
    throw new PlugAuthRefused(`${this.#channel.who} ${remedy(failures)} (${[...failures.values()].join('; ')})`);
  }

  async #open(kind: TransportKind, expiresAtMs: number): Promise<Session> {
    try {
      return await kind.open(this.#channel, this.#account, expiresAtMs);
    } catch (error) {
      if (!(error instanceof LoginRefused)) throw error;
      // A plug that counts wrong passwords is told this one never again, not after a restart either.
      const kept = error.remainingAttempts !== null && (await this.#refusals.keep(this.#account, error));
      if (!kept) this.#refused = error;
      throw error;
    }
  }

  async #remember(kind: string): Promise<void> {
    if (kind === this.#lastKind) return;
    this.#lastKind = kind;
    // A full disk costs a request or two after the next restart.
    await this.#memory.keep(this.#memoryName, kind).catch(() => {});
  }
}

/** What a technician does about a device that speaks no transport of ours. */
function remedy(failures: ReadonlyMap<string, string>): string {
  if (failures.get('klap')?.includes('403'))
    return (
      'does not let other programs in (firmware 1.4 and later). In the Tapo app, with the phone in the ' +
      "plug's network: Me → Third-Party Services → Third-Party Compatibility: switch it off and on again"
    );
  return 'does not speak KLAP, nor any other transport that offair knows: update its firmware in the Tapo app; is it a Tapo plug?';
}
