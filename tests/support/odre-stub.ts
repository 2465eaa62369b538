import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StubReply {
  status?: number;
  headers?: Record<string, string>;
  /** Text is sent as it is, anything else as JSON. */
  body?: unknown;
}

/** An ODRÉ on loopback that says what it is told to. */
export class OdreStub {
  /** Path and query of every request. */
  readonly requests: URL[] = [];
  /** How the next requests are answered. `hang`: never. */
  reply: (url: URL) => StubReply | 'hang' = () => ({ body: { total_count: 0, results: [] } });
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://stub');
      this.requests.push(url);
      const reply = this.reply(url);
      if (reply === 'hang') return;
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
    });
  }

  /** Resolves with the base URL for `RteOdre`. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/explore/v2.1`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
