import { createHash, createHmac, hkdfSync, pbkdf2Sync } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';

/** The verifier's side of SPAKE2+, as a plug has it. Written apart from the client, so that they check each other. */

const { Point } = p256;
type P256Point = InstanceType<typeof Point>;
const M = Point.fromHex('02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f');
const N = Point.fromHex('03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49');

/** What a plug keeps instead of the password. */
export interface Verifier {
  w0: bigint;
  L: P256Point;
}

export function makeVerifier(secret: string, salt: Buffer, iterations: number): Verifier {
  const stretched = pbkdf2Sync(secret, salt, iterations, 80, 'sha256').toString('hex');
  const scalar = (hex: string) => BigInt(`0x${hex}`) % Point.Fn.ORDER;
  return { w0: scalar(stretched.slice(0, 80)), L: Point.BASE.multiply(scalar(stretched.slice(80))) };
}

/** One login, from the plug's share to the keys. */
export class DeviceLogin {
  readonly #verifier: Verifier;
  readonly #context: Buffer;
  readonly #y: bigint;
  readonly #share: P256Point;

  /** @param y for known answers; a fresh random scalar otherwise */
  constructor(
    verifier: Verifier,
    userRandom: Buffer,
    devRandom: Buffer,
    y = Point.Fn.fromBytes(p256.utils.randomSecretKey()),
  ) {
    this.#verifier = verifier;
    this.#context = createHash('sha256')
      .update(Buffer.concat([Buffer.from('PAKE V1'), userRandom, devRandom]))
      .digest();
    this.#y = y;
    this.#share = Point.BASE.multiply(y).add(N.multiply(verifier.w0));
  }

  share(compressed: boolean): Buffer {
    return Buffer.from(this.#share.toBytes(compressed));
  }

  /** null when the client's share is no point of the curve. */
  finish(userShare: Buffer): { userConfirm: Buffer; devConfirm: Buffer; sharedKey: Buffer } | null {
    let theirs: P256Point;
    try {
      theirs = Point.fromBytes(userShare);
    } catch {
      return null;
    }
    const Z = theirs.subtract(M.multiply(this.#verifier.w0)).multiply(this.#y);
    if (Z.is0()) return null;
    const V = this.#verifier.L.multiply(this.#y);
    const points = [M, N, theirs, this.#share, Z, V].map((point) => Buffer.from(point.toBytes(false)));
    let w = Buffer.from(this.#verifier.w0.toString(16).padStart(64, '0'), 'hex');
    while (w[0] === 0) w = w.subarray(1);
    if (w.length % 2 === 1 && (w.readUInt8() & 0x80) !== 0) w = Buffer.concat([Buffer.from([0]), w]);
    const transcript = createHash('sha256');
    for (const part of [this.#context, Buffer.alloc(0), Buffer.alloc(0), ...points, w]) {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(part.length));
      transcript.update(length).update(part);
    }
    const main = transcript.digest();
    const derive = (info: string, length: number) =>
      Buffer.from(hkdfSync('sha256', main, Buffer.alloc(32), info, length));
    const confirmations = derive('ConfirmationKeys', 64);
    const mac = (key: Buffer, share: Buffer) => createHmac('sha256', key).update(share).digest();
    return {
      userConfirm: mac(confirmations.subarray(0, 32), this.share(false)),
      devConfirm: mac(confirmations.subarray(32), Buffer.from(theirs.toBytes(false))),
      sharedKey: derive('SharedKey', 32),
    };
  }
}
