import { randomBytes } from 'node:crypto';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { Channel, Expiry } from './channel.ts';
import {
  type Account,
  answerIn,
  LoginRefused,
  type Session,
  SessionLost,
  TAKEN_AWAY,
  type TransportKind,
  WrongTransport,
} from './kind.ts';
import { HASH_BYTES, KLAP_VERSIONS, KlapCipher, type KlapVersion, LAST_SEQ, SEED_BYTES } from './klap.ts';
import { cookieLastsSeconds, sessionCookie, usableMs } from './session-life.ts';

/** A device that no account owns answers with one of these. Never used to log in: anyone could. */
const FACTORY_ACCOUNTS: readonly Account[] = [
  { username: '', password: '' },
  { username: 'test@tp-link.net', password: 'test' },
  { username: 'kasa@tp-link.net', password: 'kasaSetup' },
];

/** KLAP over plain HTTP: version 2 on every Tapo device since 2023, version 1 on older Kasa ones. */
export const klap: TransportKind = {
  name: 'klap',
  async open(channel, account, expiry) {
    const { who, clock } = channel;
    const startedMs = clock.monotonicMs();
    const localSeed = randomBytes(SEED_BYTES);
    const first = await channel.post(() => binary('/app/handshake1', localSeed, null), expiry);
    // Said before it looks at any password.
    if (first.status === 403) throw new WrongTransport('KLAP is switched off (HTTP 403)', 'tpap');
    if (first.status === 404) throw new WrongTransport('it does not speak KLAP (HTTP 404)', 'aes');
    channel.expectOk(first, 'the handshake');
    if (first.body.length !== SEED_BYTES + HASH_BYTES)
      throw new PlugProtocolError(
        `${who} answered the handshake with ${first.body.length} bytes instead of 48: is it a Tapo plug?`,
      );
    const remoteSeed = first.body.subarray(0, SEED_BYTES);
    const proof = first.body.subarray(SEED_BYTES);
    const version = versionProven(account, localSeed, remoteSeed, proof);
    if (!version) throw new LoginRefused(whyRefused(who, localSeed, remoteSeed, proof), null);

    const cookie = sessionCookie(first.cookies);
    if (cookie === null) throw new PlugProtocolError(`${who} gave no session cookie: is it a Tapo plug?`);
    const auth = version.authHash(account.username, account.password);
    const body = version.clientProof(localSeed, remoteSeed, auth);
    const second = await channel.post(() => binary('/app/handshake2', body, cookie), expiry);
    if (second.status === 403)
      throw new SessionLost(new PlugUnreachable(`${who} broke off the handshake (HTTP 403): try again`), false);
    channel.expectOk(second, 'the end of the handshake');
    const renewAtMs = startedMs + usableMs(cookieLastsSeconds(first.cookies));
    return new KlapSession(channel, cookie, new KlapCipher(localSeed, remoteSeed, auth), renewAtMs);
  },
};

/** A session as the device granted it, and the next sequence number in it. */
export class KlapSession implements Session {
  readonly #channel: Channel;
  readonly #cookie: string;
  readonly #cipher: KlapCipher;
  readonly #renewAtMs: number;
  #seq: number;

  constructor(
    channel: Channel,
    cookie: string,
    cipher: KlapCipher,
    renewAtMonotonicMs: number,
    seq = cipher.seqBeforeFirst,
  ) {
    this.#channel = channel;
    this.#cookie = cookie;
    this.#cipher = cipher;
    this.#renewAtMs = renewAtMonotonicMs;
    this.#seq = seq;
  }

  usableAt(monotonicMs: number): boolean {
    return monotonicMs < this.#renewAtMs && this.#seq < LAST_SEQ;
  }

  nextSeq(): number {
    this.#seq = (this.#seq + 1) | 0;
    return this.#seq;
  }

  async send(request: string, expiry: Expiry): Promise<unknown> {
    const { who } = this.#channel;
    let seq = 0;
    // A request that goes out twice is numbered twice; its answer is read with the number it went out with.
    const next = () => {
      seq = this.nextSeq();
      return binary(`/app/request?seq=${seq}`, this.#cipher.encrypt(seq, request), this.#cookie);
    };
    const reply = await this.#channel.post(next, expiry);
    if (reply.status === 401 || reply.status === 403)
      throw new SessionLost(
        new PlugUnreachable(`${who} ends every session at once (HTTP ${reply.status}): ${TAKEN_AWAY}`),
        false,
      );
    this.#channel.expectOk(reply, 'a request');
    return answerIn(who, () => this.#cipher.decrypt(seq, reply.body));
  }
}

function binary(path: string, body: Buffer, cookie: string | null) {
  return { path, body, cookie, contentType: 'application/octet-stream' as const };
}

/** The version by which the device has proven to know the account; looking costs no request. */
function versionProven(
  { username, password }: Account,
  localSeed: Buffer,
  remoteSeed: Buffer,
  proof: Buffer,
): KlapVersion | undefined {
  return KLAP_VERSIONS.find(({ authHash, plugProof }) =>
    plugProof(localSeed, remoteSeed, authHash(username, password)).equals(proof),
  );
}

function whyRefused(who: string, localSeed: Buffer, remoteSeed: Buffer, proof: Buffer): string {
  if (FACTORY_ACCOUNTS.some((account) => versionProven(account, localSeed, remoteSeed, proof)))
    return (
      `${who} is not bound to your TP-Link account: it still has the account of the factory. ` +
      'Add it in the Tapo app with the account that offair uses'
    );
  return (
    `${who} does not know this e-mail and password. Both must be typed as in the Tapo app, capitals included. ` +
    'If they are right, the plug holds older ones (password changed since, or set up by "simple setup", obd_src tss): ' +
    'remove it in the Tapo app and add it again. Other ones are used after a restart of offair'
  );
}
