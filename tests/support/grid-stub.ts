import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StubReply {
  status?: number;
  headers?: Record<string, string>;
  /** Text is sent as it is, anything else as JSON. */
  body?: unknown;
}

/** A provider of grid carbon intensity on loopback that says what it is told to. */
export class GridStub {
  /** Path and query of every request. */
  readonly requests: URL[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** How the next requests are answered. `hang`: never. */
  reply: (url: URL, headers: IncomingHttpHeaders) => StubReply | 'hang' = () => ({ status: 404, body: '' });
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://stub');
      this.requests.push(url);
      this.headers.push(request.headers);
      const reply = this.reply(url, request.headers);
      if (reply === 'hang') return;
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
    });
  }

  /** Resolves with its address, without a slash at the end. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const FIXTURES = new URL('../../../shared/fixtures/carbon/', import.meta.url);
export const noRecordedGrids = !existsSync(FIXTURES);
if (noRecordedGrids) console.warn('skipped: no recorded answers of grid providers (../shared/fixtures/carbon)');

/** A recorded answer, as text: it is sent as it was. */
export function recordedGrid(name: string): string {
  return readFileSync(new URL(name, FIXTURES), 'utf8');
}
