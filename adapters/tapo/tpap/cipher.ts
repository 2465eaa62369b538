import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

const SEQ_BYTES = 4;
const TAG_BYTES = 16;

/** @param sharedKey what the login agreed on, 32 bytes */
export function sessionKeys(sharedKey: Buffer): { key: Buffer; nonce: Buffer } {
  const derive = (what: 'key' | 'iv', bytes: number) =>
    Buffer.from(hkdfSync('sha256', sharedKey, `tp-kdf-salt-aes128-${what}`, `tp-kdf-info-aes128-${what}`, bytes));
  return { key: derive('key', 16), nonce: derive('iv', 12) };
}

/**
 * Encryption of one TPAP session (AES-128-CCM), without a network. A body is the sequence number, the encrypted text and
 * a tag of 16 bytes. It keeps no sequence number: who sends a request decrypts its answer with the same.
 */
export class TpapCipher {
  readonly #key: Buffer;
  readonly #nonce: Buffer;

  constructor({ key, nonce }: { key: Buffer; nonce: Buffer }) {
    this.#key = key;
    this.#nonce = nonce;
  }

  /** @param seq unsigned, 32 bits; must never be used for two texts */
  encrypt(seq: number, text: string): Buffer {
    const cipher = createCipheriv('aes-128-ccm', this.#key, this.#nonceAt(seq), { authTagLength: TAG_BYTES });
    const encrypted = cipher.update(text, 'utf8');
    cipher.final();
    return Buffer.concat([uint32(seq), encrypted, cipher.getAuthTag()]);
  }

  /** @throws Error when the body was not encrypted by this session with this sequence number */
  decrypt(seq: number, body: Buffer): string {
    if (body.length < SEQ_BYTES + TAG_BYTES) throw new Error(`${body.length} bytes`);
    if (body.readUInt32BE() !== seq) throw new Error(`sequence number ${body.readUInt32BE()} instead of ${seq}`);
    const decipher = createDecipheriv('aes-128-ccm', this.#key, this.#nonceAt(seq), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(body.subarray(-TAG_BYTES));
    const text = decipher.update(body.subarray(SEQ_BYTES, -TAG_BYTES));
    decipher.final();
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  }

  #nonceAt(seq: number): Buffer {
    return Buffer.concat([this.#nonce.subarray(0, 8), uint32(seq)]);
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
