import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

const TEXTUAL = /^(text\/(?!event-stream)|application\/(json|javascript|problem\+json)|image\/svg\+xml)/;
/** Below this the headers outweigh what is saved. */
const LEAST_BYTES = 1024;

/** Sends text packed to whoever takes gzip: pages, scripts and long answers. Never the live stream, which must not wait. */
export function installCompression(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const type = String(reply.getHeader('content-type') ?? '');
    const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    if (!TEXTUAL.test(type) || reply.statusCode === 206 || reply.hasHeader('content-encoding')) return payload;
    reply.header('vary', 'accept-encoding');
    if (!takesGzip || request.method === 'HEAD') return payload;
    if (typeof payload === 'string') {
      if (Buffer.byteLength(payload) < LEAST_BYTES) return payload;
      reply.header('content-encoding', 'gzip').removeHeader('content-length');
      return gzipSync(payload);
    }
    if (!(payload instanceof Readable)) return payload;
    reply.header('content-encoding', 'gzip').removeHeader('content-length').removeHeader('accept-ranges');
    return payload.pipe(createGzip());
  });
}
