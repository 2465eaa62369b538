import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';
import { SimulatedAes } from './tapo-aes.ts';
import {
  disturbed,
  type Fate,
  type SideDeps,
  STOCK_PAGE,
  type TapoServerBehaviour,
  WELL_BEHAVED,
} from './tapo-behaviour.ts';
import { NO_QUIRKS, type TapoIdentity, TapoMethods, type TapoQuirks } from './tapo-device.ts';
import { SimulatedKlap } from './tapo-klap.ts';
import { SimulatedTpap, TPAP_OFFERED, type TpapBehaviour } from './tapo-tpap.ts';

/** A Tapo plug or strip that speaks real HTTP, by any of its transports, in front of simulated outlets. */
export class SimulatedTapo {
  readonly klap: SimulatedKlap;
  readonly aes: SimulatedAes;
  readonly tpap: SimulatedTpap;
  readonly #clock: Clock;
  readonly #methods: TapoMethods;
  #behaviour = { ...WELL_BEHAVED };
  #server: Server | null = null;
  /** When anything arrived, monotonic ms, oldest first, and for which path. */
  readonly arrivals: number[] = [];
  readonly paths: string[] = [];

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
    this.#methods = new TapoMethods(options.clock, options.outlet, options);
    const methods = options.methods ?? this.#methods;
    const side: SideDeps = {
      nowMs: () => this.#clock.monotonicMs(),
      behaviour: () => this.#behaviour,
      answer: (text) => {
        const { reply } = this.#behaviour;
        if (reply === 'not-json') return '{"device_on":tr';
        return reply === 'other-json' ? '{"switch":"on"}' : methods.answer(text);
      },
    };
    this.klap = new SimulatedKlap(side, options);
    this.aes = new SimulatedAes(side, options);
    this.tpap = new SimulatedTpap({ ...options, answer: side.answer });
    this.#adopt(this.#behaviour);
  }

  /** How often somebody has begun a login by KLAP. */
  get handshakes(): number {
    return this.klap.handshakes;
  }

  /** Sequence numbers of the KLAP requests that arrived, oldest first. */
  get seqs(): readonly number[] {
    return this.klap.seqs;
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
    this.endSessions();
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** Changes some behaviours and leaves the others. A plug that speaks otherwise now has restarted. */
  behave(change: Partial<TapoServerBehaviour & TapoQuirks & TpapBehaviour>): void {
    const pick = <T extends object>(known: T, now: T): T =>
      ({ ...now, ...Object.fromEntries(Object.entries(change).filter(([key]) => key in known)) }) as T;
    this.#behaviour = pick(WELL_BEHAVED, this.#behaviour);
    if (change.speaks) this.#adopt(this.#behaviour);
    this.#methods.quirks = pick(NO_QUIRKS, this.#methods.quirks);
    this.tpap.behaviour = pick(TPAP_OFFERED, this.tpap.behaviour);
  }

  /** Ends every session now, as when somebody else has logged in. */
  endSessions(): void {
    this.klap.endSessions();
    this.aes.endSessions();
    this.tpap.endSessions();
  }

  #adopt({ speaks }: TapoServerBehaviour): void {
    this.endSessions();
    const klap = speaks.includes('klap-1') || speaks.includes('klap-2');
    this.tpap.behaviour.tpap = speaks.includes('tpap') ? 'offered' : klap ? 'compatibility' : 'absent';
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const { closeAfterReply, replyDelayMs, leastSpacingMs } = this.#behaviour;
    const nowMs = this.#clock.monotonicMs();
    const tooSoon = nowMs - (this.arrivals.at(-1) ?? Number.NEGATIVE_INFINITY) < leastSpacingMs;
    this.arrivals.push(nowMs);
    const fate = tooSoon ? { status: 429 } : this.#fate(request, Buffer.concat(chunks));
    if (replyDelayMs > 0) await this.#clock.sleep(replyDelayMs);
    if (fate === 'never') return;
    if (fate === 'hang-up') {
      request.socket.destroy();
      return;
    }
    const { status, contentType, body = Buffer.alloc(0), cookie } = fate;
    response.writeHead(status, {
      'Content-Type': contentType ?? (typeof body === 'string' ? 'text/html' : 'application/octet-stream'),
      'Content-Length': body.length,
      ...(cookie && { 'Set-Cookie': cookie }),
    });
    response.end(body, () => {
      if (closeAfterReply) request.socket.destroySoon();
    });
  }

  #fate(request: IncomingMessage, body: Buffer): Fate {
    const url = new URL(request.url ?? '/', 'http://plug');
    this.paths.push(url.pathname);
    // The plug's parser knows only this spelling; without it, it sees no body and serves its one page.
    const seesBody = request.rawHeaders.includes('Content-Length');
    if (request.method !== 'POST' || !seesBody) return STOCK_PAGE;
    const cookies = (request.headers.cookie ?? '').split('; ');
    if (cookies.some((cookie) => cookie.startsWith('TIMEOUT='))) return { status: 400, body: 'Invalid header' };
    const id = cookies.map((cookie) => /^TP_SESSIONID=(\w+)$/.exec(cookie)?.[1]).find(Boolean) ?? '';
    return (
      this.klap.handle(url, id, body) ?? this.aes.handle(url, id, body) ?? this.#tpap(url, body) ?? { status: 404 }
    );
  }

  #tpap({ pathname }: URL, body: Buffer): Fate | null {
    const { requestStatus, reply } = this.#behaviour;
    if (!pathname.startsWith('/stok=')) return this.tpap.handle(pathname, body);
    if (requestStatus !== null) return { status: requestStatus };
    if (reply === 'undecryptable') return { status: 200, body: randomBytes(100) };
    return disturbed(this.#behaviour) ?? this.tpap.handle(pathname, body);
  }
}
