import { PlugProtocolError, PlugUnreachable } from '../../../model/errors.ts';
import { isObject, jsonOf } from '../../json.ts';
import type { Channel, Expiry } from '../channel.ts';
import { answerIn, type Session, SessionLost, TAKEN_AWAY, type TransportKind } from '../kind.ts';
import { errorOf } from '../protocol.ts';
import { usableMs } from '../session-life.ts';
import { sessionKeys, TpapCipher } from './cipher.ts';
import { type Granted, login } from './login.ts';

/** The last number that begins a request: the few after it are for a channel that has to send it again. */
const LAST_SEQ = 0xfffffff0;
const BRACE = 0x7b;
/** In clear: the plug does not know the session (any more). */
const SESSION_GONE = new Set([-2203, 9999, -40401, -40409, -40413]);

/** What firmware from 1.4 speaks when third-party compatibility is off: SPAKE2+, then AES-CCM, over plain HTTP. */
export const tpap: TransportKind = {
  name: 'tpap',
  async open(channel, account, expiry) {
    const startedMs = channel.clock.monotonicMs();
    return new TpapSession(channel, await login(channel, account, expiry), startedMs);
  },
};

class TpapSession implements Session {
  readonly #channel: Channel;
  readonly #path: string;
  readonly #cipher: TpapCipher;
  readonly #renewAtMs: number;
  #nextSeq: number;

  constructor(channel: Channel, { id, sharedKey, startSeq, lastsSeconds }: Granted, startedMs: number) {
    this.#channel = channel;
    this.#path = `/stok=${encodeURIComponent(id)}/ds`;
    this.#cipher = new TpapCipher(sessionKeys(sharedKey));
    this.#renewAtMs = startedMs + usableMs(lastsSeconds);
    this.#nextSeq = startSeq;
  }

  usableAt(monotonicMs: number): boolean {
    return monotonicMs < this.#renewAtMs && this.#nextSeq <= LAST_SEQ;
  }

  async send(request: string, expiry: Expiry): Promise<unknown> {
    const { who } = this.#channel;
    let seq = 0;
    const next = () => {
      seq = this.#nextSeq++;
      const body = this.#cipher.encrypt(seq, request);
      return { path: this.#path, body, cookie: null, contentType: 'application/octet-stream' as const };
    };
    const reply = await this.#channel.post(next, expiry);
    const { status, body } = reply;
    if (status === 401 || status === 403) throw this.#ended(`HTTP ${status}`);
    this.#channel.expectOk(reply, 'a request');
    const clear = clearAnswer(body);
    if (clear) throw this.#refuseClear(clear);
    return answerIn(who, () => this.#cipher.decrypt(seq, body));
  }

  /** Anybody could have written it: only an error is believed, never a result. */
  #refuseClear({ error_code: code }: { error_code?: unknown }): Error {
    const { who } = this.#channel;
    if (typeof code !== 'number' || code === 0)
      return new PlugProtocolError(`${who} answered without encryption, which is not believed`);
    return SESSION_GONE.has(code) ? this.#ended(`code ${code}`) : errorOf(who, 'an encrypted request', code);
  }

  #ended(how: string): SessionLost {
    return new SessionLost(
      new PlugUnreachable(`${this.#channel.who} ends every session at once (${how}): ${TAKEN_AWAY}`),
      false,
    );
  }
}

/** The answer as an object when it is JSON; null when it may be encrypted. */
function clearAnswer(body: Buffer): { error_code?: unknown } | null {
  const answer = body[0] === BRACE ? jsonOf(body.toString('utf8')) : undefined;
  return isObject(answer) ? answer : null;
}
