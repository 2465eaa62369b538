import type { z } from 'zod';
import { CommandExpired, PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { AdapterDeps } from '../adapter.ts';
import { jsonOf, parsed } from '../json.ts';
import { Turns } from '../turns.ts';
import { type WebRequest, webRequest } from '../web-request.ts';
import { about, data, NOT_MODIFIABLE, powerSet, refusal, state } from './payloads.ts';

/** For a whole exchange; a socket answers within 100 ms. */
const TIMEOUT_MS = 5000;
const MAX_BODY_BYTES = 16 * 1024;

/**
 * HomeWizard's local API v1 of one socket: one exchange at a time, as it has room for few connections, each with a
 * time-out, commands before readings.
 * @see https://api-documentation.homewizard.com/docs/category/api-v1
 */
export class SocketApi {
  readonly #who: string;
  readonly #origin: string;
  readonly #clock: AdapterDeps['clock'];
  readonly #turns = new Turns();

  /** @param who names the socket in messages @param origin `http://host:port` */
  constructor(who: string, origin: string, clock: AdapterDeps['clock']) {
    this.#who = who;
    this.#origin = origin;
    this.#clock = clock;
  }

  /** Who it is. @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError */
  about(signal?: AbortSignal): Promise<z.output<typeof about>> {
    return this.#turns.take(true, () => this.#get('/api', about, signal));
  }

  /**
   * Who it is, what it draws and whether it is on: no command comes in between.
   * @throws like `about`
   */
  read() {
    return this.#turns.take(false, async () => ({
      about: await this.#get('/api', about),
      measured: await this.#get('/api/v1/data', data),
      state: await this.#get('/api/v1/state', state),
    }));
  }

  /** @throws like `about`, and CommandExpired when its turn comes too late, or it is not wanted any more then */
  switchTo(on: boolean, expiresAtMonotonicMs: number, stillWanted = () => true): Promise<void> {
    const beforeSending = () => {
      if (this.#clock.monotonicMs() >= expiresAtMonotonicMs || !stillWanted())
        throw new CommandExpired(`${this.#who}: too late to switch, or not wanted any more`);
    };
    return this.#turns.take(true, async () => {
      const answer = await this.#ask('PUT', '/api/v1/state', { body: JSON.stringify({ power_on: on }), beforeSending });
      if (parsed(powerSet, answer, `${this.#who}: /api/v1/state`).power_on !== on)
        throw new PlugProtocolError(`${this.#who} was told to switch ${on ? 'on' : 'off'} and says that it did not`);
    });
  }

  async #get<Schema extends z.ZodType>(path: string, schema: Schema, signal?: AbortSignal): Promise<z.output<Schema>> {
    return parsed(schema, await this.#ask('GET', path, { signal }), `${this.#who}: ${path}`);
  }

  async #ask(
    method: 'GET' | 'PUT',
    path: string,
    { body, ...options }: Pick<WebRequest, 'signal' | 'beforeSending'> & { body?: string },
  ): Promise<string> {
    const answer = await webRequest(new URL(this.#origin + path), {
      ...{ method, timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_BODY_BYTES, clock: this.#clock, ...options },
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body }),
    }).catch((error: Error) => {
      if (error instanceof CommandExpired) throw error;
      throw new PlugUnreachable(`${this.#who} does not answer: ${error.message}`);
    });
    if (answer.status === 200) return answer.body;
    throw this.#refused(path, answer.status, answer.body);
  }

  #refused(path: string, status: number, body: string): Error {
    if (status === 403)
      return new PlugAuthRefused(
        `${this.#who} does not let offair in: turn on its Local API in the HomeWizard app (Settings, Meters)`,
      );
    const told = refusal.safeParse(jsonOf(body)).data?.error;
    if (told?.id === NOT_MODIFIABLE)
      return new PlugProtocolError(
        `${this.#who} is locked: turn its switch lock off in the HomeWizard app, or set essential: true`,
      );
    const why = told ? `${told.id}, ${JSON.stringify(told.description.slice(0, 100))}` : `status ${status}`;
    return new PlugProtocolError(`${this.#who} refused ${path}: ${why}`);
  }
}
