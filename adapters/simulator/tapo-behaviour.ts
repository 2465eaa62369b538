import { randomBytes } from 'node:crypto';

/** A way to log in and to talk that a simulated plug knows: the numbers are those of the handshake or login. */
export type Spoken = 'klap-1' | 'klap-2' | 'aes-1' | 'aes-2' | 'tpap';

/** What the plug's web server can be made to do wrong, as real ones do. */
export interface TapoServerBehaviour {
  speaks: readonly Spoken[];
  /** A new login ends all others, as since firmware 1.4. */
  singleSession: boolean;
  /** How long a session really lasts, ms; the TIMEOUT cookie says `timeoutSeconds` whatever this is. */
  sessionMs: number;
  timeoutSeconds: number;
  /** `TP_SESSIONID`, or `SESSIONID` on some. */
  cookieName: string;
  /** Status of the first step of a login instead of an answer: 403 third-party compatibility off, 404 no KLAP, 429. */
  handshakeStatus: number | null;
  /** Status of every request instead of an answer. */
  requestStatus: number | null;
  /** Answers 429 to whatever comes sooner than this after the last, ms. */
  leastSpacingMs: number;
  /**
   * What a request gets: an answer; nothing ever; bytes that are no multiple of a block; random blocks; encrypted text
   * that is not JSON; JSON that is not TP-Link's; an endless body; the stock page; a closed connection.
   */
  reply: 'answer' | 'never' | 'garbage' | 'undecryptable' | 'not-json' | 'other-json' | 'huge' | 'page' | 'hang-up';
  replyDelayMs: number;
  /** Closes the TCP connection after each answer without announcing it. */
  closeAfterReply: boolean;
  /** Firmware that answers securePassthrough without encryption. */
  clearAnswers: boolean;
  /** What ends a securePassthrough request instead of its answer: 9999 when the session is over, -1005, … */
  passthroughCode: number | null;
}

export const WELL_BEHAVED: TapoServerBehaviour = {
  speaks: ['klap-2'],
  singleSession: true,
  sessionMs: 86_400_000,
  timeoutSeconds: 86_400,
  cookieName: 'TP_SESSIONID',
  handshakeStatus: null,
  requestStatus: null,
  leastSpacingMs: 0,
  reply: 'answer',
  replyDelayMs: 0,
  closeAfterReply: false,
  clearAnswers: false,
  passthroughCode: null,
};

export interface ServerAnswer {
  status: number;
  contentType?: string;
  body?: Buffer | string;
  cookie?: string;
}

/** What becomes of a request that arrived. */
export type Fate = ServerAnswer | 'never' | 'hang-up';

export const STOCK_PAGE: ServerAnswer = { status: 200, body: '<html><body>200 OK</body></html>' };

/** What a request gets in place of the answer of its session; null when it gets that. */
export function disturbed({ reply }: TapoServerBehaviour): Fate | null {
  if (reply === 'never' || reply === 'hang-up') return reply;
  if (reply === 'page') return STOCK_PAGE;
  if (reply === 'garbage') return { status: 200, body: randomBytes(77) };
  if (reply === 'huge') return { status: 200, body: Buffer.alloc(1024 * 1024) };
  return null;
}

/** What a side of the plug that speaks one transport may use. */
export interface SideDeps {
  /** Monotonic ms. */
  nowMs(): number;
  behaviour(): TapoServerBehaviour;
  /** Answers one request's JSON text with JSON text. */
  answer(text: string): string;
}

/** The sessions of one transport, by the id in their cookie. */
export class SimulatedSessions<T> {
  readonly #deps: SideDeps;
  readonly #sessions = new Map<string, { sinceMs: number; session: T }>();

  constructor(deps: SideDeps) {
    this.#deps = deps;
  }

  /** @returns the header that tells the client */
  begin(session: T): string {
    const id = randomBytes(16).toString('hex').toUpperCase();
    const { cookieName, timeoutSeconds } = this.#deps.behaviour();
    this.#sessions.set(id, { sinceMs: this.#deps.nowMs(), session });
    return `${cookieName}=${id};TIMEOUT=${timeoutSeconds}`;
  }

  find(id: string): T | null {
    const found = this.#sessions.get(id);
    return found && this.#deps.nowMs() - found.sinceMs < this.#deps.behaviour().sessionMs ? found.session : null;
  }

  /** Somebody has logged in to this one. */
  keepAlone(id: string): void {
    if (!this.#deps.behaviour().singleSession) return;
    for (const other of this.#sessions.keys()) if (other !== id) this.#sessions.delete(other);
  }

  endAll(): void {
    this.#sessions.clear();
  }
}
