import { z } from 'zod';
import type { AdapterDeps, DiscoveryOptions } from '../adapter.ts';
import { macSchema } from '../mac.ts';
import { MDNS_PORT, type Sighting, searchMdns } from '../mdns.ts';
import { ENABLE_API } from './api.ts';

/** What a socket says of itself; meters, batteries and displays answer to the same question. */
const Txt = z.object({
  product_type: z.literal('HWE-SKT'),
  serial: macSchema,
  api_enabled: z.enum(['0', '1']),
});

/**
 * Finds Energy Sockets by mDNS (`_hwenergy._tcp`). They say all that is needed: none of them is asked.
 * @param port UDP port of mDNS
 * @throws Error when there is no such network interface
 */
export function discoverHomeWizard(
  deps: AdapterDeps,
  { found, signal }: DiscoveryOptions,
  port = MDNS_PORT,
): Promise<void> {
  const seen = ({ address, port: httpPort, txt }: Sighting) => {
    const said = Txt.safeParse(txt);
    if (!said.success) return false;
    const { serial: mac, api_enabled } = said.data;
    const place = { host: address, ...(httpPort === 80 ? {} : { port: httpPort }) };
    found({
      ...{ adapter: 'homewizard', model: 'HWE-SKT', firmware: null, mac, address, name: null },
      outlets: [{ adapter: 'homewizard', ...place, mac: mac.replace(/..(?!$)/g, '$&:') }],
      obstacle: api_enabled === '1' ? null : ENABLE_API,
    });
    return true;
  };
  return searchMdns({ ...deps, port }, ['hwenergy'], seen, signal);
}
