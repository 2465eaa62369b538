import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { Account } from './kind.ts';

/** The arithmetic of securePassthrough, what Tapo plugs spoke until 2023, without a network. */

const KEY_BYTES = 16;
const IV_BYTES = 16;

/** How the account is written in a login: 2 sends only hashes, 1 the password itself. */
export type LoginVersion = 1 | 2;

const sha1Hex = (text: string) => createHash('sha1').update(text, 'utf8').digest('hex');
const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

/** Parameters of `login_device`. */
export function loginParams({ username, password }: Account, version: LoginVersion): Record<string, string> {
  const secret = version === 2 ? { password2: base64(sha1Hex(password)) } : { password: base64(password) };
  return { ...secret, username: base64(sha1Hex(username)) };
}

let pair: Promise<{ publicPem: string; privateKey: KeyObject }> | null = null;

/** One key pair for all plugs of this run: 1024 bits, since plugs take no other, and it only guards a session's key. */
export function rsaKeys(): Promise<{ publicPem: string; privateKey: KeyObject }> {
  pair ??= promisify(generateKeyPair)('rsa', { modulusLength: 1024 }).then(({ publicKey, privateKey }) => ({
    publicPem: oneLinePem(publicKey),
    privateKey,
  }));
  return pair;
}

/** Plugs count the bytes of the handshake: the key is one line of base64, not lines of 64 as Node writes it. */
function oneLinePem(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return `-----BEGIN PUBLIC KEY-----\n${der}\n-----END PUBLIC KEY-----\n`;
}

/** Encryption of one session: the same key and the same IV every time. */
export class AesCipher {
  readonly #key: Buffer;
  readonly #iv: Buffer;

  constructor(key: Buffer, iv: Buffer) {
    this.#key = key;
    this.#iv = iv;
  }

  /** @throws Error when the device's key was not made for our key */
  static fromHandshake(encryptedKey: string, privateKey: KeyObject): AesCipher {
    const padded = { key: privateKey, padding: constants.RSA_PKCS1_PADDING };
    const bytes = privateDecrypt(padded, Buffer.from(encryptedKey, 'base64'));
    // A wrong key does not fail here: it yields random bytes of a random length.
    if (bytes.length !== KEY_BYTES + IV_BYTES) throw new Error('not a key of 32 bytes');
    return new AesCipher(bytes.subarray(0, KEY_BYTES), bytes.subarray(KEY_BYTES));
  }

  encrypt(text: string): string {
    const cipher = createCipheriv('aes-128-cbc', this.#key, this.#iv);
    return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
  }

  /** @throws Error when it was not encrypted in this session */
  decrypt(encrypted: string): string {
    const decipher = createDecipheriv('aes-128-cbc', this.#key, this.#iv);
    const text = Buffer.concat([decipher.update(Buffer.from(encrypted, 'base64')), decipher.final()]);
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  }
}
