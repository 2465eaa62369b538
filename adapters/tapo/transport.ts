import { randomBytes } from 'node:crypto';
import type { Clock } from '../../model/clock.ts';
import { CommandExpired, PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { type HttpReply, type HttpRequest, PlugHttp, StaleConnection } from './http.ts';
import { authHash, clientProof, HASH_BYTES, KlapCipher, plugProof, SEED_BYTES } from './klap.ts';
import { KlapSession, renewAfterSeconds, sessionCookie } from './session.ts';
import { Turns } from './turns.ts';
import { wake } from './wake.ts';

export interface SendOptions {
  /** Goes ahead of everything that waits and is not urgent. */
  urgent: boolean;
  /** Not sent any more from this moment on (`Clock.monotonicMs`). */
  expiresAtMonotonicMs: number;
}

/** Carries JSON to one plug and back. What the JSON means is the protocol's matter. */
export interface TapoTransport {
  /** @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError, CommandExpired */
  send(request: string, options: SendOptions): Promise<unknown>;
  /** The next request begins with a new handshake. */
  forgetSession(): void;
  /** A request in flight fails, later ones are refused. */
  close(): void;
}

export interface KlapSettings {
  host: string;
  port: number;
  username: string;
  password: string;
  /** Least time between two requests, ms: plugs that are asked too fast stop answering or restart. */
  spacingMs: number;
}

const TIMEOUT_MS = 5000;
/** A plug that no account owns answers with one of these. Never used to log in: anyone could. */
const FACTORY_ACCOUNTS = [
  ['', ''],
  ['test@tp-link.net', 'test'],
  ['kasa@tp-link.net', 'kasaSetup'],
] as const;

/** The plug no longer knows our session. */
class SessionLost extends Error {
  /** What it means when it happens twice in a row. */
  readonly verdict: Error;
  /** Whether the plug may have done what the request wanted. */
  readonly mayHaveArrived: boolean;

  constructor(verdict: Error, mayHaveArrived: boolean) {
    super('session lost');
    this.verdict = verdict;
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** KLAP version 2 over plain HTTP. One request in flight; a lost session is made anew, once, without a word. */
export class KlapTransport implements TapoTransport {
  readonly #who: string;
  readonly #settings: KlapSettings;
  readonly #clock: Clock;
  readonly #http: PlugHttp;
  readonly #turns = new Turns();
  #session: KlapSession | null = null;
  #quietSinceMs = Number.NEGATIVE_INFINITY;
  /** Why the account was refused: it stays refused, since trying again can't help. */
  #refused: string | null = null;
  #closed = false;

  constructor(who: string, settings: KlapSettings, clock: Clock) {
    this.#who = who;
    this.#settings = settings;
    this.#clock = clock;
    this.#http = new PlugHttp(settings, who, clock);
  }

  send(request: string, { urgent, expiresAtMonotonicMs }: SendOptions): Promise<unknown> {
    return this.#turns.take(urgent, () => this.#sendWithRetry(request, expiresAtMonotonicMs));
  }

  forgetSession(): void {
    this.#session = null;
  }

  close(): void {
    this.#closed = true;
    this.#http.close();
  }

  /** A lost session is made anew, and the request tried in it, once. */
  async #sendWithRetry(request: string, expiresAtMs: number): Promise<unknown> {
    let lost: SessionLost | null = null;
    for (;;) {
      try {
        return await this.#sendOnce(request, expiresAtMs);
      } catch (error) {
        // The first try may have been carried out: "not sent" would be a lie.
        if (error instanceof CommandExpired && lost?.mayHaveArrived) throw lost.verdict;
        if (!(error instanceof SessionLost)) throw error;
        this.#session = null;
        if (lost) throw error.verdict;
        lost = error;
      }
    }
  }

  async #sendOnce(request: string, expiresAtMs: number): Promise<unknown> {
    if (!this.#session?.usableAt(this.#clock.monotonicMs())) this.#session = await this.#handshake(expiresAtMs);
    const session = this.#session;
    const { cipher, cookie } = session;
    let seq = 0;
    const next = () => {
      seq = session.nextSeq();
      return { path: `/app/request?seq=${seq}`, body: cipher.encrypt(seq, request), cookie };
    };
    const reply = await this.#post(next, expiresAtMs);
    if (reply.status === 401 || reply.status === 403)
      throw new SessionLost(
        new PlugUnreachable(
          `${this.#who} ends every session at once (HTTP ${reply.status}): ` +
            'does another program, or the Tapo app, keep logging in to it?',
        ),
        false,
      );
    this.#expectOk(reply, 'a request');
    let text: string;
    try {
      text = cipher.decrypt(seq, reply.body);
    } catch {
      // Some firmware answers so, with status 200, when another client has replaced the session.
      throw new SessionLost(new PlugProtocolError(`${this.#who} answered something that can't be decrypted`), true);
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new SessionLost(new PlugProtocolError(`${this.#who} answered something that is not JSON`), true);
    }
  }

  async #handshake(expiresAtMs: number): Promise<KlapSession> {
    if (this.#refused !== null) throw new PlugAuthRefused(this.#refused);
    const startedMs = this.#clock.monotonicMs();
    const localSeed = randomBytes(SEED_BYTES);
    const first = await this.#post(() => ({ path: '/app/handshake1', body: localSeed, cookie: null }), expiresAtMs);
    if (first.status === 403)
      throw new PlugAuthRefused(
        `${this.#who} does not let other programs in (firmware 1.4 and later). In the Tapo app, with the phone in the ` +
          "plug's network: Me → Third-Party Services → Third-Party Compatibility: switch it off and on again",
      );
    if (first.status === 404)
      throw new PlugAuthRefused(
        `${this.#who} does not speak KLAP, the protocol of Tapo plugs since 2023: update its firmware in the Tapo app`,
      );
    this.#expectOk(first, 'the handshake');
    if (first.body.length !== SEED_BYTES + HASH_BYTES)
      throw new PlugProtocolError(
        `${this.#who} answered the handshake with ${first.body.length} bytes instead of 48: is it a Tapo plug?`,
      );
    const remoteSeed = first.body.subarray(0, SEED_BYTES);
    const proof = first.body.subarray(SEED_BYTES);
    const auth = authHash(this.#settings.username, this.#settings.password);
    if (!plugProof(localSeed, remoteSeed, auth).equals(proof)) {
      this.#refused = this.#whyRefused(localSeed, remoteSeed, proof);
      throw new PlugAuthRefused(this.#refused);
    }

    const cookie = sessionCookie(first.cookies);
    if (cookie === null) throw new PlugProtocolError(`${this.#who} gave no session cookie: is it a Tapo plug?`);
    const body = clientProof(localSeed, remoteSeed, auth);
    const second = await this.#post(() => ({ path: '/app/handshake2', body, cookie }), expiresAtMs);
    if (second.status === 403)
      throw new SessionLost(new PlugUnreachable(`${this.#who} broke off the handshake (HTTP 403): try again`), false);
    this.#expectOk(second, 'the end of the handshake');
    const renewAtMs = startedMs + renewAfterSeconds(first.cookies) * 1000;
    return new KlapSession(cookie, new KlapCipher(localSeed, remoteSeed, auth), renewAtMs);
  }

  #whyRefused(localSeed: Buffer, remoteSeed: Buffer, proof: Buffer): string {
    const unbound = FACTORY_ACCOUNTS.some(([username, password]) =>
      plugProof(localSeed, remoteSeed, authHash(username, password)).equals(proof),
    );
    if (unbound)
      return (
        `${this.#who} is not bound to your TP-Link account: it still has the account of the factory. ` +
        'Add it in the Tapo app with the account that offair uses, then restart offair'
      );
    return (
      `${this.#who} does not know this e-mail and password. Both must be typed as in the Tapo app, capitals included. ` +
      'If they are right, the plug holds older ones (password changed since, or set up by "simple setup", obd_src tss): ' +
      'remove it in the Tapo app and add it again. Then restart offair'
    );
  }

  #expectOk(reply: HttpReply, what: string): void {
    if (reply.status === 200) return;
    if (reply.status === 429)
      throw new PlugUnreachable(
        `${this.#who} is asked too often (HTTP 429): raise pollSeconds, and end other programs that ask it`,
      );
    throw new PlugProtocolError(`${this.#who} answered ${what} with HTTP ${reply.status}`);
  }

  /**
   * The only way out to the plug: keeps the pace, the deadline and the time-out. A connection that the plug closed just
   * then is replaced once.
   */
  async #post(next: () => HttpRequest, expiresAtMs: number): Promise<HttpReply> {
    const waitMs = this.#quietSinceMs + this.#settings.spacingMs - this.#clock.monotonicMs();
    if (waitMs > 0) await this.#clock.sleep(waitMs);
    let unanswered: StaleConnection | null = null;
    for (;;) {
      if (this.#closed) throw new PlugUnreachable(`${this.#who} is no longer used: offair is stopping`);
      const leftMs = expiresAtMs - this.#clock.monotonicMs();
      // After a first try that may have arrived, "not sent" would be a lie.
      if (leftMs <= 0)
        throw unanswered ?? new CommandExpired(`the command for ${this.#who} came too late and was not sent`);
      try {
        return await this.#http.post(next(), Math.min(TIMEOUT_MS, leftMs));
      } catch (error) {
        if (error instanceof StaleConnection && !unanswered) {
          unanswered = error;
          continue;
        }
        if (error instanceof PlugUnreachable && hasCode(error.cause, 'ECONNREFUSED')) await wake(this.#settings.host);
        throw error;
      } finally {
        this.#quietSinceMs = this.#clock.monotonicMs();
      }
    }
  }
}

function hasCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === code;
}
