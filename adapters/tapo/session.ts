import { type KlapCipher, LAST_SEQ } from './klap.ts';

/** Plugs' clocks drift: a session is renewed this long before the plug says it ends (as python-kasa does). */
const RENEW_BEFORE_SECONDS = 1200;
const DEFAULT_SESSION_SECONDS = 86_400;

/** A session as the plug granted it, and the next sequence number in it. */
export class KlapSession {
  readonly cookie: string;
  readonly cipher: KlapCipher;
  readonly #renewAtMs: number;
  #seq: number;

  constructor(cookie: string, cipher: KlapCipher, renewAtMonotonicMs: number, seq = cipher.seqBeforeFirst) {
    this.cookie = cookie;
    this.cipher = cipher;
    this.#renewAtMs = renewAtMonotonicMs;
    this.#seq = seq;
  }

  usableAt(monotonicMs: number): boolean {
    return monotonicMs < this.#renewAtMs && this.#seq < LAST_SEQ;
  }

  nextSeq(): number {
    this.#seq = (this.#seq + 1) | 0;
    return this.#seq;
  }
}

/** The pair to send back. TIMEOUT stands in the same header, and plugs refuse a request that returns it. */
export function sessionCookie(cookies: string[]): string | null {
  const id = cookies
    .map((part) => /^(?:TP_)?SESSIONID=(\w{1,128})$/.exec(part)?.[1])
    .find((found) => found !== undefined);
  return id === undefined ? null : `TP_SESSIONID=${id}`;
}

/** How long a session is used, seconds, by the TIMEOUT beside its cookie; half of it when it is short. */
export function renewAfterSeconds(cookies: string[]): number {
  const given = cookies.map((part) => Number(/^TIMEOUT=(\d{1,9})$/.exec(part)?.[1])).find((seconds) => seconds > 0);
  const seconds = given ?? DEFAULT_SESSION_SECONDS;
  return Math.max(seconds - RENEW_BEFORE_SECONDS, seconds / 2);
}
