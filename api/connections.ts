import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { MetricFamily } from './deps.ts';

/** At once. A studio has some pages, overlays and buttons; each costs memory. */
const MOST_CONNECTIONS = 500;
/** The longest a client may take for its head, ms. */
const HEADERS_TIMEOUT_MS = 10_000;

type Reason = 'too_many' | 'slow' | 'malformed' | 'stream_unread';

/** Clients that were cut off, by the reason. */
export class Connections {
  readonly #cut: Record<Reason, number> = { too_many: 0, slow: 0, malformed: 0, stream_unread: 0 };

  /** Limits how many there may be and how slowly they may ask. */
  watch({ server }: FastifyInstance): void {
    server.maxConnections = MOST_CONNECTIONS;
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.on('drop', () => this.cut('too_many'));
    server.on('clientError', ({ code }: NodeJS.ErrnoException, _socket: Socket) => {
      if (code === 'ECONNRESET') return;
      this.cut(code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'slow' : 'malformed');
    });
  }

  cut(reason: Reason): void {
    this.#cut[reason] += 1;
  }

  family(): MetricFamily {
    return {
      name: 'api_connections_cut_total',
      type: 'counter',
      help: 'Connections that were ended or refused',
      samples: Object.entries(this.#cut).map(([reason, count]) => [{ reason }, count]),
    };
  }
}
