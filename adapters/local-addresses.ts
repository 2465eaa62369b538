import { networkInterfaces } from 'node:os';

export interface LocalAddress {
  /** Name of the network interface. */
  name: string;
  /** IPv4. */
  address: string;
  netmask: string;
}

/**
 * The IPv4 addresses of this machine on which devices are searched.
 * @param networkInterface name or address of the one; null: every one that leads out of this machine
 * @throws Error when there is no such network interface
 */
export function localAddresses(networkInterface: string | null): LocalAddress[] {
  const all = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.filter(({ family }) => family === 'IPv4').map((address) => ({ ...address, name })),
  );
  if (networkInterface === null) return all.filter(({ internal }) => !internal);
  const chosen = all.filter(({ name, address }) => name === networkInterface || address === networkInterface);
  if (chosen.length > 0) return chosen;
  const there = all.map(({ name, address }) => `${name} (${address})`).join(', ');
  throw new Error(`there is no network interface ${networkInterface} with an IPv4 address; there are ${there}`);
}
