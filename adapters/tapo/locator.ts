import type { Logger } from 'pino';
import { z } from 'zod';
import type { DeviceMemory } from '../adapter.ts';
import type { Finder } from './finder.ts';

/** Where a plug answers HTTP. */
export interface Address {
  host: string;
  port: number;
}

/** Knows where one plug is, and finds it again when its address has changed. */
export interface Locator {
  /** null: it was never found yet. */
  current(): Address | null;
  /**
   * Looks for the plug in the network: after it could not be reached, or another device answered in its place.
   * Never rejects.
   * @param notHere whoever is at the current address was found not to be the plug, whatever it answers to a search
   * @returns true when it was found at a new address: `current` now tells it, and it is worth trying again at once
   */
  search(notHere?: boolean): Promise<boolean>;
}

/** For a plug of which nothing but the address is known. */
export function fixedAddress(host: string, port: number): Locator {
  const address = { host, port };
  return { current: () => address, search: async () => false };
}

const addressSchema = z.object({ host: z.ipv4(), port: z.int().min(1).max(65535) });

/**
 * For a plug that is known by its MAC. It is first looked for where the configuration says, if it does, since that may
 * have been corrected, then where it was last found. Who answers a search has proven nothing: its login and its MAC are
 * checked.
 * @param mac 12 upper-case hex digits
 */
export function movingAddress(
  configured: Address | null,
  mac: string,
  { finder, memory, log }: { finder: Finder; memory: DeviceMemory; log: Logger },
): Locator {
  const name = `tapo-address:${mac}`;
  let address = configured;
  let searching: Promise<boolean> | null = null;
  const look = async (notHere: boolean) => {
    const kept = addressSchema.safeParse(await memory.recall(name).catch(() => undefined));
    const others = [configured, kept.success ? kept.data : null];
    const found = await finder.find(mac, { address, notHere }, others);
    if (!found) return false;
    const [before, now] = [address, found].map((each) => each && `${each.host}:${each.port}`);
    if (before)
      log.warn(
        { event: 'device-moved' },
        `the Tapo device ${mac} is not at ${before} but at ${now}: reserve its address in the router`,
      );
    else log.info({ event: 'device-found' }, `the Tapo device ${mac} is at ${now}`);
    address = found;
    // To be found a little later after the next restart is all that a full disk costs.
    await memory.keep(name, found).catch(() => {});
    return true;
  };
  return {
    current: () => address,
    search(notHere = false) {
      searching ??= look(notHere).finally(() => {
        searching = null;
      });
      return searching;
    },
  };
}
