import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../model/clock.ts';

export interface WebRequest {
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** For the whole exchange, from the first byte out to the last byte in, ms. */
  timeoutMs: number;
  /** An answer above this is refused. */
  maxBodyBytes: number;
  clock: Clock;
  signal?: AbortSignal | undefined;
}
export interface WebAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * One HTTP or HTTPS exchange on a connection of its own; redirects are not followed.
 * @throws Error that says in words why there is no answer; the signal's reason when it was aborted
 */
export function webRequest(url: URL, options: WebRequest): Promise<WebAnswer> {
  const { method, headers, body, timeoutMs, maxBodyBytes, clock, signal } = options;
  return new Promise<WebAnswer>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // No keep-alive: a connection that the server closed meanwhile would look like a failed request.
    const outgoing = send(url, { method, headers: { ...headers, connection: 'close' }, agent: false });
    const cancelTimeout = clock.after(timeoutMs, () => {
      outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
    });
    const onAbort = () => outgoing.destroy(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    outgoing.on('response', (answer) => {
      collect(answer, maxBodyBytes).then(
        (text) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
        (error) => {
          outgoing.destroy(error);
          reject(error);
        },
      );
    });
    // A connection tried over several addresses fails with an AggregateError, which has a code but no message.
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(error.message ? error : new Error(error.code)));
    outgoing.on('close', () => {
      cancelTimeout();
      signal?.removeEventListener('abort', onAbort);
      reject(new Error('the connection was closed before the answer was complete'));
    });
    outgoing.end(body);
  });
}

async function collect(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
