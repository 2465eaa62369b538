import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../model/clock.ts';
import { HASH_BYTES, KLAP_2, KlapCipher, SEED_BYTES } from '../tapo/klap.ts';
import type { SimulatedOutlet } from './outlet.ts';
import { NO_QUIRKS, type TapoIdentity, TapoMethods, type TapoQuirks } from './tapo-device.ts';

/** What the plug's web server can be made to do wrong, as real ones do. */
export interface TapoServerBehaviour {
  /** A new login ends all others, as since firmware 1.4. */
  singleSession: boolean;
  /** How long a session really lasts, ms; the TIMEOUT cookie says `timeoutSeconds` whatever this is. */
  sessionMs: number;
  timeoutSeconds: number;
  /** `TP_SESSIONID`, or `SESSIONID` on some. */
  cookieName: string;
  /** Status of handshake 1 instead of an answer: 403 third-party compatibility off, 404 no KLAP, 429. */
  handshakeStatus: number | null;
  /** Status of every request instead of an answer. */
  requestStatus: number | null;
  /**
   * What a request gets: an answer; nothing ever; bytes that are no multiple of a block; random blocks; encrypted text
   * that is not JSON; JSON that is not TP-Link's; an endless body; the stock page; a closed connection.
   */
  reply: 'answer' | 'never' | 'garbage' | 'undecryptable' | 'not-json' | 'other-json' | 'huge' | 'page' | 'hang-up';
  replyDelayMs: number;
  /** Closes the TCP connection after each answer without announcing it. */
  closeAfterReply: boolean;
}

const WELL_BEHAVED: TapoServerBehaviour = {
  singleSession: true,
  sessionMs: 86_400_000,
  timeoutSeconds: 86_400,
  cookieName: 'TP_SESSIONID',
  handshakeStatus: null,
  requestStatus: null,
  reply: 'answer',
  replyDelayMs: 0,
  closeAfterReply: false,
};

interface Session {
  localSeed: Buffer;
  remoteSeed: Buffer;
  sinceMs: number;
  /** null until handshake 2. */
  cipher: KlapCipher | null;
  lastSeq: number | null;
}

interface Answer {
  status: number;
  body?: Buffer | string;
  cookie?: string;
}

/** A Tapo plug that speaks KLAP version 2 over real HTTP, in front of a simulated outlet. */
export class SimulatedTapo {
  readonly #clock: Clock;
  readonly #auth: Buffer;
  readonly #methods: TapoMethods;
  readonly #answers: { answer(text: string): string };
  readonly #sessions = new Map<string, Session>();
  #behaviour = { ...WELL_BEHAVED };
  #server: Server | null = null;
  /** How often somebody has begun a login. */
  handshakes = 0;
  /** Sequence numbers of the requests that arrived, oldest first. */
  readonly seqs: number[] = [];
  /** When anything arrived, monotonic ms, oldest first. */
  readonly arrivals: number[] = [];

  /**
   * @param options.outlet one for a single plug; for a strip all of them, by position
   * @param options.methods what answers in place of the model's own methods
   */
  constructor(
    options: TapoIdentity & {
      clock: Clock;
      outlet: SimulatedOutlet | readonly SimulatedOutlet[];
      username: string;
      password: string;
      methods?: { answer(text: string): string };
    },
  ) {
    this.#clock = options.clock;
    this.#auth = KLAP_2.authHash(options.username, options.password);
    this.#methods = new TapoMethods(options.clock, options.outlet, options);
    this.#answers = options.methods ?? this.#methods;
  }

  /** How often each method was asked, those in batches and for outlets of a strip too. */
  get asked(): ReadonlyMap<string, number> {
    return this.#methods.asked;
  }

  /** Every switch command that was carried out, oldest first. */
  get executed(): readonly { on: boolean; atMs: number; position: number }[] {
    return this.#methods.executed;
  }

  /** What the plug takes for the time, and its zone. */
  get plugClock(): { ms: number; zone: string } {
    return this.#methods.plugClock;
  }

  /** Resolves with the port once the plug listens; `port` 0 takes a free one. */
  async start(host = '127.0.0.1', port = 0): Promise<number> {
    const server = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  /** The plug leaves the network: connections break, sessions are forgotten; the outlet stays as it is. */
  async stop(): Promise<void> {
    this.#sessions.clear();
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** Changes some behaviours and leaves the others. */
  behave(change: Partial<TapoServerBehaviour & TapoQuirks>): void {
    const pick = <T extends object>(known: T, now: T): T =>
      ({ ...now, ...Object.fromEntries(Object.entries(change).filter(([key]) => key in known)) }) as T;
    this.#behaviour = pick(WELL_BEHAVED, this.#behaviour);
    this.#methods.quirks = pick(NO_QUIRKS, this.#methods.quirks);
  }

  /** Ends every session now, as when somebody else has logged in. */
  endSessions(): void {
    this.#sessions.clear();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    this.arrivals.push(this.#clock.monotonicMs());
    const answer = this.#answer(request, Buffer.concat(chunks));
    if (this.#behaviour.replyDelayMs > 0) await this.#clock.sleep(this.#behaviour.replyDelayMs);
    if (answer === 'never') return;
    if (answer === 'hang-up') {
      request.socket.destroy();
      return;
    }
    const { status, body = Buffer.alloc(0), cookie } = answer;
    const { closeAfterReply } = this.#behaviour;
    response.writeHead(status, {
      'Content-Type': typeof body === 'string' ? 'text/html' : 'application/octet-stream',
      'Content-Length': body.length,
      ...(cookie && { 'Set-Cookie': cookie }),
    });
    response.end(body, () => {
      if (closeAfterReply) request.socket.destroySoon();
    });
  }

  #answer(request: IncomingMessage, body: Buffer): Answer | 'never' | 'hang-up' {
    const url = new URL(request.url ?? '/', 'http://plug');
    // The plug's parser knows only this spelling; without it, it sees no body and serves its one page.
    const seesBody = request.rawHeaders.includes('Content-Length');
    if (request.method !== 'POST' || !seesBody) return STOCK_PAGE;
    const cookies = (request.headers.cookie ?? '').split('; ');
    if (cookies.some((cookie) => cookie.startsWith('TIMEOUT='))) return { status: 400, body: 'Invalid header' };
    const id = cookies.map((cookie) => /^TP_SESSIONID=(\w+)$/.exec(cookie)?.[1]).find(Boolean) ?? '';
    if (url.pathname === '/app/handshake1') return this.#handshake1(body);
    if (url.pathname === '/app/handshake2') return this.#handshake2(id, body);
    if (url.pathname === '/app/request') return this.#request(id, Number(url.searchParams.get('seq')), body);
    return { status: 404 };
  }

  #handshake1(localSeed: Buffer): Answer {
    this.handshakes += 1;
    const { handshakeStatus, cookieName, timeoutSeconds } = this.#behaviour;
    if (handshakeStatus !== null) return { status: handshakeStatus };
    if (this.#behaviour.reply === 'page') return STOCK_PAGE;
    if (localSeed.length !== SEED_BYTES) return { status: 400 };
    const remoteSeed = randomBytes(SEED_BYTES);
    const id = randomBytes(16).toString('hex').toUpperCase();
    this.#sessions.set(id, { localSeed, remoteSeed, sinceMs: this.#clock.monotonicMs(), cipher: null, lastSeq: null });
    return {
      status: 200,
      body: Buffer.concat([remoteSeed, KLAP_2.plugProof(localSeed, remoteSeed, this.#auth)]),
      cookie: `${cookieName}=${id};TIMEOUT=${timeoutSeconds}`,
    };
  }

  #handshake2(id: string, proof: Buffer): Answer {
    const session = this.#sessions.get(id);
    if (!session || !KLAP_2.clientProof(session.localSeed, session.remoteSeed, this.#auth).equals(proof))
      return { status: 403 };
    if (this.#behaviour.singleSession) this.#sessions.clear();
    this.#sessions.set(id, {
      ...session,
      cipher: new KlapCipher(session.localSeed, session.remoteSeed, this.#auth),
    });
    return { status: 200 };
  }

  #request(id: string, seq: number, body: Buffer): Answer | 'never' | 'hang-up' {
    this.seqs.push(seq);
    const { sessionMs, requestStatus, reply } = this.#behaviour;
    if (requestStatus !== null) return { status: requestStatus };
    const session = this.#sessions.get(id);
    if (!session?.cipher || this.#clock.monotonicMs() - session.sinceMs >= sessionMs) return { status: 403 };
    // Numbers only grow, modulo 2^32; the first of a session may be any.
    if (!Number.isInteger(seq) || (session.lastSeq !== null && ((seq - session.lastSeq) | 0) <= 0))
      return { status: 400 };
    session.lastSeq = seq;
    if (reply === 'never' || reply === 'hang-up') return reply;
    if (reply === 'page') return STOCK_PAGE;
    if (reply === 'garbage') return { status: 200, body: randomBytes(77) };
    if (reply === 'undecryptable') return { status: 200, body: randomBytes(HASH_BYTES + 160) };
    if (reply === 'huge') return { status: 200, body: Buffer.alloc(1024 * 1024) };
    if (reply === 'not-json') return { status: 200, body: session.cipher.encrypt(seq, '{"device_on":tr') };
    if (reply === 'other-json') return { status: 200, body: session.cipher.encrypt(seq, '{"switch":"on"}') };
    try {
      return {
        status: 200,
        body: session.cipher.encrypt(seq, this.#answers.answer(session.cipher.decrypt(seq, body))),
      };
    } catch {
      return { status: 400 };
    }
  }
}

const STOCK_PAGE: Answer = { status: 200, body: '<html><body>200 OK</body></html>' };
