import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Logger } from 'pino';
import type { Clock } from '../../model/clock.ts';
import { localAddresses } from '../local-addresses.ts';
import type { Address } from './locator.ts';
import { newProbe, parseReply, type TapoReply } from './packet.ts';

/** Three probes, since Wi-Fi loses broadcasts: the pause before each, ms. */
const PROBE_PAUSES_MS = [0, 1000, 2000];
/** More than any studio has: whoever pretends to be more is not listened to. */
const MAX_SIGHTINGS = 256;

export interface SearchDeps {
  clock: Clock;
  log: Logger;
  /** Name or address of the interface to search on; null: every one that leads out of this machine. */
  networkInterface: string | null;
  /** UDP port of the devices. */
  port: number;
}

/** An answer to a probe, and the address of who gave it: what it says of its own address does not count. */
export interface Sighting extends Address {
  reply: TapoReply;
}

/** A local address to send from, and where to. */
interface Route {
  from: string;
  to: string;
}

/**
 * Sends probes and tells every answer, each device once per address. Resolves when `signal` ends it.
 * @param host the one to ask, a name or an IPv4 address; null: everybody in reach of a broadcast
 * @throws Error when there is no such network interface
 */
export async function search(
  { clock, log, networkInterface, port }: SearchDeps,
  host: string | null,
  seen: (sighting: Sighting) => void,
  signal: AbortSignal,
): Promise<void> {
  const told = new Set<string>();
  const hear = (packet: Buffer, { address }: RemoteInfo) => {
    const reply = parseReply(packet);
    if (!reply) return;
    const name = `${reply.mac} ${address} ${reply.httpPort}`;
    if (told.has(name) || told.size >= MAX_SIGHTINGS) return;
    told.add(name);
    seen({ reply, host: address, port: reply.httpPort });
  };
  const sockets = new Map<Socket, Route>();
  const close = (socket: Socket) => sockets.delete(socket) && socket.close();
  for (const route of routes(networkInterface, host)) {
    const socket = createSocket('udp4');
    sockets.set(socket, route);
    socket.on('message', hear).on('error', (error) => {
      log.debug({ err: error, route }, 'a search for plugs has failed on this address');
      close(socket);
    });
    socket.bind(0, route.from, () => socket.setBroadcast(true));
    socket.unref();
  }
  try {
    const packet = await newProbe();
    for (const pauseMs of PROBE_PAUSES_MS) {
      await clock.sleep(pauseMs, signal);
      // A send that fails is a probe that is lost: the next may get through.
      for (const [socket, { to }] of sockets) socket.send(packet, port, to, () => {});
    }
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    for (const socket of [...sockets.keys()]) close(socket);
  }
}

function routes(networkInterface: string | null, host: string | null): Route[] {
  if (networkInterface === null && host !== null) return [{ from: '0.0.0.0', to: host }];
  return localAddresses(networkInterface).map(({ address, netmask }) => ({
    from: address,
    to: host ?? broadcastAddress(address, netmask),
  }));
}

/** The last address of the network: `192.168.1.255` of `192.168.1.5` in `255.255.255.0`. */
function broadcastAddress(address: string, netmask: string): string {
  const mask = netmask.split('.').map(Number);
  return address
    .split('.')
    .map((part, index) => Number(part) | (~(mask[index] ?? 255) & 255))
    .join('.');
}
