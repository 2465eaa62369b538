import { z } from 'zod';
import type { AdapterDeps, DiscoveryOptions } from '../adapter.ts';
import { httpOrigin } from '../host.ts';
import { macSchema, withColons } from '../mac.ts';
import { MDNS_PORT, searchByMdns } from '../mdns.ts';
import { SocketApi } from './api.ts';
import { isSocket } from './payloads.ts';

const HTTP_PORT = 80;
const API_OFF = 'its local API is off: turn it on in the HomeWizard app (Settings, Meters, the socket, Local API)';

const announced = z.object({ product_type: z.string().max(60), serial: macSchema, api_enabled: z.enum(['0', '1']) });

/**
 * Finds Energy Sockets by mDNS. Whose API is on is asked who it is, too.
 * @param mdnsPort UDP
 * @throws Error when there is no such network interface
 */
export function discoverHomewizard(
  deps: Pick<AdapterDeps, 'clock' | 'log' | 'networkInterface'>,
  { found, signal }: DiscoveryOptions,
  mdnsPort = MDNS_PORT,
): Promise<void> {
  return searchByMdns({ ...deps, port: mdnsPort }, signal, {
    types: ['hwenergy'],
    wanted: ({ txt }) => isSocket(txt.product_type),
    async seen({ host, port, txt }) {
      const { product_type: model, serial: mac, api_enabled: api } = announced.parse(txt);
      const keys = { adapter: 'homewizard', host, ...(port !== HTTP_PORT && { port }), mac: withColons(mac) };
      const device = { adapter: 'homewizard', model, mac, address: host, name: null, outlets: [keys] };
      if (api === '0') return found({ ...device, firmware: null, obstacle: API_OFF });
      const about = await new SocketApi(`the socket at ${host}:${port}`, httpOrigin(host, port), deps.clock)
        .about(signal)
        .catch((error: Error) => error);
      if (about instanceof Error) found({ ...device, firmware: null, obstacle: about.message });
      else if (about.serial === mac) found({ ...device, firmware: about.firmware_version, obstacle: null });
    },
  });
}
