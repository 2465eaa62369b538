import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Channel } from '../../adapters/tapo/channel.ts';
import { KLAP_1, KLAP_2, KlapCipher } from '../../adapters/tapo/klap.ts';
import { KlapSession } from '../../adapters/tapo/klap-transport.ts';
import { fixedAddress } from '../../adapters/tapo/locator.ts';
import { FakeClock } from '../support/fake-clock.ts';

const channel = new Channel('nobody', fixedAddress('127.0.0.1', 9), 0, new FakeClock());

interface Vectors {
  inputs: Record<'username' | 'password' | 'localSeed' | 'remoteSeed' | 'request' | 'response', string>;
  v1: Record<string, string> & { seq_initial: number; first_request_seq: number };
  v2: Record<string, string> & { seq_initial: number; first_request_seq: number };
  default_auth_hashes: Record<string, { username: string; password: string; v1: string; v2: string }>;
  seq_edge: Record<string, { body_first32: string; ct: string }>;
}

const file = new URL('../../../shared/fixtures/tapo/klap-vectors.json', import.meta.url);
const present = existsSync(file);
if (!present) console.warn(`skipped: the KLAP test vectors are not at ${file.pathname}`);

const vectors = (
  present
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { inputs: {}, v1: {}, v2: {}, default_auth_hashes: {}, seq_edge: {} }
) as Vectors;
const { inputs, default_auth_hashes, seq_edge } = vectors;
const localSeed = Buffer.from(inputs.localSeed ?? '', 'hex');
const remoteSeed = Buffer.from(inputs.remoteSeed ?? '', 'hex');

describe.skipIf(!present).each([
  ['v1', KLAP_1],
  ['v2', KLAP_2],
] as const)('KLAP %s agrees byte for byte with the known answers', (name, version) => {
  const known = vectors[name];
  const auth = version.authHash(inputs.username ?? '', inputs.password ?? '');
  const cipher = new KlapCipher(localSeed, remoteSeed, auth);

  it('in what stands for the account', () => {
    expect(auth.toString('hex')).toBe(known.auth_hash);
  });

  it.each(Object.entries(default_auth_hashes))('in the factory account %s', (_, account) => {
    expect(version.authHash(account.username, account.password).toString('hex')).toBe(account[name]);
  });

  it('in both proofs of the handshake', () => {
    expect(version.plugProof(localSeed, remoteSeed, auth).toString('hex')).toBe(known.handshake1_server_hash);
    expect(version.clientProof(localSeed, remoteSeed, auth).toString('hex')).toBe(known.handshake2_payload);
  });

  it('in the first sequence number, the first request and its answer', () => {
    expect(cipher.seqBeforeFirst).toBe(known.seq_initial);
    const session = new KlapSession(channel, '', cipher, 1);
    const seq = session.nextSeq();
    expect(seq).toBe(known.first_request_seq);
    expect(cipher.encrypt(seq, inputs.request).toString('hex')).toBe(known.request_body);
    expect(cipher.decrypt(seq, Buffer.from(known.response_body ?? '', 'hex'))).toBe(inputs.response);
  });
});

describe.skipIf(!present)('the encryption of KLAP', () => {
  const auth = KLAP_2.authHash(inputs.username ?? '', inputs.password ?? '');
  const cipher = new KlapCipher(localSeed, remoteSeed, auth);

  it.each(Object.entries(seq_edge))('at sequence number %s', (seq, { body_first32, ct }) => {
    expect(cipher.encrypt(Number(seq), '{}').toString('hex')).toBe(body_first32 + ct);
    expect(cipher.decrypt(Number(seq), Buffer.from(body_first32 + ct, 'hex'))).toBe('{}');
  });

  it('and refuses what another sequence number encrypted', () => {
    const answer = cipher.encrypt(7, '{"error_code":0}');
    expect(() => JSON.parse(cipher.decrypt(8, answer))).toThrow();
  });
});

describe('a KLAP session', () => {
  const cipher = new KlapCipher(Buffer.alloc(16), Buffer.alloc(16), Buffer.alloc(32));

  it('uses its last sequence number 0x7fffffff and none after it', () => {
    const session = new KlapSession(channel, '', cipher, 1000, 0x7ffffffe);
    expect(session.usableAt(0)).toBe(true);
    expect(session.nextSeq()).toBe(0x7fffffff);
    expect(session.usableAt(0)).toBe(false);
  });

  it('counts through zero from a negative start', () => {
    const session = new KlapSession(channel, '', cipher, 1000, -2);
    expect([session.nextSeq(), session.nextSeq(), session.nextSeq()]).toEqual([-1, 0, 1]);
  });

  it('is over at its time of renewal', () => {
    const session = new KlapSession(channel, '', cipher, 1000, 5);
    expect(session.usableAt(999)).toBe(true);
    expect(session.usableAt(1000)).toBe(false);
  });
});
