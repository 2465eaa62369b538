import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface SimulatedPath {
  name: string;
  /** Somebody publishes. */
  online: boolean;
  inboundBytes: number;
  /** It shows a picture while nobody publishes. */
  alwaysAvailable?: boolean;
}

/** The list of paths of a MediaMTX server as its API (v3) gives it: in pages, as old and new versions call things. */
export class SimulatedMediaMtx {
  paths: SimulatedPath[] = [];
  /** `user:password`; null: everybody is let in. */
  user: string | null = null;
  /** Before version 1.16 a path is `ready`. */
  old = false;
  /** Answers so instead. */
  broken: { status: number; body: string } | null = null;
  asked = 0;
  #server: Server | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens on loopback: on a free port first, then on the same again. */
  async start(): Promise<void> {
    const server = createServer((request, answer) => {
      this.asked += 1;
      const url = new URL(request.url ?? '/', this.url);
      const send = (status: number, body: unknown) =>
        answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      const wanted = this.user === null ? undefined : `Basic ${Buffer.from(this.user).toString('base64')}`;
      if (this.broken) answer.writeHead(this.broken.status).end(this.broken.body);
      else if (wanted !== undefined && request.headers.authorization !== wanted)
        send(401, { status: 'error', error: 'authentication error' });
      else if (url.pathname !== '/v3/paths/list') send(404, { status: 'error', error: 'not found' });
      else {
        const perPage = Number(url.searchParams.get('itemsPerPage') ?? 100);
        const first = Number(url.searchParams.get('page') ?? 0) * perPage;
        const { length } = this.paths;
        const items = this.paths.slice(first, first + perPage).map((path) => this.#item(path));
        send(200, { itemCount: length, pageCount: Math.ceil(length / perPage), items });
      }
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  #item({ name, online, inboundBytes, alwaysAvailable = false }: SimulatedPath): object {
    const available = online || alwaysAvailable;
    const shared = {
      name,
      confName: 'all_others',
      ready: available,
      bytesReceived: inboundBytes,
      tracks: [],
      readers: [],
    };
    return this.old ? shared : { ...shared, available, online, inboundBytes };
  }
}
