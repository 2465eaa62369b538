import { z } from 'zod';
import { PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../../model/errors.ts';
import type { Channel, Expiry } from '../channel.ts';
import type { HttpReply } from '../http.ts';
import { LoginRefused, WrongTransport } from '../kind.ts';
import { errorOf } from '../protocol.ts';

/** P-256 with SHA-256 and HMAC: the one suite that plugs speak. */
const SUITE = 1;
const CIPHER = 'aes_128_ccm';
/** Plugs ask for 3000. Something that asks for much more only wants to keep this machine busy. */
const MOST_ITERATIONS = 100_000;
/** Before a password is proved: plugs and cameras let nobody in, after too many wrong ones. */
const LOCKED = new Set([-2203, -40404]);

const replySchema = z.object({
  error_code: z.int(),
  result: z.unknown().optional(),
  error_info: z.object({ lockedMinute: z.number(), remainAttempts: z.number() }).partial().catch({}),
});
type Reply = z.output<typeof replySchema>;

const base64 = z
  .base64()
  .min(1)
  .transform((text) => Buffer.from(text, 'base64'));
const discoverSchema = z.object({
  mac: z.string().optional(),
  tpap: z.object({
    tls: z.number().optional(),
    /** Whether it can prove its make. */
    dac: z.union([z.number(), z.boolean()]).optional(),
    pake: z.array(z.number()),
    user_hash_type: z.number().optional(),
  }),
});
const registerSchema = z.object({
  dev_random: base64,
  dev_salt: base64,
  dev_share: base64,
  cipher_suites: z.literal(SUITE),
  iterations: z.int().min(1).max(MOST_ITERATIONS),
  encryption: z.literal(CIPHER),
  extra_crypt: z
    .object({ type: z.string(), params: z.record(z.string(), z.unknown()) })
    .partial()
    .nullish(),
});
/** Stands in addresses. */
const idSchema = z.string().regex(/^[!-~]{1,1000}$/);
const shareSchema = z
  .object({
    dev_confirm: base64,
    sessionId: idSchema,
    stok: idSchema,
    start_seq: z.int().min(0).max(0xffffffff),
    expired: z.number().positive(),
  })
  .partial({ sessionId: true, stok: true, expired: true })
  .refine(({ sessionId, stok }) => sessionId ?? stok, 'neither sessionId nor stok');

/** The three requests of a login, in clear JSON, and what their refusals mean. */
export class LoginSteps {
  readonly #channel: Channel;
  readonly #expiry: Expiry;

  constructor(channel: Channel, expiry: Expiry) {
    this.#channel = channel;
    this.#expiry = expiry;
  }

  /** What the plug offers. @throws WrongTransport when that is not TPAP */
  async discover() {
    const { http, reply } = await this.#ask('discover', {});
    if (http.status === 429) this.#channel.expectOk(http, 'a login');
    if (!reply) throw new WrongTransport(`it does not know TPAP (HTTP ${http.status})`);
    if (reply.error_code !== 0) throw new WrongTransport(`it does not know TPAP (code ${reply.error_code})`);
    const offer = discoverSchema.safeParse(reply.result);
    if (!offer.success) throw new WrongTransport('it does not offer TPAP');
    return offer.data;
  }

  /** Asks for the plug's share. */
  async register(params: { username: string; user_random: string; passcode_type: string }) {
    const step = 'pake_register';
    const { http, reply } = await this.#ask(step, {
      ...params,
      cipher_suites: [SUITE],
      encryption: [CIPHER],
      stok: null,
    });
    if (reply && LOCKED.has(reply.error_code)) throw this.#locked(reply);
    return this.#resultOf(step, http, reply, registerSchema);
  }

  /**
   * Proves the password. The plug counts what it does not take and locks itself, so that all it says but "later" is a
   * refusal: final when it says so, and not soon tried again when it can't be understood.
   * @throws LoginRefused when it is wrong
   */
  async share(params: { user_share: string; user_confirm: string; dac_nonce?: string }) {
    const step = 'pake_share';
    const { http, reply } = await this.#ask(step, params);
    if (http.status >= 400 && http.status < 500 && http.status !== 429) throw this.#refused(`HTTP ${http.status}`);
    if (reply && reply.error_code !== 0) {
      const { error_code: code, error_info: info } = reply;
      const error = errorOf(this.#channel.who, step, code);
      throw error instanceof PlugUnreachable ? error : this.#refused(`code ${code}`, info);
    }
    try {
      return this.#resultOf(step, http, reply, shareSchema);
    } catch (error) {
      throw error instanceof PlugProtocolError ? new PlugAuthRefused(error.message) : error;
    }
  }

  async #ask(step: string, params: Record<string, unknown>): Promise<{ http: HttpReply; reply: Reply | null }> {
    const body = Buffer.from(JSON.stringify({ method: 'login', params: { sub_method: step, ...params } }));
    const request = { path: '/', body, cookie: null, contentType: 'application/json' as const };
    const http = await this.#channel.post(() => request, this.#expiry);
    return { http, reply: http.status === 200 ? parse(http.body) : null };
  }

  #resultOf<T>(step: string, http: HttpReply, reply: Reply | null, schema: z.ZodType<T>): T {
    const { who } = this.#channel;
    this.#channel.expectOk(http, `the login (${step})`);
    if (reply && reply.error_code !== 0) throw errorOf(who, step, reply.error_code);
    const result = schema.safeParse(reply?.result);
    if (result.success) return result.data;
    const fields = result.error.issues.map(({ path }) => path.join('.') || 'no result');
    throw new PlugProtocolError(
      `${who} answered the login (${step}) with something else than offair can speak: ${fields.join(', ')}`,
    );
  }

  #refused(how: string, { remainAttempts, lockedMinute }: Reply['error_info'] = {}): LoginRefused {
    const left = remainAttempts === undefined ? '' : `: the plug takes ${remainAttempts} more before it locks itself`;
    const locked = lockedMinute ? ` It is locked now, for ${lockedMinute} minutes.` : '';
    return new LoginRefused(
      `${this.#channel.who} does not know this e-mail and password (${how}). It was tried once${left}.${locked} Both ` +
        'must be typed as in the Tapo app, capitals included. If they are right, the plug holds older ones: remove it ' +
        'in the Tapo app and add it again. Then restart offair',
      // What is not told is taken for the worst.
      remainAttempts ?? 0,
    );
  }

  #locked({ error_code: code, error_info: { lockedMinute } }: Reply): PlugAuthRefused {
    const wait = lockedMinute ? `for ${lockedMinute} minutes` : 'for a while';
    return new PlugAuthRefused(
      `${this.#channel.who} lets nobody log in ${wait}, after too many wrong passwords (code ${code}): ` +
        'does another program use an old one?',
    );
  }
}

function parse(body: Buffer): Reply | null {
  try {
    return replySchema.parse(JSON.parse(body.toString('utf8')));
  } catch {
    return null;
  }
}
