import { z } from 'zod';
import { PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { SendOptions, TapoTransport } from './transport.ts';

/** What a method answered: its result, or the plug's error code. */
export type Answer = { code: 0; result: Record<string, unknown> } | { code: number; result: null };

/** A method that takes parameters, or the name of one that takes none. */
export type Request = string | { method: string; params: Record<string, unknown> };

const envelopeSchema = z.looseObject({
  error_code: z.int(),
  result: z.record(z.string(), z.unknown()).optional(),
});
const batchSchema = z.object({ responses: z.array(envelopeSchema.extend({ method: z.string() })) });
type Envelope = z.output<typeof envelopeSchema>;

const MULTIPLE_REQUEST = 'multipleRequest';
const CONTROL_CHILD = 'control_child';
/** Every plug knows this one: an error here is never taken for a missing feature. */
export const DEVICE_INFO = 'get_device_info';
/** The list of what a plug can do, each with a version. */
export const COMPONENTS = 'component_nego';
/** Which version of the component `energy_monitoring` a method needs. */
const ENERGY_METHODS: ReadonlyMap<string, number> = new Map([
  ['get_energy_usage', 1],
  ['get_emeter_data', 2],
  ['get_current_power', 2],
  ['get_energy_data', 2],
  ['get_power_data', 2],
]);

/** Unknown method; wrong parameters, which is also what many answer to a method they do not know. */
const FEATURE_ABSENT = new Set([-1002, -1008]);
/** Firmware that can't take several methods at once says so by one of these. */
const BATCH_REFUSED = new Set([-1002, -1003, -1008, 1200]);
export const SESSION_GONE: ReadonlySet<number> = new Set([9999, -1005, -1101, -40401, -40409, -40413]);
const LOGIN_REFUSED = new Set([1003, 1100, 1111, -1501, -2101, -40411, -40412]);
const TRY_LATER = new Set([1002, 1112, -1301, -40109, -40404]);

const componentsSchema = z.object({ component_list: z.array(z.object({ id: z.string(), ver_code: z.number() })) });

const ALWAYS: SendOptions = { urgent: false, expiresAtMonotonicMs: Number.POSITIVE_INFINITY };

/** What the protocol needs of a transport. An outlet of a strip is reached through the strip's. */
export type Carrier = Pick<TapoTransport, 'send' | 'forgetSession'>;

/** TP-Link's SMART protocol: methods, batches and error codes, over any transport. Remembers what a plug can't do. */
export class SmartProtocol {
  readonly #who: string;
  readonly #carrier: Carrier;
  readonly #absent = new Set<string>();
  #batches = true;

  constructor(who: string, carrier: Carrier) {
    this.#who = who;
    this.#carrier = carrier;
  }

  /** The protocol of one outlet of this strip. @param deviceId the outlet's own, from the strip's list */
  child(who: string, deviceId: string): SmartProtocol {
    return new SmartProtocol(who, childCarrier(who, deviceId, this.#carrier));
  }

  /**
   * Asks several methods, in one request where the plug can. A plug stops a batch at its first error, so optional
   * methods come last; what is missing is asked again by itself. Methods the plug does not have are left out of the
   * answer, and not asked again until `forget`.
   * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError
   */
  async query(requests: readonly Request[]): Promise<Map<string, Answer>> {
    const asked = requests
      .map((request) => (typeof request === 'string' ? { method: request } : request))
      .filter(({ method }) => !this.#absent.has(method));
    const answers = this.#batches && asked.length > 1 ? await this.#batch(asked) : new Map<string, Answer>();
    for (const [method, answer] of answers) this.#learn(method, answer);
    for (const request of asked) {
      const { method } = request;
      if (answers.has(method) || this.#absent.has(method)) continue;
      const answer = toAnswer(await this.#ask(request, ALWAYS));
      answers.set(method, answer);
      this.#learn(method, answer);
    }
    return new Map([...answers].filter(([method]) => !this.#absent.has(method)));
  }

  /** Lets it ask again for what was absent: a plug may come back with another firmware. */
  forget(): void {
    this.#absent.clear();
    this.#batches = true;
  }

  /** Takes the list of what the plug, or this outlet of it, can do; a list that is not one says nothing. */
  learnComponents(list: unknown): void {
    const components = componentsSchema.safeParse(list);
    if (!components.success) return;
    const energy = components.data.component_list.find(({ id }) => id === 'energy_monitoring')?.ver_code ?? 0;
    for (const [method, needed] of ENERGY_METHODS) if (energy < needed) this.#absent.add(method);
  }

  #learn(method: string, { code, result }: Answer): void {
    if (method === COMPONENTS) this.learnComponents(result);
    if (method !== DEVICE_INFO && FEATURE_ABSENT.has(code)) this.#absent.add(method);
  }

  /**
   * Asks one method ahead of all polls and insists on success.
   * @param expiresAtMonotonicMs not sent any more from this moment on
   * @param stillWanted asked right before it is sent
   * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError, CommandExpired
   */
  async command(
    method: string,
    params: Record<string, unknown> | undefined,
    expiresAtMonotonicMs: number,
    stillWanted?: () => boolean,
  ): Promise<Record<string, unknown>> {
    const request = params ? { method, params } : { method };
    const answer = toAnswer(await this.#ask(request, { urgent: true, expiresAtMonotonicMs, stillWanted }));
    return resultOf(answer, this.#who, method);
  }

  async #batch(requests: { method: string }[]): Promise<Map<string, Answer>> {
    const reply = await this.#ask({ method: MULTIPLE_REQUEST, params: { requests } }, ALWAYS);
    if (BATCH_REFUSED.has(reply.error_code)) {
      this.#batches = false;
      return new Map();
    }
    if (reply.error_code !== 0) throw errorOf(this.#who, MULTIPLE_REQUEST, reply.error_code);
    const batch = batchSchema.safeParse(reply.result);
    if (!batch.success) throw notSmart(this.#who, MULTIPLE_REQUEST);
    // By name, not by place: the plug leaves out what it did not come to.
    return new Map(
      batch.data.responses
        .filter(({ method }) => requests.some((request) => request.method === method))
        .map((response) => [response.method, toAnswer(response)]),
    );
  }

  /** A session that the plug ended by an error code is made anew once. */
  async #ask(request: { method: string; params?: unknown }, options: SendOptions): Promise<Envelope> {
    const text = JSON.stringify(request);
    const reply = this.#parse(request.method, await this.#carrier.send(text, options));
    if (!SESSION_GONE.has(reply.error_code)) return reply;
    this.#carrier.forgetSession();
    return this.#parse(request.method, await this.#carrier.send(text, options));
  }

  #parse(method: string, reply: unknown): Envelope {
    const envelope = envelopeSchema.safeParse(reply);
    if (!envelope.success) throw notSmart(this.#who, method);
    return envelope.data;
  }
}

/** Puts `control_child` around every request. The strip's own error ends the request; the outlet's is handed on. */
function childCarrier(who: string, deviceId: string, strip: Carrier): Carrier {
  const id = JSON.stringify(deviceId);
  return {
    async send(request, options) {
      const wrapped = `{"method":"${CONTROL_CHILD}","params":{"device_id":${id},"requestData":${request}}}`;
      const outer = envelopeSchema.safeParse(await strip.send(wrapped, options));
      if (!outer.success) throw notSmart(who, CONTROL_CHILD);
      const { error_code: code, result } = outer.data;
      if (code === 0) return result?.responseData;
      if (SESSION_GONE.has(code)) return { error_code: code };
      throw errorOf(who, CONTROL_CHILD, code);
    },
    forgetSession: () => strip.forgetSession(),
  };
}

/** Asks one method that the device must know. @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError */
export async function insist(protocol: SmartProtocol, who: string, request: Request): Promise<Record<string, unknown>> {
  const method = typeof request === 'string' ? request : request.method;
  const answer = (await protocol.query([request])).get(method);
  if (!answer) throw new PlugProtocolError(`${who} does not know ${method}`);
  return resultOf(answer, who, method);
}

/** @throws what the error code of the answer means */
export function resultOf({ code, result }: Answer, who: string, method: string): Record<string, unknown> {
  if (result) return result;
  throw errorOf(who, method, code);
}

/** What an error code means for the caller. */
export function errorOf(who: string, method: string, code: number): Error {
  if (LOGIN_REFUSED.has(code))
    return new PlugAuthRefused(
      `${who} refused the login (code ${code}): check the e-mail and password of the Tapo account`,
    );
  if (TRY_LATER.has(code) || SESSION_GONE.has(code))
    return new PlugUnreachable(`${who} is busy and refused ${method} (code ${code}): try again later`);
  return new PlugProtocolError(`${who} answered ${method} with error code ${code}`);
}

function notSmart(who: string, method: string): Error {
  return new PlugProtocolError(`${who} answered ${method} with JSON that is not TP-Link's: is it a Tapo plug?`);
}

/** A `set_…` method answers without a result. */
function toAnswer({ error_code: code, result }: Envelope): Answer {
  return code === 0 ? { code: 0, result: result ?? {} } : { code, result: null };
}
