import { generateKeyPair, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';

/** TP-Link's discovery port on every Tapo device. */
export const DISCOVERY_PORT = 20002;

const HEADER_BYTES = 16;
/** Stands in the checksum's place while the checksum is computed. */
const CRC_SEED = 0x5a6b7c8d;
const FLAGS = 0x11;

/**
 * A discovery probe. The key would encrypt part of the answer for some cameras; plugs only want that there is one.
 * @param serial any number of 32 bits
 */
export function probePacket(serial: number, publicKeyPem: string): Buffer {
  const payload = Buffer.from(JSON.stringify({ params: { rsa_key: publicKeyPem } }));
  const packet = Buffer.concat([Buffer.alloc(HEADER_BYTES), payload]);
  packet.writeUInt8(2, 0);
  packet.writeUInt16BE(1, 2);
  packet.writeUInt16BE(payload.length, 4);
  packet.writeUInt8(FLAGS, 6);
  packet.writeUInt32BE(serial, 8);
  packet.writeUInt32BE(CRC_SEED, 12);
  packet.writeUInt32BE(crc32(packet), 12);
  return packet;
}

let publicKey: Promise<string> | null = null;

/**
 * Sends one probe to one plug. Firmware 1.4.6 starts its HTTP server after a power cut only when it sees one; without,
 * port 80 stays closed for some nine minutes. Best effort: resolves when it is sent or could not be.
 */
export async function wake(host: string): Promise<void> {
  publicKey ??= promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).then((pair) => pair.publicKey);
  const packet = probePacket(randomBytes(4).readUInt32BE(), await publicKey);
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve) => {
    socket.on('error', () => resolve());
    socket.send(packet, DISCOVERY_PORT, host, () => resolve());
  });
  socket.close();
}
