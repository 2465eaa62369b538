import type { Clock } from '../../model/clock.ts';
import { CommandExpired, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { type HttpReply, type HttpRequest, NotConnected, PlugHttp, StaleConnection } from './http.ts';
import type { Locator } from './locator.ts';
import { wake } from './wake.ts';

const TIMEOUT_MS = 5000;
/** From the probe that starts a plug's HTTP server to the next try, ms: users report one to three seconds. */
const WAKE_MS = 2000;
/** A plug that still refuses connections after a probe is not waited for again before this is over, ms. */
const WAKE_PAUSE_MS = 30_000;

/** From when on a request is not sent any more, `Clock.monotonicMs`; at once when what it would do is not wanted any more. */
export type Expiry = () => number;

/** The only way out to one device: keeps its pace, deadlines and time-outs, and goes where the device is. */
export class Channel {
  /** Names the device in messages. */
  readonly who: string;
  readonly clock: Clock;
  readonly #locator: Locator;
  readonly #spacingMs: number;
  readonly #http: PlugHttp;
  #quietSinceMs = Number.NEGATIVE_INFINITY;
  #wokenAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  /** @param spacingMs least time between two requests: plugs that are asked too fast stop answering or restart */
  constructor(who: string, locator: Locator, spacingMs: number, clock: Clock) {
    this.who = who;
    this.clock = clock;
    this.#locator = locator;
    this.#spacingMs = spacingMs;
    this.#http = new PlugHttp(who, clock);
  }

  /**
   * POSTs one request. What certainly did not arrive is sent again: once over a new connection in place of one that the
   * plug closed just then, once after waking a plug that refuses connections.
   * @param next makes the request anew for each try
   * @param expiry looked at after every wait, right before it is sent
   * @throws PlugUnreachable, PlugProtocolError, CommandExpired
   */
  async post(next: () => HttpRequest, expiry: Expiry): Promise<HttpReply> {
    let unanswered: StaleConnection | null = null;
    const checkWanted = () => {
      // After a first try that may have arrived, "not sent" would be a lie.
      if (expiry() <= this.clock.monotonicMs())
        throw (
          unanswered ??
          new CommandExpired(`the command for ${this.who} came too late, or is not wanted any more: it was not sent`)
        );
    };
    for (;;) {
      const waitMs = this.#quietSinceMs + this.#spacingMs - this.clock.monotonicMs();
      if (waitMs > 0) await this.clock.sleep(waitMs);
      if (this.#closed) throw new PlugUnreachable(`${this.who} is no longer used: offair is stopping`);
      checkWanted();
      const address = this.#locator.current();
      if (!address) {
        if (await this.#locator.search()) continue;
        throw new PlugUnreachable(
          `${this.who} was not found in the network: is it powered, and in reach of a broadcast? Else write its host`,
        );
      }
      try {
        const timeoutMs = Math.min(TIMEOUT_MS, expiry() - this.clock.monotonicMs());
        return await this.#http.post(address, next(), timeoutMs, checkWanted);
      } catch (error) {
        if (error instanceof StaleConnection && !unanswered) {
          unanswered = error;
          continue;
        }
        if (error instanceof NotConnected && error.refused && (await this.#wake(address.host))) continue;
        throw error;
      } finally {
        this.#quietSinceMs = this.clock.monotonicMs();
      }
    }
  }

  /** @throws PlugUnreachable, PlugProtocolError when the plug answered with anything but 200 */
  expectOk(reply: HttpReply, what: string): void {
    if (reply.status === 200) return;
    if (reply.status === 429)
      throw new PlugUnreachable(
        `${this.who} is asked too often (HTTP 429): raise pollSeconds, and end other programs that ask it`,
      );
    throw new PlugProtocolError(`${this.who} answered ${what} with HTTP ${reply.status}`);
  }

  /** A request in flight fails, later ones are refused. */
  close(): void {
    this.#closed = true;
    this.#http.close();
  }

  /** @returns whether a probe was sent, and time given to start up */
  async #wake(host: string): Promise<boolean> {
    if (this.#closed || this.clock.monotonicMs() < this.#wokenAtMs + WAKE_PAUSE_MS) return false;
    await wake(host);
    await this.clock.sleep(WAKE_MS);
    this.#wokenAtMs = this.clock.monotonicMs();
    return true;
  }
}
