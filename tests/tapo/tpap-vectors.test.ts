import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { DeviceLogin, makeVerifier } from '../../adapters/simulator/tapo-verifier.ts';
import { sessionKeys, TpapCipher } from '../../adapters/tapo/tpap/cipher.ts';
import { passcode, registerName } from '../../adapters/tapo/tpap/passcode.ts';
import { type Proof, prove, type Scalars, stretch } from '../../adapters/tapo/tpap/spake2plus.ts';

type Name =
  | ('username' | 'password' | 'register_username_md5' | 'register_username_sha256_upper' | 'secret_passwd_id_2')
  | ('dev_salt_b64' | 'user_random_b64' | 'dev_random_b64' | 'x' | 'y' | 'w0' | 'w1' | 'dev_share_b64')
  | ('user_share_b64' | 'transcript_sha256' | 'user_confirm_b64' | 'dev_confirm_b64' | 'shared_key' | 'session_key')
  | ('base_nonce' | 'request' | 'request_body_hex');
type Vectors = Record<Name, string> & { iterations: number; seq: number };

const file = new URL('../../../shared/fixtures/tapo/tpap-vectors.json', import.meta.url);
const present = existsSync(file);
if (!present) console.warn(`skipped: the TPAP test vectors are not at ${file.pathname}`);

describe.skipIf(!present)('TPAP agrees byte for byte with the known answers', () => {
  const v = (present ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Vectors;
  const base64 = (text: string) => Buffer.from(text, 'base64');
  let scalars: Scalars;
  let proof: Proof;

  beforeAll(async () => {
    scalars = await stretch(v.secret_passwd_id_2, base64(v.dev_salt_b64), v.iterations);
    proof = prove(scalars, BigInt(`0x${v.x}`), {
      userRandom: base64(v.user_random_b64),
      devRandom: base64(v.dev_random_b64),
      devShare: base64(v.dev_share_b64),
    });
  });

  it('in the name under which it registers', () => {
    expect(registerName(0)).toBe(v.register_username_md5);
    expect(registerName(1)).toBe(v.register_username_sha256_upper);
  });

  it('in what stands for the password', () => {
    const account = { username: v.username, password: v.password };
    const crypt = { type: 'password_shadow', params: { passwd_id: 2 } };
    expect(passcode(account, crypt, null)).toBe(v.secret_passwd_id_2);
  });

  it('in the two scalars', () => {
    expect(scalars.w0.toString(16).padStart(64, '0')).toBe(v.w0);
    expect(scalars.w1.toString(16).padStart(64, '0')).toBe(v.w1);
  });

  it('in its share, the transcript, both confirmations and the shared key', () => {
    expect(proof.userShare.toString('base64')).toBe(v.user_share_b64);
    expect(proof.transcript.toString('hex')).toBe(v.transcript_sha256);
    expect(proof.userConfirm.toString('base64')).toBe(v.user_confirm_b64);
    expect(proof.devConfirm.toString('base64')).toBe(v.dev_confirm_b64);
    expect(proof.sharedKey.toString('hex')).toBe(v.shared_key);
  });

  it('on the side of the simulated plug too', () => {
    const verifier = makeVerifier(v.secret_passwd_id_2, base64(v.dev_salt_b64), v.iterations);
    const y = BigInt(`0x${v.y}`);
    const login = new DeviceLogin(verifier, base64(v.user_random_b64), base64(v.dev_random_b64), y);
    expect(login.share(false).toString('base64')).toBe(v.dev_share_b64);
    const keys = login.finish(base64(v.user_share_b64));
    expect(keys?.userConfirm.toString('base64')).toBe(v.user_confirm_b64);
    expect(keys?.devConfirm.toString('base64')).toBe(v.dev_confirm_b64);
    expect(keys?.sharedKey.toString('hex')).toBe(v.shared_key);
  });

  it('in the session key, the nonce and the body of a request', () => {
    const keys = sessionKeys(Buffer.from(v.shared_key, 'hex'));
    expect(keys.key.toString('hex')).toBe(v.session_key);
    expect(keys.nonce.toString('hex')).toBe(v.base_nonce);
    const cipher = new TpapCipher(keys);
    expect(cipher.encrypt(v.seq, v.request).toString('hex')).toBe(v.request_body_hex);
    expect(cipher.decrypt(v.seq, Buffer.from(v.request_body_hex, 'hex'))).toBe(v.request);
  });
});
