import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../model/clock.ts';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { http } from '../http.ts';
import type { Address } from './locator.ts';

/** A plug's answers are a few kB; what is longer comes from something else. */
const MAX_REPLY_BYTES = 64 * 1024;

export interface HttpRequest {
  path: string;
  body: Buffer;
  contentType: 'application/octet-stream' | 'application/json';
  /** `NAME=value` to send, or null. */
  cookie: string | null;
  /** Beside those of every request. */
  headers?: Record<string, string>;
}

export interface HttpReply {
  status: number;
  /** Every part of every `Set-Cookie` header, split at the semicolons. */
  cookies: string[];
  body: Buffer;
}

/** The plug closed a kept-alive connection just as we used it: the same request may go out again, once. */
export class StaleConnection extends PlugUnreachable {}

/** There was no connection: the request certainly did not arrive. */
export class NotConnected extends PlugUnreachable {
  /** Something at the address refused it: the plug's web server may not have started. */
  readonly refused: boolean;

  constructor(message: string, refused: boolean, options?: ErrorOptions) {
    super(message, options);
    this.refused = refused;
  }
}

/**
 * POSTs bytes to one plug over at most one connection. `node:http` rather than `fetch`: plugs look for `Content-Length`
 * in exactly this spelling, and fetch writes it in small letters.
 */
export class PlugHttp {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #who: string;
  readonly #clock: Clock;

  /** @param who names the plug in messages */
  constructor(who: string, clock: Clock) {
    this.#who = who;
    this.#clock = clock;
  }

  /**
   * @param beforeSending called when a connection stands, right before the first byte goes out; what it throws is thrown
   * @throws PlugUnreachable, PlugProtocolError
   */
  post(
    { host, port }: Address,
    { path, body, contentType, cookie, headers }: HttpRequest,
    timeoutMs: number,
    beforeSending: () => void,
  ): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      let connected = false;
      const request = http.request({
        host,
        port,
        path,
        method: 'POST',
        agent: this.#agent,
        headers: {
          'Content-Type': contentType,
          'Content-Length': body.length,
          ...headers,
          ...(cookie !== null && { Cookie: cookie }),
        },
      });
      const stopTimer = this.#clock.after(timeoutMs, () => {
        const seconds = Math.round(timeoutMs / 100) / 10;
        const why = `${this.#who} did not answer within ${seconds} s: is it powered and in the network?`;
        fail(connected ? new PlugUnreachable(why) : new NotConnected(why, false));
      });
      const fail = (error: Error) => {
        stopTimer();
        reject(error);
        // A reset makes the kernel throw away what it has not delivered: a request we gave up must not arrive later.
        if (request.socket && !request.socket.connecting) request.socket.resetAndDestroy();
        request.destroy();
      };
      let begun = false;
      // A plug that had begun to answer has done what was wanted.
      const broken = (error: NodeJS.ErrnoException) =>
        fail(this.#translate(error, request.reusedSocket && !begun, connected));
      request.on('error', broken);
      const send = () => {
        connected = true;
        try {
          beforeSending();
          request.end(body);
        } catch (error) {
          fail(error as Error);
        }
      };
      request.on('socket', (socket) => {
        if (socket.connecting) socket.once('connect', send);
        else send();
      });
      request.on('response', (response) => {
        begun = true;
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('error', broken);
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_REPLY_BYTES)
            fail(new PlugProtocolError(`${this.#who} answered more than ${MAX_REPLY_BYTES} bytes: is it a Tapo plug?`));
          else chunks.push(chunk);
        });
        response.on('end', () => {
          stopTimer();
          resolve({ status: response.statusCode ?? 0, cookies: cookieParts(response), body: Buffer.concat(chunks) });
        });
      });
    });
  }

  /** Ends every connection; a request in flight fails. */
  close(): void {
    this.#agent.destroy();
  }

  #translate(error: NodeJS.ErrnoException, reusedSocket: boolean, connected: boolean): Error {
    const code = error.code ?? '';
    const options = { cause: error };
    if (code.startsWith('HPE_'))
      return new PlugProtocolError(`${this.#who} does not answer with HTTP (${code}): is it a Tapo plug?`, options);
    if (reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE'))
      return new StaleConnection(`${this.#who} closed the connection`, options);
    const why = REASONS[code] ?? `connection failed (${code || error.message})`;
    const message = `${this.#who}: ${why}`;
    return connected
      ? new PlugUnreachable(message, options)
      : new NotConnected(message, code === 'ECONNREFUSED', options);
  }
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'refuses connections; after a power cut some plugs need a few minutes',
  ECONNRESET: 'closed the connection without an answer',
  EHOSTUNREACH: 'no such host in this network; check its address and its power',
  ENETUNREACH: 'this machine has no route to it; check the network of this machine',
  ENOTFOUND: 'its host name is not known; give the plug a fixed address and write that',
  EAI_AGAIN: 'its host name could not be looked up now; a fixed address needs no look-up',
  ETIMEDOUT: 'no connection; check its address and its power',
};

function cookieParts(response: IncomingMessage): string[] {
  return (response.headers['set-cookie'] ?? []).flatMap((cookie) => cookie.split(';')).map((part) => part.trim());
}
