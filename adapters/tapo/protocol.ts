import { z } from 'zod';
import { PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { TapoTransport } from './transport.ts';

/** What a method answered: its result, or the plug's error code. */
export type Answer = { code: 0; result: Record<string, unknown> } | { code: number; result: null };

const envelopeSchema = z.looseObject({
  error_code: z.int(),
  result: z.record(z.string(), z.unknown()).optional(),
});
const batchSchema = z.object({ responses: z.array(envelopeSchema.extend({ method: z.string() })) });
type Envelope = z.output<typeof envelopeSchema>;

const MULTIPLE_REQUEST = 'multipleRequest';
/** Every plug knows this one: an error here is never taken for a missing feature. */
const DEVICE_INFO = 'get_device_info';

/** Unknown method; wrong parameters, which is also what many answer to a method they do not know. */
const FEATURE_ABSENT = new Set([-1002, -1008]);
/** Firmware that can't take several methods at once says so by one of these. */
const BATCH_REFUSED = new Set([-1002, -1003, -1008, 1200]);
const SESSION_GONE = new Set([9999, -1005, -1101, -40401, -40409, -40413]);
const LOGIN_REFUSED = new Set([1003, 1100, 1111, -1501, -2101, -40411, -40412]);
const TRY_LATER = new Set([1002, 1112, -1301, -40109, -40404]);

const ALWAYS = { urgent: false, expiresAtMonotonicMs: Number.POSITIVE_INFINITY };

/** TP-Link's SMART protocol: methods, batches and error codes, over any transport. Remembers what a plug can't do. */
export class SmartProtocol {
  readonly #who: string;
  readonly #transport: TapoTransport;
  readonly #absent = new Set<string>();
  #batches = true;

  constructor(who: string, transport: TapoTransport) {
    this.#who = who;
    this.#transport = transport;
  }

  /**
   * Asks several methods, in one request where the plug can. A plug stops a batch at its first error, so optional
   * methods come last; what is missing is asked again by itself. Methods the plug does not have are left out of the
   * answer, and not asked again.
   * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError
   */
  async query(methods: readonly string[]): Promise<Map<string, Answer>> {
    const wanted = methods.filter((method) => !this.#absent.has(method));
    const answers = this.#batches && wanted.length > 1 ? await this.#batch(wanted) : new Map<string, Answer>();
    for (const method of wanted)
      if (!answers.has(method)) answers.set(method, toAnswer(await this.#ask({ method }, ALWAYS)));
    for (const [method, { code }] of answers) {
      if (method === DEVICE_INFO || !FEATURE_ABSENT.has(code)) continue;
      this.#absent.add(method);
      answers.delete(method);
    }
    return answers;
  }

  /**
   * Asks one method ahead of all polls and insists on success.
   * @param expiresAtMonotonicMs not sent any more from this moment on
   * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError, CommandExpired
   */
  async command(
    method: string,
    params: Record<string, unknown> | undefined,
    expiresAtMonotonicMs: number,
  ): Promise<Record<string, unknown>> {
    const request = params ? { method, params } : { method };
    const answer = toAnswer(await this.#ask(request, { urgent: true, expiresAtMonotonicMs }));
    if (answer.result) return answer.result;
    throw this.error(method, answer.code);
  }

  /** What an error code means for the caller. */
  error(method: string, code: number): Error {
    if (LOGIN_REFUSED.has(code))
      return new PlugAuthRefused(
        `${this.#who} refused the login (code ${code}): check the e-mail and password of the Tapo account`,
      );
    if (TRY_LATER.has(code) || SESSION_GONE.has(code))
      return new PlugUnreachable(`${this.#who} is busy and refused ${method} (code ${code}): try again later`);
    return new PlugProtocolError(`${this.#who} answered ${method} with error code ${code}`);
  }

  async #batch(methods: string[]): Promise<Map<string, Answer>> {
    const params = { requests: methods.map((method) => ({ method })) };
    const reply = await this.#ask({ method: MULTIPLE_REQUEST, params }, ALWAYS);
    if (BATCH_REFUSED.has(reply.error_code)) {
      this.#batches = false;
      return new Map();
    }
    if (reply.error_code !== 0) throw this.error(MULTIPLE_REQUEST, reply.error_code);
    const batch = batchSchema.safeParse(reply.result);
    if (!batch.success) throw this.#notSmart(MULTIPLE_REQUEST);
    // By name, not by place: the plug leaves out what it did not come to.
    return new Map(
      batch.data.responses
        .filter(({ method }) => methods.includes(method))
        .map((response) => [response.method, toAnswer(response)]),
    );
  }

  /** A session that the plug ended by an error code is made anew once. */
  async #ask(request: { method: string; params?: unknown }, options: typeof ALWAYS): Promise<Envelope> {
    const text = JSON.stringify(request);
    const reply = this.#parse(request.method, await this.#transport.send(text, options));
    if (!SESSION_GONE.has(reply.error_code)) return reply;
    this.#transport.forgetSession();
    return this.#parse(request.method, await this.#transport.send(text, options));
  }

  #parse(method: string, reply: unknown): Envelope {
    const envelope = envelopeSchema.safeParse(reply);
    if (!envelope.success) throw this.#notSmart(method);
    return envelope.data;
  }

  #notSmart(method: string): Error {
    return new PlugProtocolError(`${this.#who} answered ${method} with JSON that is not TP-Link's: is it a Tapo plug?`);
  }
}

/** A `set_…` method answers without a result. */
function toAnswer({ error_code: code, result }: Envelope): Answer {
  return code === 0 ? { code: 0, result: result ?? {} } : { code, result: null };
}
