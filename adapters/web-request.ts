import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Clock } from '../model/clock.ts';
import { http, https } from './http.ts';

export interface WebRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** For the whole exchange, from the first byte out to the last byte in, ms. */
  timeoutMs: number;
  /** An answer above this is refused. */
  maxBodyBytes: number;
  /** true: an answer above that is cut there instead; what counts is its status. */
  cutBody?: boolean;
  /** Who may have signed the server's certificate, PEM; those that Node knows when undefined. */
  ca?: string | undefined;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Called when the connection stands, right before the first byte goes out; what it throws is thrown, and nothing sent. */
  beforeSending?: (() => void) | undefined;
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
  const { method, headers, body, timeoutMs, maxBodyBytes, cutBody, ca, clock, signal, beforeSending } = options;
  return new Promise<WebAnswer>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const { request: send } = url.protocol === 'https:' ? https : http;
    // No keep-alive: a connection that the server closed meanwhile would look like a failed request.
    const outgoing = send(url, { method, headers: { ...headers, connection: 'close' }, agent: false, ca });
    const cancelTimeout = clock.after(timeoutMs, () => {
      outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
    });
    const onAbort = () => outgoing.destroy(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    outgoing.on('response', (answer) => {
      const done = (text: string) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
      collect(answer, maxBodyBytes, cutBody ? done : null).then(done, (error) => {
        outgoing.destroy(error);
        reject(error);
      });
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const { code, message } = error;
      if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
        reject(new Error(`the name ${url.hostname} is not found (${code})`, { cause: error }));
      // A connection tried over several addresses fails with an AggregateError, which has a code but no message.
      else reject(message ? error : new Error(code));
    });
    outgoing.on('close', () => {
      cancelTimeout();
      signal?.removeEventListener('abort', onAbort);
      reject(new Error('the connection was closed before the answer was complete'));
    });
    if (!beforeSending) return outgoing.end(body);
    outgoing.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        try {
          beforeSending();
          outgoing.end(body);
        } catch (error) {
          outgoing.destroy(error as Error);
        }
      });
    });
  });
}

/** @param onTooLarge takes what came, before the connection is broken off; null: too large is an error */
async function collect(
  answer: IncomingMessage,
  maxBytes: number,
  onTooLarge: ((text: string) => void) | null,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      if (!onTooLarge) throw new Error(`the answer is larger than ${maxBytes} bytes`);
      onTooLarge(Buffer.concat([...chunks, chunk]).toString('utf8'));
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
