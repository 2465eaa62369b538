import { createSocket } from 'node:dgram';
import { DISCOVERY_PORT, newProbe } from './packet.ts';

/**
 * Sends one probe to one plug. Firmware 1.4.6 starts its HTTP server after a power cut only when it sees one; without,
 * port 80 stays closed for some nine minutes. Best effort: resolves when it is sent or could not be.
 */
export async function wake(host: string): Promise<void> {
  const packet = await newProbe();
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve) => {
    socket.on('error', () => resolve());
    socket.send(packet, DISCOVERY_PORT, host, () => resolve());
  });
  socket.close();
}
