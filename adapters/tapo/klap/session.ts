import { PlugProtocolError, PlugUnreachable } from '../../../model/errors.ts';
import type { Channel } from '../channel.ts';
import { type Session, SessionLost } from '../kind.ts';
import { type KlapCipher, LAST_SEQ } from './cipher.ts';

/** A session as the plug granted it, and the next sequence number in it. */
export class KlapSession implements Session {
  readonly #channel: Channel;
  readonly #cookie: string;
  readonly #cipher: KlapCipher;
  readonly #renewAtMs: number;
  #seq: number;

  constructor(channel: Channel, cookie: string, cipher: KlapCipher, renewAtMonotonicMs: number) {
    this.#channel = channel;
    this.#cookie = cookie;
    this.#cipher = cipher;
    this.#renewAtMs = renewAtMonotonicMs;
    this.#seq = cipher.seqBeforeFirst;
  }

  usableAt(monotonicMs: number): boolean {
    return monotonicMs < this.#renewAtMs && this.#seq < LAST_SEQ;
  }

  async send(request: string, expiresAtMonotonicMs: number): Promise<unknown> {
    const { who } = this.#channel;
    // Each try has its own number, and its answer is decrypted with the same.
    let seq = 0;
    const next = () => {
      this.#seq = (this.#seq + 1) | 0;
      seq = this.#seq;
      return {
        path: `/app/request?seq=${seq}`,
        body: this.#cipher.encrypt(seq, request),
        contentType: 'application/octet-stream' as const,
        cookie: this.#cookie,
      };
    };
    const reply = await this.#channel.post(next, expiresAtMonotonicMs);
    if (reply.status === 401 || reply.status === 403) throw sessionEnded(who, `HTTP ${reply.status}`);
    this.#channel.expectOk(reply, 'a request');
    let text: string;
    try {
      text = this.#cipher.decrypt(seq, reply.body);
    } catch {
      // Some firmware answers so, with status 200, when another client has replaced the session.
      throw new SessionLost(new PlugProtocolError(`${who} answered something that can't be decrypted`), true);
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new SessionLost(new PlugProtocolError(`${who} answered something that is not JSON`), true);
    }
  }
}

/** The plug refused a request in a session that it granted before. @param how what it answered */
export function sessionEnded(who: string, how: string): SessionLost {
  return new SessionLost(
    new PlugUnreachable(
      `${who} ends every session at once (${how}): does another program, or the Tapo app, keep logging in to it?`,
    ),
    false,
  );
}
