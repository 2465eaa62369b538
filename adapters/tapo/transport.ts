import { CommandExpired, PlugUnreachable } from '../../model/errors.ts';
import { Turns } from '../turns.ts';
import type { Expiry } from './channel.ts';
import { type ChoiceSettings, TransportChoice } from './choice.ts';
import { NotConnected } from './http.ts';
import { type Session, SessionLost, type TransportName } from './kind.ts';
import type { Address } from './locator.ts';

export interface SendOptions {
  /** Goes ahead of everything that waits and is not urgent. */
  urgent: boolean;
  /**
   * Not sent any more from this moment on (`Clock.monotonicMs`). What expires is a command: it goes only to the address
   * at which the device's identity was checked before.
   */
  expiresAtMonotonicMs: number;
  /** Asked right before it is sent: false, it is dropped as if it had expired. */
  stillWanted?: (() => boolean) | undefined;
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

/** Speaks to one device. One request in flight; a lost session is made anew, once, without a word. */
export class DeviceTransport implements TapoTransport {
  readonly #settings: ChoiceSettings;
  readonly #choice: TransportChoice;
  readonly #turns = new Turns();
  #session: Session | null = null;

  constructor(settings: ChoiceSettings) {
    this.#settings = settings;
    this.#choice = new TransportChoice(settings);
  }

  /** What the device was spoken to with last; null before the first login. */
  get kind(): TransportName | null {
    return this.#choice.last;
  }

  send(request: string, options: SendOptions): Promise<unknown> {
    const here = this.#settings.locator.current();
    return this.#turns.take(options.urgent, () => this.#sendWithRetry(request, options, here));
  }

  forgetSession(): void {
    this.#session = null;
  }

  close(): void {
    this.#settings.channel.close();
  }

  /** A lost session is made anew, and the request tried in it, once; a device that moved is looked for, once. */
  async #sendWithRetry(
    request: string,
    { expiresAtMonotonicMs, stillWanted = () => true }: SendOptions,
    here: Address | null,
  ): Promise<unknown> {
    const { channel, locator } = this.#settings;
    const isCommand = Number.isFinite(expiresAtMonotonicMs);
    const expiry = () => (stillWanted() ? expiresAtMonotonicMs : Number.NEGATIVE_INFINITY);
    let lost: SessionLost | null = null;
    let searched = false;
    for (;;) {
      try {
        const session = await this.#open(expiry);
        if (isCommand && locator.current() !== here)
          throw new PlugUnreachable(`${channel.who} was just found at another address: it must say who it is first`);
        return await session.send(request, expiry);
      } catch (error) {
        // The first try may have been carried out: "not sent" would be a lie.
        if (error instanceof CommandExpired && lost?.mayHaveArrived) throw lost.verdict;
        if (error instanceof SessionLost) {
          this.#session = null;
          if (lost) throw error.verdict;
          lost = error;
        } else if (error instanceof PlugUnreachable && !searched && locator.current() === here) {
          searched = true;
          if (!(await locator.search())) throw error;
          this.#session = null;
          if (isCommand || !(error instanceof NotConnected)) throw error;
        } else throw error;
      }
    }
  }

  async #open(expiry: Expiry): Promise<Session> {
    const nowMs = this.#settings.channel.clock.monotonicMs();
    if (!this.#session?.usableAt(nowMs)) this.#session = await this.#choice.login(expiry);
    return this.#session;
  }
}
