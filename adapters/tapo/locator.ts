/** Where a plug answers HTTP. */
export interface Address {
  host: string;
  port: number;
}

/** Knows where one plug is, and finds it again when its address has changed. */
export interface Locator {
  current(): Address;
  /**
   * Looks for the plug in the network: after it could not be reached, or another device answered in its place.
   * Never rejects.
   * @returns true when it was found at a new address: `current` now tells it, and it is worth trying again at once
   */
  search(): Promise<boolean>;
}

/** For an address that does not change, or that nobody can look for. */
export function fixedAddress(host: string, port: number): Locator {
  return { current: () => ({ host, port }), search: async () => false };
}
