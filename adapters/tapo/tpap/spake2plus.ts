import { createHash, createHmac, hkdfSync, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { p256 } from '@noble/curves/nist.js';

/**
 * The prover's side of SPAKE2+ (RFC 9383) on P-256 with SHA-256 and HMAC, as TP-Link plugs speak it: their own context,
 * no identities, and a secret that both sides stretch to two scalars. Checked against known answers, without a network.
 */

const { Point } = p256;
/** RFC 9383, section 4, P-256. */
const M = Point.fromHex('02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f');
const N = Point.fromHex('03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49');
const CONTEXT = 'PAKE V1';
export const RANDOM_BYTES = 32;
const HASH_BYTES = 32;
/** 64 bits more than the order has: the remainder is then as good as uniform. */
const SCALAR_BYTES = HASH_BYTES + 8;

const pbkdf2Async = promisify(pbkdf2);
const sha256 = (...parts: (Uint8Array | string)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** What both sides know of the secret; the plug itself keeps only `w0` and w1·G. */
export interface Scalars {
  w0: bigint;
  w1: bigint;
}

/** Stretches the secret, off the event loop. */
export async function stretch(secret: string, salt: Buffer, iterations: number): Promise<Scalars> {
  const bytes = await pbkdf2Async(secret, salt, iterations, 2 * SCALAR_BYTES, 'sha256');
  const scalar = (part: Buffer) => Point.Fn.create(toBigInt(part));
  return { w0: scalar(bytes.subarray(0, SCALAR_BYTES)), w1: scalar(bytes.subarray(SCALAR_BYTES)) };
}

/** A secret scalar for one run, never used again. */
export function freshScalar(): bigint {
  return Point.Fn.fromBytes(p256.utils.randomSecretKey());
}

export interface Proof {
  /** Our share and our confirmation, to send. */
  userShare: Buffer;
  userConfirm: Buffer;
  /** What the plug answers if it knows the secret too. */
  devConfirm: Buffer;
  sharedKey: Buffer;
  /** Hash of everything that was agreed. */
  transcript: Buffer;
}

/**
 * @param x from `freshScalar`
 * @param devShare the plug's share, a SEC1 point, compressed or not
 * @throws Error when `devShare` is no usable point of the curve
 */
export function prove(
  { w0, w1 }: Scalars,
  x: bigint,
  exchanged: { userRandom: Buffer; devRandom: Buffer; devShare: Buffer },
): Proof {
  const theirs = Point.fromBytes(exchanged.devShare);
  theirs.assertValidity();
  const blinded = theirs.subtract(N.multiply(w0));
  // The point at infinity would make the key known to everybody.
  if (blinded.is0()) throw new Error('the point at infinity');
  const ours = Point.BASE.multiply(x).add(M.multiply(w0));
  const userShare = uncompressed(ours);
  const devShare = uncompressed(theirs);
  const transcript = sha256(
    ...[
      sha256(CONTEXT, exchanged.userRandom, exchanged.devRandom),
      '',
      '',
      uncompressed(M),
      uncompressed(N),
      userShare,
      devShare,
      uncompressed(blinded.multiply(x)),
      uncompressed(blinded.multiply(w1)),
      minimal(w0),
    ].flatMap((part) => [length64(part.length), part]),
  );
  const derive = (info: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', transcript, Buffer.alloc(HASH_BYTES), info, bytes));
  const confirmKeys = derive('ConfirmationKeys', 2 * HASH_BYTES);
  return {
    userShare,
    // Each side proves its key over the other's share.
    userConfirm: createHmac('sha256', confirmKeys.subarray(0, HASH_BYTES)).update(devShare).digest(),
    devConfirm: createHmac('sha256', confirmKeys.subarray(HASH_BYTES)).update(userShare).digest(),
    sharedKey: derive('SharedKey', HASH_BYTES),
    transcript,
  };
}

function uncompressed(point: InstanceType<typeof Point>): Buffer {
  return Buffer.from(point.toBytes(false));
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

/** Little-endian, unlike everything else here. */
function length64(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(length);
  return bytes;
}

/** As few bytes as hold the number; with a zero before when their count is odd and the first bit is set. */
function minimal(scalar: bigint): Buffer {
  const hex = scalar.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  const odd = bytes.length % 2 === 1 && (bytes[0] ?? 0) >= 0x80;
  return odd ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
}
