import type { Socket } from 'node:net';
import type { Refusals } from './refusals.ts';

/** Of one address, so many may have to say yet who they are: nobody takes all places without a password. */
const UNKNOWN_PER_ADDRESS = 20;

/** A connection, from its first byte on. */
export interface Visit {
  socket: Socket;
  address: string;
  loggedIn: boolean;
}

/** All connections, by the other end: a socket is another object before and after its encryption. */
export class Visits {
  readonly #most: number;
  readonly #refusals: Refusals;
  readonly #visits = new Map<string, Visit>();

  constructor(most: number, refusals: Refusals) {
    this.#most = most;
    this.#refusals = refusals;
  }

  /** Whether a new connection may stay; it may have to be encrypted yet. */
  admits(socket: Socket): boolean {
    const address = socket.remoteAddress ?? 'unknown';
    socket.on('error', () => {});
    const unknown = [...this.#visits.values()].filter((visit) => !visit.loggedIn && visit.address === address);
    if (this.#visits.size >= this.#most || unknown.length >= UNKNOWN_PER_ADDRESS) {
      this.#refusals.add('busy', `${address} was turned away: too many connections (mqtt.embedded.maxConnections)`);
      socket.destroy();
      return false;
    }
    const place = placeOf(socket);
    this.#visits.set(place, { socket, address, loggedIn: false });
    socket.on('close', () => this.#visits.delete(place));
    return true;
  }

  of(socket: Socket): Visit | undefined {
    return this.#visits.get(placeOf(socket));
  }

  end(): void {
    for (const { socket } of this.#visits.values()) socket.destroy();
  }
}

function placeOf({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
