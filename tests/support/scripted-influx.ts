import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { InfluxSettings } from '../../adapters/influx/index.ts';

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** As 1.x and 3.x say it. */
  error?: string;
  body?: string;
}
/** `reset`: the connection breaks; `half`: it is closed in the middle of the answer; `hang`: nothing comes. */
export type Answer = Reply | 'hang' | 'reset' | 'half';
export const OK: Reply = { status: 204 };

export interface Seen {
  method: string;
  path: string;
  parameters: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: string;
}

/** An InfluxDB of any flavour that answers what the test says, and remembers what it was asked. */
export class ScriptedInflux {
  readonly #server: Server;
  /** Lines of each write. */
  writes: string[][] = [];
  /** Everything but writes. */
  admin: Seen[] = [];
  lastWrite: Seen | null = null;
  /** How writes are answered; after the script everything is taken. */
  script: ((lines: string[]) => Answer)[] = [];
  /** How everything else is answered. */
  adminAnswer: (seen: Seen) => Answer = () => ({ status: 200, body: '{"results":[{"statement_id":0}]}' });

  private constructor(tls: { cert: string; key: string } | null) {
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    this.#server = tls ? createTlsServer(tls, answer) : createServer(answer);
  }

  static async start(tls: { cert: string; key: string } | null = null): Promise<ScriptedInflux> {
    const scripted = new ScriptedInflux(tls);
    scripted.#server.listen(0, '127.0.0.1');
    await once(scripted.#server, 'listening');
    return scripted;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How a sink is told of it. */
  settings(flavour: 1 | 2 | 3, more: Partial<InfluxSettings> = {}): InfluxSettings {
    const url = `http://127.0.0.1:${this.port}`;
    const common = { url, retention: 'INF', gzip: true, studio: 's', timeZone: 'Europe/Paris' };
    const its = {
      1: { flavour: 1, ...common, database: 'offair' },
      2: { flavour: 2, ...common, org: 'studio', bucket: 'offair', token: 'token-secret' },
      3: { flavour: 3, ...common, database: 'offair', token: 'token-secret' },
    };
    return { ...its[flavour], ...more } as InfluxSettings;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const url = new URL(request.url ?? '', 'http://x');
    const seen: Seen = {
      method: request.method ?? '',
      path: url.pathname,
      parameters: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8'),
    };
    let answer: Answer;
    if (['/write', '/api/v2/write', '/api/v3/write_lp'].includes(seen.path)) {
      const lines = seen.body.split('\n');
      this.writes.push(lines);
      this.lastWrite = seen;
      answer = this.script.shift()?.(lines) ?? OK;
    } else {
      this.admin.push(seen);
      answer = this.adminAnswer(seen);
    }
    if (answer === 'hang') return;
    if (answer === 'reset') request.socket.resetAndDestroy();
    else if (answer === 'half') {
      response.writeHead(400, { 'content-length': '1000' });
      response.write('{"error":"unable to par', () => request.socket.end());
    } else {
      response.writeHead(answer.status, answer.headers);
      response.end(answer.body ?? (answer.error === undefined ? '' : JSON.stringify({ error: answer.error })));
    }
  }
}
