import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { macSchema } from '../mac.ts';

/** TP-Link's discovery port on every Tapo device. */
export const DISCOVERY_PORT = 20002;

const HEADER_BYTES = 16;
/** Stands in the checksum's place while the checksum is computed. */
const CRC_SEED = 0x5a6b7c8d;
const PROBE_FLAGS = 0x11;
/** Answers of plugs have some 500 bytes. */
const MAX_REPLY_BYTES = 2048;

/** Puts TP-Link's header before a payload. @param serial any number of 32 bits */
export function framed(payload: Buffer, flags: number, serial: number): Buffer {
  const packet = Buffer.concat([Buffer.alloc(HEADER_BYTES), payload]);
  packet.writeUInt8(2, 0);
  packet.writeUInt16BE(1, 2);
  packet.writeUInt16BE(payload.length, 4);
  packet.writeUInt8(flags, 6);
  packet.writeUInt32BE(serial, 8);
  packet.writeUInt32BE(CRC_SEED, 12);
  packet.writeUInt32BE(crc32(packet), 12);
  return packet;
}

/**
 * A discovery probe. The key would encrypt part of the answer for some cameras; plugs only want that there is one.
 * @param serial any number of 32 bits
 */
export function probePacket(serial: number, publicKeyPem: string): Buffer {
  return framed(Buffer.from(JSON.stringify({ params: { rsa_key: publicKeyPem } })), PROBE_FLAGS, serial);
}

let publicKey: Promise<string> | null = null;

/** A probe ready to be sent; the key is made once. */
export async function newProbe(): Promise<Buffer> {
  publicKey ??= promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).then((pair) => pair.publicKey);
  return probePacket(randomBytes(4).readUInt32BE(), await publicKey);
}

const word = z.string().max(64);
const replySchema = z.object({
  error_code: z.literal(0),
  result: z.looseObject({
    mac: macSchema,
    device_type: word,
    device_model: word.regex(/^[\w()./ -]+$/),
    owner: word.default(''),
    obd_src: word.default(''),
    factory_default: z.boolean().default(false),
    mgt_encrypt_schm: z.object({
      encrypt_type: word.regex(/^\w+$/),
      http_port: z.int().min(1).max(65535).default(80),
      is_support_https: z.boolean().default(false),
    }),
  }),
});

/** What a device says of itself to anybody who probes it. Nothing of it is proven. */
export interface TapoReply {
  /** 12 upper-case hex digits. */
  mac: string;
  /** Without the region: `P110`. */
  model: string;
  /** `SMART.TAPOPLUG`, `IOT.SMARTPLUGSWITCH`, … */
  deviceType: string;
  /** How it wants to be spoken to: `KLAP`, `AES`, `TPAP`, or what we do not know. */
  scheme: string;
  httpPort: number;
  https: boolean;
  /** MD5 of the e-mail of the account it belongs to, upper-case hex; empty when it belongs to none. */
  owner: string;
  /** How it was set up: `tplink`, `matter`, `apple`, `tss` (from another device). */
  setUpBy: string;
  factoryDefault: boolean;
  /** Everything as it came, for a fixture. */
  raw: Record<string, unknown>;
}

/** Reads the answer to a probe; null when it is none. */
export function parseReply(packet: Buffer): TapoReply | null {
  if (packet.length <= HEADER_BYTES || packet.length > HEADER_BYTES + MAX_REPLY_BYTES) return null;
  let json: unknown;
  try {
    json = JSON.parse(packet.toString('utf8', HEADER_BYTES));
  } catch {
    return null;
  }
  const { success, data } = replySchema.safeParse(json);
  if (!success) return null;
  const { mgt_encrypt_schm: scheme, ...rest } = data.result;
  return {
    mac: rest.mac,
    model: rest.device_model.replace(/\(\w*\)$/, ''),
    deviceType: rest.device_type,
    scheme: scheme.encrypt_type,
    httpPort: scheme.http_port,
    https: scheme.is_support_https,
    owner: rest.owner.toUpperCase(),
    setUpBy: rest.obd_src,
    factoryDefault: rest.factory_default,
    raw: (json as { result: Record<string, unknown> }).result,
  };
}
