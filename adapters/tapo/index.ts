import { isIP } from 'node:net';
import { z } from 'zod';
import { PlugAuthRefused } from '../../model/errors.ts';
import type { AdapterDeps, PlugAdapter } from '../adapter.ts';
import { macSchema } from '../mac.ts';
import { TapoPlug } from './plug.ts';
import { KlapTransport } from './transport.ts';

const HOST_NAME = /^(?!\d+(\.\d+)*$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i;
/** Plugs that are asked faster than every 250 ms stop answering, or restart and cut what hangs on them. */
const SPACING_MS = 250;

const schema = z.strictObject({
  adapter: z.literal('tapo'),
  host: z
    .string()
    .refine((host) => isIP(host) !== 0 || HOST_NAME.test(host), 'an IP address or a host name, without http:// or port')
    .describe('Address of the plug: reserve it in the router'),
  port: z.int().min(1).max(65535).default(80),
  mac: macSchema.optional().describe('Who the plug is: checked at every reading and before every command'),
  pollSeconds: z.number().min(2).max(3600).default(10).describe('How often it is asked; many plugs fail under 2 s'),
});

/** TP-Link Tapo plugs over KLAP, in the local network; no cloud. */
export const tapoAdapter: PlugAdapter<typeof schema> = {
  name: 'tapo',
  schema,
  macOf: ({ mac }) => mac ?? null,
  outletNames: ({ host, port, mac }) => [`${host.toLowerCase()}:${port}`, ...(mac ? [mac] : [])],
  factory:
    (deps) =>
    ({ id }, settings) =>
      createTapo(id, settings, SPACING_MS, deps),
};

/** @param spacingMs least time between two requests to the plug, ms; only a simulated plug can do with less than 250 */
export function createTapo(
  plug: string,
  { host, port, mac, pollSeconds }: z.output<typeof schema>,
  spacingMs: number,
  { clock, secret }: Pick<AdapterDeps, 'clock' | 'secret'>,
): TapoPlug {
  const who = `tapo plug ${plug} (${host}:${port})`;
  const account = (name: 'tapo_username' | 'tapo_password') => {
    const value = secret(name);
    if (value) return value;
    const variable = `OFFAIR_${name.toUpperCase()}`;
    throw new PlugAuthRefused(
      `${who} needs the e-mail and password of the Tapo app, and ${name} is not set: ` +
        `set ${variable}, or ${variable}_FILE to a file that holds it, or the systemd credential ${name}`,
    );
  };
  const transport = new KlapTransport(
    who,
    { host, port, username: account('tapo_username'), password: account('tapo_password'), spacingMs },
    clock,
  );
  return new TapoPlug({ plug, who, pollMs: pollSeconds * 1000, expectedMac: mac ?? null }, transport, clock);
}
