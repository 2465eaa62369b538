import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

/** The arithmetic of KLAP, without a network. */

export const SEED_BYTES = 16;
export const HASH_BYTES = 32;
/** The last sequence number of a session: nobody knows what a plug does after it. */
export const LAST_SEQ = 0x7fffffff;

const digest = (algorithm: 'md5' | 'sha1' | 'sha256', ...parts: (Buffer | string)[]) => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const sha256 = (...parts: (Buffer | string)[]) => digest('sha256', ...parts);

/** What the two versions of KLAP differ in. Seeds have 16 bytes. */
export interface KlapVersion {
  /** What stands for the account. E-mail and password count exactly as typed at registration, capitals and spaces too. */
  authHash(username: string, password: string): Buffer;
  /** The plug's proof, in its answer to handshake 1, that it knows the account. */
  plugProof(localSeed: Buffer, remoteSeed: Buffer, auth: Buffer): Buffer;
  /** Our proof, sent in handshake 2. */
  clientProof(localSeed: Buffer, remoteSeed: Buffer, auth: Buffer): Buffer;
}

/** What every Tapo plug since 2023 speaks. */
export const KLAP_2: KlapVersion = {
  authHash: (username, password) => sha256(digest('sha1', username), digest('sha1', password)),
  plugProof: sha256,
  clientProof: (localSeed, remoteSeed, auth) => sha256(remoteSeed, localSeed, auth),
};

/** What plugs of the older Kasa family speak. */
export const KLAP_1: KlapVersion = {
  authHash: (username, password) => digest('md5', digest('md5', username), digest('md5', password)),
  plugProof: (localSeed, _remoteSeed, auth) => sha256(localSeed, auth),
  clientProof: (_localSeed, remoteSeed, auth) => sha256(remoteSeed, auth),
};

export const KLAP_VERSIONS: readonly KlapVersion[] = [KLAP_2, KLAP_1];

/** Encryption of one session. It keeps no sequence number: who sends a request decrypts its answer with the same. */
export class KlapCipher {
  /** The session's sequence number before its first request: signed 32 bits, may be negative. */
  readonly seqBeforeFirst: number;
  readonly #key: Buffer;
  readonly #iv: Buffer;
  readonly #signature: Buffer;

  constructor(localSeed: Buffer, remoteSeed: Buffer, auth: Buffer) {
    const derive = (label: string) => sha256(label, localSeed, remoteSeed, auth);
    const iv = derive('iv');
    this.#key = derive('lsk').subarray(0, 16);
    this.#iv = iv.subarray(0, 12);
    this.seqBeforeFirst = iv.readInt32BE(28);
    this.#signature = derive('ldk').subarray(0, 28);
  }

  /** Body of a request or an answer: a signature of 32 bytes, then the encrypted text. */
  encrypt(seq: number, text: string): Buffer {
    const cipher = createCipheriv('aes-128-cbc', this.#key, Buffer.concat([this.#iv, int32(seq)]));
    const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([sha256(this.#signature, int32(seq), encrypted), encrypted]);
  }

  /**
   * The signature is not checked: whether real plugs sign their answers by the formula of the requests is not known.
   * @throws Error when the body was not encrypted by this session with this sequence number
   */
  decrypt(seq: number, body: Buffer): string {
    const decipher = createDecipheriv('aes-128-cbc', this.#key, Buffer.concat([this.#iv, int32(seq)]));
    const text = Buffer.concat([decipher.update(body.subarray(HASH_BYTES)), decipher.final()]);
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
