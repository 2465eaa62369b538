import { z } from 'zod';
import { PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { jsonOf } from '../json.ts';
import { AesCipher, type LoginVersion, loginParams, rsaKeys } from './aes.ts';
import type { Channel, Expiry } from './channel.ts';
import type { HttpReply } from './http.ts';
import {
  type Account,
  answerIn,
  LoginRefused,
  type Session,
  SessionLost,
  type TransportKind,
  WrongTransport,
} from './kind.ts';
import { errorOf, SESSION_GONE } from './protocol.ts';
import { cookieLastsSeconds, sessionCookie, usableMs } from './session-life.ts';

/** What an unencrypted reply looks like. */
const outerSchema = z.object({
  error_code: z.int(),
  result: z.object({ key: z.string(), response: z.string() }).partial().optional(),
});
const loginSchema = z.object({
  error_code: z.int(),
  // Only what can stand in an address.
  result: z.object({ token: z.string().regex(/^[!-~]{1,200}$/) }).optional(),
});

/** On a plain request: this device wants another transport. */
const NOT_SPOKEN = new Set([1003, -1002, -1008]);

/** Plugs refuse requests without these. */
const HEADERS = { requestByApp: 'true', Accept: 'application/json' };

/**
 * Legacy securePassthrough: an RSA handshake, then AES with a token. What Tapo plugs spoke until 2023. Whoever answers
 * in the plug's place learns the password, or a hash that does as well.
 */
export function aes(): TransportKind {
  /** The newer login first: it tells hashes only. What the device took last is tried first from then on. */
  let versions: readonly LoginVersion[] = [2, 1];
  return {
    name: 'aes',
    async open(channel, account, expiry) {
      const refusals: Error[] = [];
      for (const version of versions) {
        // A login that failed has ended the handshake too.
        const session = await handshake(channel, expiry);
        const refusal = await session.logIn(account, version, expiry);
        if (!refusal) {
          versions = version === 1 ? [1, 2] : [2, 1];
          return session;
        }
        refusals.push(refusal);
      }
      const said = refusals.find((error) => error instanceof PlugAuthRefused);
      if (!said) throw refusals[0];
      throw new LoginRefused(
        `${channel.who} does not know this e-mail and password. Both must be typed as in the Tapo app, capitals ` +
          'included. If they are right, the plug holds older ones: remove it in the Tapo app and add it again. ' +
          'Then restart offair',
        null,
      );
    },
  };
}

async function handshake(channel: Channel, expiry: Expiry): Promise<AesSession> {
  const { who, clock } = channel;
  const startedMs = clock.monotonicMs();
  const { publicPem, privateKey } = await rsaKeys();
  const reply = await post(channel, '/app', { method: 'handshake', params: { key: publicPem } }, null, expiry);
  if (reply.status === 429 || reply.status >= 500) channel.expectOk(reply, 'the handshake');
  const outer = reply.status === 200 ? parse(outerSchema, reply) : null;
  if (!outer) throw new WrongTransport(`it does not speak securePassthrough (HTTP ${reply.status})`);
  if (NOT_SPOKEN.has(outer.error_code))
    throw new WrongTransport(`it does not speak securePassthrough (code ${outer.error_code})`, 'klap');
  if (outer.error_code !== 0) throw errorOf(who, 'the handshake', outer.error_code);
  let cipher: AesCipher;
  try {
    cipher = AesCipher.fromHandshake(outer.result?.key ?? '', privateKey);
  } catch (cause) {
    throw new PlugProtocolError(`${who} answered the handshake with no key: is it a Tapo plug?`, { cause });
  }
  const renewAtMs = startedMs + usableMs(cookieLastsSeconds(reply.cookies));
  return new AesSession(channel, sessionCookie(reply.cookies), cipher, renewAtMs);
}

class AesSession implements Session {
  readonly #channel: Channel;
  readonly #cookie: string | null;
  readonly #cipher: AesCipher;
  readonly #renewAtMs: number;
  /** null until the login. */
  #token: string | null = null;

  constructor(channel: Channel, cookie: string | null, cipher: AesCipher, renewAtMonotonicMs: number) {
    this.#channel = channel;
    this.#cookie = cookie;
    this.#cipher = cipher;
    this.#renewAtMs = renewAtMonotonicMs;
  }

  usableAt(monotonicMs: number): boolean {
    return monotonicMs < this.#renewAtMs;
  }

  /** @returns what the device has against it; null when it let us in */
  async logIn(account: Account, version: LoginVersion, expiry: Expiry): Promise<Error | null> {
    const { who, clock } = this.#channel;
    const request = {
      method: 'login_device',
      params: loginParams(account, version),
      request_time_milis: clock.nowMs(),
    };
    const login = loginSchema.safeParse(await this.send(JSON.stringify(request), expiry));
    if (!login.success)
      throw new PlugProtocolError(`${who} answered the login with something else: is it a Tapo plug?`);
    const { error_code: code, result } = login.data;
    if (code === 0 && result) {
      this.#token = result.token;
      return null;
    }
    const error = errorOf(who, 'the login', code);
    if (error instanceof PlugUnreachable) throw error;
    return error;
  }

  async send(request: string, expiry: Expiry): Promise<unknown> {
    const { who } = this.#channel;
    const path = this.#token === null ? '/app' : `/app?token=${encodeURIComponent(this.#token)}`;
    const params = { request: this.#cipher.encrypt(request) };
    const reply = await post(this.#channel, path, { method: 'securePassthrough', params }, this.#cookie, expiry);
    if (reply.status === 401 || reply.status === 403) throw new SessionLost(errorOf(who, 'a request', 9999), false);
    this.#channel.expectOk(reply, 'a request');
    const outer = parse(outerSchema, reply);
    if (!outer)
      throw new SessionLost(new PlugProtocolError(`${who} answered a request with JSON that is not TP-Link's`), true);
    const { error_code: code, result } = outer;
    // Another firmware since, or another device: the next login finds out which transport it speaks.
    const error = code === 0 ? null : errorOf(who, 'a request', code);
    if (error && (SESSION_GONE.has(code) || NOT_SPOKEN.has(code) || error instanceof PlugAuthRefused))
      throw new SessionLost(error, false);
    if (error) throw error;
    const response = result?.response ?? '';
    // Some firmware answers without encryption.
    return answerIn(who, () => (response.startsWith('{') ? response : this.#cipher.decrypt(response)));
  }
}

function post(
  channel: Channel,
  path: string,
  request: object,
  cookie: string | null,
  expiry: Expiry,
): Promise<HttpReply> {
  const body = Buffer.from(JSON.stringify(request));
  return channel.post(() => ({ path, body, cookie, contentType: 'application/json', headers: HEADERS }), expiry);
}

function parse<T>(schema: z.ZodType<T>, { body }: HttpReply): T | null {
  return schema.safeParse(jsonOf(body.toString('utf8'))).data ?? null;
}
