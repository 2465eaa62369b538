import type { EventEmitter } from 'node:events';
import { Bonjour, type Service } from 'bonjour-service';
import type { AdapterDeps } from './adapter.ts';
import { localAddresses } from './local-addresses.ts';

export const MDNS_PORT = 5353;
/** Wi-Fi loses multicasts: the pause before each question, ms. */
const QUESTION_PAUSES_MS = [0, 1000, 3000];
/** Who has not answered this long after the last question will not. */
const LAST_ANSWERS_MS = 8000;
/** More than any studio has: whoever pretends to be more is not told. */
const MOST_SIGHTINGS = 200;

/** Who answered. */
export interface Sighting {
  /** The address from which it answered: what it says of its own address does not count. */
  address: string;
  port: number;
  name: string;
  /** `http` of `_http._tcp`. */
  type: string;
  txt: Readonly<Record<string, unknown>>;
}

interface Deps extends Pick<AdapterDeps, 'clock' | 'log' | 'networkInterface'> {
  /** UDP, `MDNS_PORT` but in tests. */
  port: number;
}

/**
 * Asks by mDNS (RFC 6762) who offers these services, on every network of this machine or on the configured one. Ends by
 * itself after some seconds, or with `signal`.
 * @param types `http` for `_http._tcp`
 * @param seen is told of each service once; true: it counts as one of those that are looked for
 * @throws Error when there is no such network interface
 */
export async function searchMdns(
  { clock, log, networkInterface, port }: Deps,
  types: readonly string[],
  seen: (sighting: Sighting) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const told = new Set<string>();
  const hear = ({ name, type, txt, referer, port: itsPort }: Service) => {
    const place = `${referer?.address}:${itsPort}`;
    if (!referer || told.has(place) || told.size >= MOST_SIGHTINGS) return;
    if (seen({ address: referer.address, port: itsPort, name, type, txt: txt ?? {} })) told.add(place);
  };
  const voices = localAddresses(networkInterface).map(({ address }) => listenOn(address, port, types, hear, log));
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
}

function listenOn(
  address: string,
  port: number,
  types: readonly string[],
  hear: (service: Service) => void,
  log: AdapterDeps['log'],
) {
  const failed = (error: Error) => log.debug({ err: error, address }, 'a search by mDNS has failed on this address');
  // Bound to the address itself, multicasts would not arrive.
  const options = { interface: address, bind: '0.0.0.0', port };
  const bonjour = new Bonjour(options, failed);
  // Its types hide the socket, whose errors would end the process.
  const { server } = bonjour as unknown as { server: { mdns: EventEmitter } };
  server.mdns.on('error', failed);
  const browsers = types.map((type) => bonjour.find({ type }, hear));
  return {
    ask: () => browsers.forEach((browser) => void browser.update()),
    close: () => new Promise<void>((resolve) => bonjour.destroy(resolve)),
  };
}
