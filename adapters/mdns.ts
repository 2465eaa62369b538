import type { EventEmitter } from 'node:events';
import { Bonjour, type Service } from 'bonjour-service';
import type { AdapterDeps } from './adapter.ts';
import { localAddresses } from './local-addresses.ts';

export const MDNS_PORT = 5353;
/** Wi-Fi loses multicasts: the pause before each question, ms. */
const QUESTION_PAUSES_MS = [0, 1000, 3000];
/** Who has not answered this long after the last question will not. */
const LAST_ANSWERS_MS = 8000;
/** More than any studio has: whoever pretends to be more is not asked. */
const MOST_SIGHTINGS = 200;

/** A service as a device announces it: nothing of it is proven. */
export interface Sighting {
  name: string;
  type: string;
  /** The address from which it answered: what it says of its own address does not count. */
  host: string;
  /** TCP. */
  port: number;
  txt: Readonly<Record<string, unknown>>;
}

interface Search {
  /** `http` for `_http._tcp`. */
  types: readonly string[];
  /** Is it of this family? It costs nothing to be asked. */
  wanted(sighting: Sighting): boolean;
  /** Once for each address and port. The search waits for it; what it throws is only logged. */
  seen(sighting: Sighting): Promise<void>;
}

/**
 * Asks by mDNS who is there. Ends by itself after some seconds, or with `signal`.
 * @throws Error when there is no such network interface
 */
export async function searchByMdns(
  deps: Pick<AdapterDeps, 'clock' | 'log' | 'networkInterface'> & { port?: number },
  signal: AbortSignal,
  { types, wanted, seen }: Search,
): Promise<void> {
  const { clock, log, networkInterface, port = MDNS_PORT } = deps;
  const asked: Promise<void>[] = [];
  const places = new Set<string>();
  const heard = ({ name, type, txt, referer, port: itsPort }: Service) => {
    if (!referer) return;
    const sighting = { name, type, host: referer.address, port: itsPort, txt: (txt ?? {}) as Sighting['txt'] };
    const place = `${sighting.host}:${itsPort}`;
    if (!wanted(sighting) || places.has(place) || places.size >= MOST_SIGHTINGS) return;
    places.add(place);
    asked.push(
      seen(sighting).catch((error: Error) =>
        log.debug({ err: error, place }, `what announces ${type} can not be asked`),
      ),
    );
  };
  const voices = localAddresses(networkInterface).map(({ address }) => listenOn(address, port, types, heard, log));
  try {
    for (const pauseMs of QUESTION_PAUSES_MS) {
      await clock.sleep(pauseMs, signal);
      for (const { ask } of voices) ask();
    }
    await clock.sleep(LAST_ANSWERS_MS, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await Promise.all(voices.map(({ close }) => close()));
  }
  await Promise.all(asked);
}

function listenOn(
  address: string,
  port: number,
  types: readonly string[],
  heard: (service: Service) => void,
  log: AdapterDeps['log'],
) {
  const failed = (error: Error) => log.debug({ err: error, address }, 'a search by mDNS has failed on this address');
  // Bound to the address itself, multicasts would not arrive.
  const options = { interface: address, bind: '0.0.0.0', port };
  const bonjour = new Bonjour(options, failed);
  // Its types hide the socket, whose errors would end the process.
  const { server } = bonjour as unknown as { server: { mdns: EventEmitter } };
  server.mdns.on('error', failed);
  const browsers = types.map((type) => bonjour.find({ type }, heard));
  return {
    ask: () => browsers.forEach((browser) => void browser.update()),
    close: () => new Promise<void>((resolve) => bonjour.destroy(resolve)),
  };
}
