import { randomBytes } from 'node:crypto';
import { PlugProtocolError, PlugUnreachable } from '../../../model/errors.ts';
import type { Channel } from '../channel.ts';
import { renewAfterSeconds, sessionCookie } from '../cookies.ts';
import { type Account, LoginRefused, SessionLost, type TransportKind, WrongTransport } from '../kind.ts';
import { HASH_BYTES, KLAP_1, KLAP_2, KlapCipher, type KlapHandshake, SEED_BYTES } from './cipher.ts';
import { KlapSession } from './session.ts';

/** A plug that no account owns answers with one of these. Never used to log in: anyone could. */
const FACTORY_ACCOUNTS: readonly Account[] = [
  { username: '', password: '' },
  { username: 'test@tp-link.net', password: 'test' },
  { username: 'kasa@tp-link.net', password: 'kasaSetup' },
];

/**
 * KLAP over plain HTTP, versions 2 and 1: the plug proves first, so which version it speaks, and whether it knows the
 * account, costs no further request, and nothing of ours is told to whoever does not know the account.
 */
export const klap: TransportKind = {
  name: 'klap',
  async open(channel, account, expiresAtMs) {
    const { who } = channel;
    const startedMs = channel.clock.monotonicMs();
    const localSeed = randomBytes(SEED_BYTES);
    const first = await post(channel, '/app/handshake1', localSeed, null, expiresAtMs);
    if (first.status === 403) throw new WrongTransport(`${who} lets nobody in by KLAP (HTTP 403)`, 'tpap');
    if (first.status === 404) throw new WrongTransport(`${who} does not speak KLAP (HTTP 404)`, 'aes');
    channel.expectOk(first, 'the handshake');
    if (first.body.length !== SEED_BYTES + HASH_BYTES)
      throw new PlugProtocolError(
        `${who} answered the handshake with ${first.body.length} bytes instead of 48: is it a Tapo plug?`,
      );
    const remoteSeed = first.body.subarray(0, SEED_BYTES);
    const proof = first.body.subarray(SEED_BYTES);
    const proves = (version: KlapHandshake, { username, password }: Account) =>
      version.plugProof(localSeed, remoteSeed, version.authHash(username, password)).equals(proof);
    const version = [KLAP_2, KLAP_1].find((each) => proves(each, account));
    if (!version) {
      const unbound = FACTORY_ACCOUNTS.some((factory) => proves(KLAP_2, factory) || proves(KLAP_1, factory));
      throw new LoginRefused(unbound ? notBound(who) : notKnown(who), null);
    }

    const cookie = sessionCookie(first.cookies);
    if (cookie === null) throw new PlugProtocolError(`${who} gave no session cookie: is it a Tapo plug?`);
    const auth = version.authHash(account.username, account.password);
    const clientProof = version.clientProof(localSeed, remoteSeed, auth);
    const second = await post(channel, '/app/handshake2', clientProof, cookie, expiresAtMs);
    if (second.status === 403)
      throw new SessionLost(new PlugUnreachable(`${who} broke off the handshake (HTTP 403): try again`), false);
    channel.expectOk(second, 'the end of the handshake');
    const renewAtMs = startedMs + renewAfterSeconds(first.cookies) * 1000;
    return new KlapSession(channel, cookie, new KlapCipher(localSeed, remoteSeed, auth), renewAtMs);
  },
};

function post(channel: Channel, path: string, body: Buffer, cookie: string | null, expiresAtMs: number) {
  return channel.post(() => ({ path, body, contentType: 'application/octet-stream', cookie }), expiresAtMs);
}

function notBound(who: string): string {
  return (
    `${who} is not bound to your TP-Link account: it still has the account of the factory. ` +
    'Add it in the Tapo app with the account that offair uses, then restart offair'
  );
}

function notKnown(who: string): string {
  return (
    `${who} does not know this e-mail and password. Both must be typed as in the Tapo app, capitals included. ` +
    'If they are right, the plug holds older ones (password changed since, or set up by "simple setup", obd_src tss): ' +
    'remove it in the Tapo app and add it again. Then restart offair'
  );
}
