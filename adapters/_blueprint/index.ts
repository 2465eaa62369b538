/**
 * A family of plugs to copy: a plug that answers `GET /status` with `{"watts": 12.3, "wh": 4567, "on": true, "mac": "…"}`
 * and obeys `POST /relay?on=true`. The steps to a family of your own: `config/docs/extending.md`.
 *
 * A protocol with sessions, encryption or batches splits into transport → protocol → plug: see `adapters/tapo/`.
 * One that pushes its readings: see `adapters/shelly/`. One in small files: see `adapters/homewizard/`.
 */
import { z } from 'zod';
import { CommandExpired, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugDevice, Relay } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import type { AdapterDeps, PlugAdapter } from '../adapter.ts';
import { hostSchema, httpOrigin } from '../host.ts';
import { parsed } from '../json.ts';
import { macSchema } from '../mac.ts';
import { webRequest } from '../web-request.ts';

/** No plug of the house takes longer; above it the plug is away. */
const TIMEOUT_MS = 5000;
const MAX_BODY_BYTES = 64 * 1024;
const MAC = /^[0-9A-F]{12}$/;

// Only this family's keys. The common ones (id, name, essential, idleWatts, …) are added to them.
const schema = z.strictObject({
  adapter: z.literal('blueprint'),
  host: hostSchema.describe('Address of the plug'),
  port: z.int().min(1).max(65535).default(80).describe('TCP'),
  mac: macSchema.optional().describe('Who the plug is'),
  pollSeconds: z.number().min(2).max(3600).default(10).describe('How often it is asked'),
});
type Settings = z.output<typeof schema>;

export const blueprintAdapter: PlugAdapter<typeof schema> = {
  name: 'blueprint',
  label: 'Blueprint',
  byHand: { key: 'host', looksLike: '192.168.1.50' },
  schema,
  macOf: ({ mac }) => mac ?? null,
  // A strip adds its outlet's number to each name.
  outletNames: ({ host, port, mac }) => [`${host}:${port}`, ...(mac ? [mac] : [])],
  factory:
    (deps) =>
    ({ id }, settings) =>
      new BlueprintPlug(id, settings, deps),
};

/** What the plug answers, checked at the edge: whatever gets past here is believed. Units in the names. */
const Status = z.object({
  // A number that can't be is refused here, not clipped: a meter that talks nonsense must be seen.
  watts: z.number().min(-5000).max(25_000),
  wh: z.number().min(0),
  on: z.boolean(),
  mac: z.string().regex(MAC),
});

class BlueprintPlug implements PlugDevice {
  readonly plug: string;
  readonly adapter = 'blueprint';
  readonly pollMs: number;
  readonly expectedMac: string | null;
  readonly relay: Relay;
  readonly #base: string;
  readonly #clock: AdapterDeps['clock'];

  // Nothing happens in a constructor: no socket, no timer.
  constructor(plug: string, { host, port, mac, pollSeconds }: Settings, { clock }: AdapterDeps) {
    this.plug = plug;
    this.pollMs = pollSeconds * 1000;
    this.expectedMac = mac ?? null;
    this.#base = httpOrigin(host, port);
    this.#clock = clock;
    // A plug without a relay has null here: then it can never be cut.
    this.relay = {
      identity: async () => (await this.#status()).mac,
      switchTo: async (on, expiresAtMonotonicMs, stillWanted = () => true) => {
        // Right before it is sent, not when it was asked for: a connection may take seconds, and a live begin meanwhile.
        await this.#ask('POST', `/relay?on=${on}`, () => {
          if (clock.monotonicMs() >= expiresAtMonotonicMs || !stillWanted())
            throw new CommandExpired(`${plug}: too late to switch, or not wanted any more`);
        });
      },
    };
  }

  /** A plug that pushes would subscribe here and call `sink.reading` from then on. */
  async start(): Promise<void> {}

  /** Ends what `start` began. Never switches anything. */
  async stop(): Promise<void> {}

  async read(): Promise<Reading> {
    const { watts, wh, on, mac } = await this.#status();
    if (this.expectedMac !== null && mac !== this.expectedMac)
      throw new PlugProtocolError(`${this.plug}: another plug answers: MAC ${mac}, expected ${this.expectedMac}`);
    return {
      plug: this.plug,
      // Our clock, not the plug's.
      atMs: this.#clock.nowMs(),
      monotonicMs: this.#clock.monotonicMs(),
      watts,
      // The counter as the plug shows it. Its resets are the meter's business.
      counterWh: wh,
      relay: on,
      // What a plug does not tell is null: not known, never zero.
      volts: null,
      amps: null,
      celsius: null,
      flags: [],
      feed: 'polled',
    };
  }

  async #status(): Promise<z.output<typeof Status>> {
    return parsed(Status, await this.#ask('GET', '/status'), `${this.plug} (${this.#base})`);
  }

  async #ask(method: 'GET' | 'POST', path: string, beforeSending?: () => void): Promise<string> {
    const options = { method, timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_BODY_BYTES, clock: this.#clock, beforeSending };
    const answer = await webRequest(new URL(this.#base + path), options).catch((error: Error) => {
      if (error instanceof CommandExpired) throw error;
      // The caller tries again later; the message tells the technician which plug, and why.
      throw new PlugUnreachable(`${this.plug} (${this.#base}) does not answer: ${error.message}`);
    });
    if (answer.status !== 200)
      throw new PlugProtocolError(`${this.plug} (${this.#base}) answered ${path} with status ${answer.status}`);
    return answer.body;
  }
}
