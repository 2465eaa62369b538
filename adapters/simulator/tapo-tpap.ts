import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../model/clock.ts';
import { DeviceLogin, makeVerifier, type Verifier } from './tapo-verifier.ts';

/** One HTTP answer. */
export interface TpapReply {
  status: number;
  contentType: 'application/json' | 'application/octet-stream';
  body: Buffer;
}

/** The steps of the protocol; `ds` is an encrypted request. */
export type TpapStep = 'discover' | 'pake_register' | 'pake_share' | 'ds';

/** What the plug offers and what it can be made to do wrong. */
export interface TpapBehaviour {
  /** `compatibility`: says that it prefers KLAP. `absent`: firmware that knows nothing of it. */
  tpap: 'offered' | 'compatibility' | 'absent';
  tls: 0 | 1 | 2;
  pake: number[];
  userHashType: 0 | 1;
  /** Whether it can prove its make, when asked. The proof is none. */
  dac: boolean;
  extraCrypt: Record<string, unknown> | null;
  compressedShare: boolean;
  iterations: number;
  startSeq: number;
  /** How long a session lasts by its own words, seconds. */
  expiresSeconds: number;
  /** How long it really lasts, ms. */
  tpapSessionMs: number;
  /** Changes what a step answers. */
  tamper: (step: TpapStep, reply: TpapReply) => TpapReply;
}

export const TPAP_OFFERED: TpapBehaviour = {
  tpap: 'offered',
  tls: 0,
  pake: [2],
  userHashType: 0,
  dac: false,
  extraCrypt: { type: 'password_shadow', params: { passwd_id: 2 } },
  compressedShare: false,
  iterations: 3000,
  startSeq: 100,
  expiresSeconds: 86_400,
  tpapSessionMs: 86_400_000,
  tamper: (_step, reply) => reply,
};

const ATTEMPTS = 15;
const LOCK_MS = 30 * 60_000;

interface Session {
  key: Buffer;
  nonce: Buffer;
  lastSeq: number;
  sinceMs: number;
}

type Params = Record<string, unknown>;

/**
 * The plug's side of TPAP: its login, its sessions, and the lock after too many wrong passwords. Written apart from the
 * client, so that they check each other.
 */
export class SimulatedTpap {
  readonly #clock: Clock;
  readonly #mac: string;
  readonly #secret: string;
  readonly #answer: (text: string) => string;
  readonly #salt = randomBytes(16);
  readonly #sessions = new Map<string, Session>();
  #verifier: (Verifier & { iterations: number }) | null = null;
  #login: DeviceLogin | null = null;
  #lockedUntilMs = Number.NEGATIVE_INFINITY;
  behaviour: TpapBehaviour = { ...TPAP_OFFERED };
  /** Proofs of a password that were wrong since the last right one. */
  failedAttempts = 0;
  /** How often somebody has sent a proof. */
  proofs = 0;
  /** Sequence numbers of the requests that arrived, oldest first. */
  readonly seqs: number[] = [];
  /** Parameters of every login step that arrived, oldest first. */
  readonly steps: Params[] = [];

  /**
   * @param options.mac as the plug says it: `9C-53-22-00-00-01`
   * @param options.secret what stands for the password; by default the SHA-1 of it, as `extraCrypt` asks by default
   * @param options.answer what the device behind answers to a request, both JSON
   */
  constructor(options: {
    clock: Clock;
    mac: string;
    password: string;
    secret?: string;
    answer: (text: string) => string;
  }) {
    this.#clock = options.clock;
    this.#mac = options.mac;
    this.#secret = options.secret ?? createHash('sha1').update(options.password).digest('hex');
    this.#answer = options.answer;
  }

  /** Ends every session now, as when somebody else has logged in. */
  endSessions(): void {
    this.#sessions.clear();
  }

  /** Answers a POST; null when the path is none of TPAP's. */
  handle(path: string, body: Buffer): TpapReply | null {
    if (this.behaviour.tpap === 'absent') return null;
    const id = /^\/stok=([^/]+)\/ds$/.exec(path)?.[1];
    if (id !== undefined) return this.behaviour.tamper('ds', this.#request(decodeURIComponent(id), body));
    if (path !== '/') return null;
    const params = loginParams(body);
    if (params === null) return json({ error_code: -1003 });
    this.steps.push(params);
    const step = params.sub_method;
    if (step === 'discover') return this.behaviour.tamper(step, this.#discover());
    if (this.behaviour.tpap !== 'offered') return json({ error_code: 1003 });
    if (step === 'pake_register') return this.behaviour.tamper(step, this.#register(params));
    if (step === 'pake_share') return this.behaviour.tamper(step, this.#share(params));
    return json({ error_code: -1008 });
  }

  #discover(): TpapReply {
    const { tpap, tls, dac, pake, userHashType } = this.behaviour;
    if (tpap !== 'offered') return json({ error_code: 0, result: { sub_method: 'discover', tpap_preferred: false } });
    const offer = { tls, dac: Number(dac), noc: 0, pake, port: 80, user_hash_type: userHashType };
    return json({
      error_code: 0,
      result: { sub_method: 'discover', mac: this.#mac, tpap_preferred: true, tpap: offer },
    });
  }

  #register({ username, user_random, cipher_suites, encryption, stok }: Params): TpapReply {
    const lockedMs = this.#lockedUntilMs - this.#clock.monotonicMs();
    if (lockedMs > 0) return json({ error_code: -40404, data: { sec_left: Math.ceil(lockedMs / 1000) } });
    const { userHashType, iterations, compressedShare, extraCrypt } = this.behaviour;
    const owner = createHash(userHashType === 1 ? 'sha256' : 'md5')
      .update('admin')
      .digest('hex');
    const understood =
      username === (userHashType === 1 ? owner.toUpperCase() : owner) &&
      Array.isArray(cipher_suites) &&
      cipher_suites.includes(1) &&
      Array.isArray(encryption) &&
      encryption.includes('aes_128_ccm') &&
      stok === null;
    const userRandom = bytesOf(user_random);
    if (!understood || userRandom.length !== 32) return json({ error_code: -1008 });
    if (this.#verifier?.iterations !== iterations)
      this.#verifier = { iterations, ...makeVerifier(this.#secret, this.#salt, iterations) };
    const devRandom = randomBytes(32);
    this.#login = new DeviceLogin(this.#verifier, userRandom, devRandom);
    return json({
      error_code: 0,
      result: {
        dev_random: devRandom.toString('base64'),
        dev_salt: this.#salt.toString('base64'),
        dev_share: this.#login.share(compressedShare).toString('base64'),
        cipher_suites: 1,
        iterations,
        encryption: 'aes_128_ccm',
        ...(extraCrypt && { extra_crypt: extraCrypt }),
      },
    });
  }

  #share({ user_share, user_confirm, dac_nonce }: Params): TpapReply {
    const login = this.#login;
    this.#login = null;
    if (!login) return json({ error_code: -40413 });
    const { dac, startSeq, expiresSeconds } = this.behaviour;
    if (dac && bytesOf(dac_nonce).length !== 32) return json({ error_code: -1008 });
    this.proofs += 1;
    const proof = login.finish(bytesOf(user_share));
    const confirm = bytesOf(user_confirm);
    if (!proof || confirm.length !== 32 || !timingSafeEqual(confirm, proof.userConfirm)) return this.#wrongPassword();
    this.failedAttempts = 0;
    // Base64 as real ones are, with the characters that mean something in an address.
    const id = `+/${randomBytes(16).toString('base64')}`;
    const derive = (what: string, length: number) =>
      Buffer.from(hkdfSync('sha256', proof.sharedKey, `tp-kdf-salt-${what}`, `tp-kdf-info-${what}`, length));
    this.#sessions.set(id, {
      key: derive('aes128-key', 16),
      nonce: derive('aes128-iv', 12),
      lastSeq: startSeq - 1,
      sinceMs: this.#clock.monotonicMs(),
    });
    return json({
      error_code: 0,
      result: {
        dev_confirm: proof.devConfirm.toString('base64'),
        sessionId: id,
        start_seq: startSeq,
        expired: expiresSeconds,
        ...(dac && { dac_ca: 'none', dac_ica: 'none', dac_proof: randomBytes(70).toString('base64') }),
      },
    });
  }

  #wrongPassword(): TpapReply {
    this.failedAttempts += 1;
    const left = ATTEMPTS - this.failedAttempts;
    if (left <= 0) {
      this.#lockedUntilMs = this.#clock.monotonicMs() + LOCK_MS;
      this.failedAttempts = 0;
    }
    return json({
      error_code: -2203,
      error_info: {
        lockedMinute: left <= 0 ? LOCK_MS / 60_000 : 0,
        failedAttempts: ATTEMPTS - left,
        remainAttempts: left,
      },
    });
  }

  #request(id: string, body: Buffer): TpapReply {
    const session = this.#sessions.get(id);
    const over = session && this.#clock.monotonicMs() - session.sinceMs >= this.behaviour.tpapSessionMs;
    if (!session || over) return json({ error_code: -2203 });
    if (body.length < 20) return json({ error_code: -1006 });
    const seq = body.readUInt32BE();
    this.seqs.push(seq);
    if (seq <= session.lastSeq) return json({ error_code: -40413 });
    session.lastSeq = seq;
    const nonce = Buffer.concat([session.nonce.subarray(0, 8), body.subarray(0, 4)]);
    try {
      const decipher = createDecipheriv('aes-128-ccm', session.key, nonce, { authTagLength: 16 });
      decipher.setAuthTag(body.subarray(-16));
      const text = decipher.update(body.subarray(4, -16), undefined, 'utf8');
      decipher.final();
      const cipher = createCipheriv('aes-128-ccm', session.key, nonce, { authTagLength: 16 });
      const answer = Buffer.concat([cipher.update(this.#answer(text), 'utf8'), cipher.final()]);
      return {
        status: 200,
        contentType: 'application/octet-stream',
        body: Buffer.concat([body.subarray(0, 4), answer, cipher.getAuthTag()]),
      };
    } catch {
      return json({ error_code: -40413 });
    }
  }
}

function json(body: unknown): TpapReply {
  return { status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) };
}

function bytesOf(base64: unknown): Buffer {
  return Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64');
}

function loginParams(body: Buffer): Params | null {
  try {
    const { method, params } = JSON.parse(body.toString('utf8'));
    return method === 'login' && params !== null && typeof params === 'object' ? params : null;
  } catch {
    return null;
  }
}
