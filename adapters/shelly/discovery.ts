import type { AdapterDeps, DiscoveryOptions } from '../adapter.ts';
import { MDNS_PORT } from '../mdns.ts';
import { discoverOverMdns } from './discovery-mdns.ts';
import { discoverOverMqtt } from './discovery-mqtt.ts';

/**
 * Finds Shelly plugs on the studio's broker and in the local network. Both know a plug by its MAC; what the broker shows
 * counts more, since a plug is used through it.
 * @param mdnsPort UDP port of mDNS
 * @throws Error when there is no such network interface
 */
export async function discoverShelly(
  deps: AdapterDeps,
  { found, signal, ears }: DiscoveryOptions,
  mdnsPort = MDNS_PORT,
): Promise<void> {
  const { mqtt } = deps;
  const onBroker = new Set<string>();
  const overMqtt =
    mqtt &&
    discoverOverMqtt(
      { ...deps, mqtt, ears: ears ?? mqtt },
      (device) => {
        if (device.mac) onBroker.add(device.mac);
        found(device);
      },
      signal,
    );
  const overMdns = discoverOverMdns(
    { ...deps, port: mdnsPort },
    (device) => {
      if (!device.mac || !onBroker.has(device.mac)) found(device);
    },
    signal,
  );
  const ends = await Promise.allSettled([overMqtt, overMdns]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
