import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../daemon/clock.ts';

/** What may happen to one request on its way to InfluxDB and back. */
export type Mishap =
  | 'none'
  | 'reset before the write'
  | 'reset after the write'
  | 'hangs before the write'
  | 'hangs after the write'
  | 'half closed after the write'
  | 'cut off within the answer'
  | 'hangs within the answer'
  | 'reset within the answer'
  | 'answer drips'
  | 'ten megabytes of answer'
  | 'not HTTP'
  | 'busy';

export const MISHAPS: readonly Mishap[] = [
  'reset before the write',
  'reset after the write',
  'hangs before the write',
  'hangs after the write',
  'half closed after the write',
  'cut off within the answer',
  'hangs within the answer',
  'reset within the answer',
  'answer drips',
  'ten megabytes of answer',
  'not HTTP',
  'busy',
];

/** A line to a real InfluxDB on which each write and each query has the mishap that the test chooses. */
export class RoughLine {
  readonly #server: Server;
  readonly #target: () => string;
  /** How often each mishap happened. */
  readonly met = new Map<Mishap, number>();
  choose: () => Mishap = () => 'none';
  chooseForQuery: () => Mishap = () => 'none';

  /** @param target where InfluxDB is */
  constructor(target: () => string) {
    this.#target = target;
    this.#server = createServer((incoming, answer) => {
      void this.#pass(incoming, answer).catch(() => answer.destroy());
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray());
    const mishap = incoming.url?.startsWith('/write') ? this.choose() : this.chooseForQuery();
    this.met.set(mishap, (this.met.get(mishap) ?? 0) + 1);
    const { socket } = incoming;
    switch (mishap) {
      case 'reset before the write':
        socket.resetAndDestroy();
        return;
      case 'hangs before the write':
        return;
      case 'not HTTP':
        socket.end('* OK IMAP4rev1 ready\r\n');
        return;
      case 'busy':
        answer.writeHead(503, { 'retry-after': '1' }).end();
        return;
      case 'ten megabytes of answer':
        answer.writeHead(200).end(Buffer.alloc(10_000_000, 'x'));
        return;
      default:
    }
    const { status, headers, content } = await this.#forward(incoming, body);
    switch (mishap) {
      case 'reset after the write':
        socket.resetAndDestroy();
        return;
      case 'hangs after the write':
        return;
      case 'half closed after the write':
        socket.end();
        return;
      case 'cut off within the answer':
        socket.end(`HTTP/1.1 ${status}`);
        return;
      case 'hangs within the answer':
      case 'reset within the answer':
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"res`, () => {
          if (mishap === 'reset within the answer') socket.resetAndDestroy();
        });
        return;
      case 'answer drips':
        for (const character of `HTTP/1.1 ${status} X\r\nconnection: close\r\n\r\n`) {
          socket.write(character);
          await systemClock.sleep(1);
        }
        socket.end();
        return;
      default:
        answer.writeHead(status, headers).end(content);
    }
  }

  async #forward(incoming: IncomingMessage, body: Buffer) {
    const { method = 'GET', headers, url = '/' } = incoming;
    const outgoing = request(new URL(url, this.#target()), { method, headers, agent: false });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const { 'transfer-encoding': _, ...kept } = answer.headers;
    return { status: answer.statusCode ?? 0, headers: kept, content: Buffer.concat(await answer.toArray()) };
  }
}
