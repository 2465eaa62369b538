import { createSocket } from 'node:dgram';
import { systemClock } from '../../daemon/clock.ts';

/** Of mDNS. */
export const GROUP = '224.0.0.251';
export const LOOPBACK = '127.0.0.1';

/** A free UDP port on which a multicast to loopback comes back; null when this machine has none. */
export async function multicastPort(): Promise<number | null> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    await new Promise<void>((resolve) => socket.bind(0, '0.0.0.0', resolve));
    socket.addMembership(GROUP, LOOPBACK);
    socket.setMulticastInterface(LOOPBACK);
    const { port } = socket.address();
    const back = new Promise<number | null>((resolve) => {
      socket.once('message', () => resolve(port));
      systemClock.after(1000, () => resolve(null));
    });
    socket.send('offair', port, GROUP);
    return await back;
  } catch {
    return null;
  } finally {
    socket.close();
  }
}
