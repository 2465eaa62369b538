import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { AdapterDeps, DiscoveryOptions, FoundDevice } from '../adapter.ts';
import { OUTLET_LIST, wholeList } from './list.ts';
import type { Address } from './locator.ts';
import type { TapoReply } from './packet.ts';
import { DEVICE_INFO, insist, type SmartProtocol } from './protocol.ts';
import { macOf } from './reading.ts';
import { type Sighting, search } from './search.ts';

/** How long one device is asked who it is, ms, and the pause between two tries: its HTTP server may be starting up. */
const ASK_MS = 8000;
const RETRY_MS = 1000;

const STRIP_MODEL = /^(P210|P30|P31|TP25|EP40|KP303|HS300)/;
const childrenSchema = z.array(z.looseObject({ position: z.int().positive(), nickname: z.string().optional() }));

/** Speaks a protocol of ours, as far as a search can tell. */
const KNOWN_SCHEMES = ['KLAP', 'AES', 'TPAP'];

/** A login to one device, by which nobody who pretends to be a plug learns the password, and its end. */
export type Converse = (
  who: string,
  device: Address & { mac: string },
  deps: AdapterDeps,
) => { protocol: SmartProtocol; close(): void };

/**
 * Finds Tapo and Kasa plugs by UDP, and asks each, when our account may, for its firmware, label and outlets. Nothing is
 * set on any device. An answer proves nothing: whoever can't log in is told with what is in the way.
 * @param port UDP port of the devices
 * @throws Error when there is no such network interface
 */
export async function discoverTapo(
  deps: AdapterDeps,
  { found, signal, wanted = () => true }: DiscoveryOptions,
  port: number,
  converse: Converse,
): Promise<void> {
  const { clock, log, networkInterface } = deps;
  const email = deps.secret('tapo_username');
  const hasAccount = email !== undefined && deps.secret('tapo_password') !== undefined;
  const conversations: Promise<void>[] = [];
  const seen = (sighting: Sighting) => {
    const { reply } = sighting;
    if (!/PLUG/.test(reply.deviceType)) return;
    const obstacle = obstacleOf(reply, hasAccount ? email : null);
    const device = deviceOf(sighting, obstacle);
    found(device);
    if (obstacle !== null || !wanted(device)) return;
    const asked = ask(sighting, deps, converse).then(
      (more) => found({ ...device, ...more }),
      (error: Error) => found({ ...device, obstacle: whyUnasked(error, reply) }),
    );
    conversations.push(asked);
  };
  await search({ clock, log, networkInterface, port }, null, seen, signal);
  await Promise.all(conversations);
}

function deviceOf({ reply, host, port }: Sighting, obstacle: string | null): FoundDevice {
  const { mac, model } = reply;
  const usable = isKnown(reply);
  const strip = STRIP_MODEL.test(model);
  const hint = 'a strip: each outlet is a plug of its own, with outlet: and the number printed on it';
  return {
    adapter: 'tapo',
    model,
    firmware: null,
    mac,
    address: host,
    name: null,
    outlets: usable ? [{ ...keysOf(host, port, mac), ...(strip && { outlet: 1 }) }] : [],
    obstacle: strip && usable && obstacle !== null ? `${obstacle}; ${hint}` : obstacle,
  };
}

function keysOf(host: string, port: number, mac: string) {
  return { adapter: 'tapo', host, ...(port !== 80 && { port }), mac: mac.replace(/..(?!$)/g, '$&-') };
}

function isKnown({ deviceType, https, scheme }: TapoReply): boolean {
  return deviceType.startsWith('SMART.') && !https && KNOWN_SCHEMES.includes(scheme);
}

/** What a device says of itself that keeps us from asking more, with the remedy. @param email null: no account is set */
function obstacleOf(reply: TapoReply, email: string | null): string | null {
  if (!reply.deviceType.startsWith('SMART.')) return 'an older Kasa device: offair does not speak its protocol';
  if (!isKnown(reply))
    return `it speaks ${reply.scheme} over ${reply.https ? 'HTTPS' : 'HTTP'}, which offair does not: look for a newer one`;
  if (reply.factoryDefault) return 'it is not set up yet: add it in the Tapo app';
  if (email === null)
    return 'the secrets tapo_username and tapo_password are not set: without them it can be neither read nor switched';
  if (reply.owner !== '' && reply.owner !== createHash('md5').update(email).digest('hex').toUpperCase())
    return 'it belongs to another account than tapo_username (capitals count): add it in the Tapo app with that one';
  if (reply.scheme === 'AES')
    return (
      'its firmware is old: this search does not log in to it, since that would tell the password to whoever pretends ' +
      'to be a plug. Update it in the Tapo app'
    );
  return null;
}

function whyUnasked(error: Error, { setUpBy }: TapoReply): string {
  if (error instanceof PlugAuthRefused && setUpBy === 'tss')
    return (
      'it refuses the login: it was set up from another device ("simple setup", tss), which gives it a wrong password. ' +
      'Remove it in the Tapo app and add it again by itself'
    );
  return error.message;
}

/** @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError */
async function ask(
  { reply, host, port }: Sighting,
  deps: AdapterDeps,
  converse: Converse,
): Promise<Pick<FoundDevice, 'model' | 'firmware' | 'name' | 'outlets'>> {
  const { clock } = deps;
  const who = `${reply.model} at ${host}:${port}`;
  const { protocol, close } = converse(who, { host, port, mac: reply.mac }, deps);
  const stopTimer = clock.after(ASK_MS, close);
  const giveUpAtMs = clock.monotonicMs() + ASK_MS - RETRY_MS;
  try {
    for (;;) {
      try {
        return await whoItIs(protocol, who, { reply, host, port });
      } catch (error) {
        if (!(error instanceof PlugUnreachable) || clock.monotonicMs() >= giveUpAtMs) throw error;
      }
      await clock.sleep(RETRY_MS);
    }
  } finally {
    stopTimer();
    close();
  }
}

async function whoItIs(protocol: SmartProtocol, who: string, { reply, host, port }: Sighting) {
  const info = await insist(protocol, who, DEVICE_INFO);
  const mac = macOf(info, who);
  if (mac !== reply.mac) throw new PlugProtocolError(`${who} answers a search as ${reply.mac} and is ${mac}: beware`);
  const name = nicknameOf(info.nickname);
  const keys = keysOf(host, port, mac);
  const single = info.device_on !== undefined;
  return {
    model: typeof info.model === 'string' ? info.model : reply.model,
    firmware: typeof info.fw_ver === 'string' ? info.fw_ver : null,
    name,
    outlets: single ? [{ ...keys, ...(name && { name }) }] : await outletsOf(protocol, who, keys),
  };
}

async function outletsOf(protocol: SmartProtocol, who: string, keys: object): Promise<Record<string, unknown>[]> {
  const outlets = childrenSchema.safeParse(await wholeList(protocol, who, OUTLET_LIST));
  if (!outlets.success) throw new PlugProtocolError(`${who} lists an outlet without position`);
  return outlets.data
    .toSorted((a, b) => a.position - b.position)
    .map(({ position, nickname }) => {
      const name = nicknameOf(nickname);
      return { ...keys, ...(name && { name }), outlet: position };
    });
}

/** Labels come in base64; null when there is none. */
function nicknameOf(nickname: unknown): string | null {
  return typeof nickname === 'string' ? Buffer.from(nickname, 'base64').toString('utf8').trim() || null : null;
}
