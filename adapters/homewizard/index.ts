import { z } from 'zod';
import type { PlugAdapter } from '../adapter.ts';
import { hostSchema, httpOrigin } from '../host.ts';
import { macSchema } from '../mac.ts';
import { SocketApi } from './api.ts';
import { discoverHomewizard } from './discovery.ts';
import { HomewizardPlug } from './plug.ts';

const schema = z.strictObject({
  adapter: z.literal('homewizard'),
  host: hostSchema.describe('Address of the socket: reserve it in the router'),
  port: z.int().min(1).max(65535).default(80).describe('TCP'),
  mac: macSchema
    .optional()
    .describe('Serial number of the socket, which is its MAC: checked at every reading and command'),
  pollSeconds: z.number().min(2).max(3600).default(10).describe('How often it is asked'),
});

/** HomeWizard Energy Sockets (HWE-SKT) by their local API v1. */
export const homewizardAdapter: PlugAdapter<typeof schema> = {
  name: 'homewizard',
  label: 'HomeWizard',
  byHand: { key: 'host', looksLike: '192.168.1.50' },
  schema,
  macOf: ({ mac }) => mac ?? null,
  outletNames: ({ host, port, mac }) => [`${host}:${port}`, ...(mac ? [mac] : [])],
  discover: discoverHomewizard,
  factory:
    ({ clock }) =>
    ({ id: plug, mayBeCut = true }, { host, port, mac = null, pollSeconds }) => {
      const who = `homewizard plug ${plug} (${host}:${port})`;
      const settings = { plug, who, pollMs: pollSeconds * 1000, expectedMac: mac, mayBeCut };
      return new HomewizardPlug(settings, new SocketApi(who, httpOrigin(host, port), clock), clock);
    },
};
