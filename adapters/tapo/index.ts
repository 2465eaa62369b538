import { z } from 'zod';
import { PlugAuthRefused } from '../../model/errors.ts';
import type { PlugId } from '../../model/plug.ts';
import type { AdapterDeps, DeviceRecord, PlugAdapter } from '../adapter.ts';
import { hostSchema } from '../host.ts';
import { macSchema } from '../mac.ts';
import { capture } from './capture.ts';
import { Channel } from './channel.ts';
import { TapoDevice } from './device.ts';
import { type Converse, discoverTapo } from './discovery.ts';
import { Finder } from './finder.ts';
import { fixtureFileName } from './fixture.ts';
import { fixedAddress, type Locator, movingAddress } from './locator.ts';
import { onlyOutlet, stripOutlet } from './outlet.ts';
import { DISCOVERY_PORT } from './packet.ts';
import { TapoPlug } from './plug.ts';
import { probe } from './probe.ts';
import { SmartProtocol } from './protocol.ts';
import { TapoStrip } from './strip.ts';
import { DeviceTransport } from './transport.ts';

/** Plugs that are asked faster than every 250 ms stop answering, or restart and cut what hangs on them. */
const SPACING_MS = 250;
/** The plugs of a strip share its list of outlets for nearly a poll: less than one, so that each sees a new one. */
const LIST_AGE = 0.9;

const keys = z.strictObject({
  adapter: z.literal('tapo'),
  host: hostSchema
    .optional()
    .describe('Address of the plug: reserve it in the router. Without, the plug is found by its MAC'),
  port: z.int().min(1).max(65535).default(80).describe('TCP, of its HTTP interface'),
  mac: macSchema.optional().describe('Who the plug is: checked at every reading and before every command'),
  outlet: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('Which outlet of a power strip, by the number printed on it; leave out for a single plug'),
  pollSeconds: z.number().min(2).max(3600).default(10).describe('How often it is asked; many plugs fail under 2 s'),
});
const schema = keys.refine(({ host, mac }) => host !== undefined || mac !== undefined, {
  path: ['host'],
  message: 'host, or mac to find the plug by',
});
type Settings = z.output<typeof schema>;
type Place = Pick<Settings, 'host' | 'port' | 'mac'>;

/** TP-Link Tapo plugs and strips, in the local network; no cloud. */
export const tapoAdapter: PlugAdapter<typeof schema> = {
  name: 'tapo',
  label: 'Tapo',
  secrets: ['tapo_username', 'tapo_password'],
  byHand: { key: 'host', looksLike: '192.168.1.50' },
  schema,
  macOf: ({ mac }) => mac ?? null,
  outletNames: (settings) =>
    deviceNames(settings).map((name) => (settings.outlet ? `${name} outlet ${settings.outlet}` : name)),
  factory: (deps) => tapoFactory(deps, SPACING_MS, DISCOVERY_PORT),
  capture: captureDevice,
  discover: (deps, options) => discoverTapo(deps, options, DISCOVERY_PORT, converse),
};

async function captureDevice(deps: AdapterDeps, settings: Settings, source: string): Promise<DeviceRecord> {
  const who = `tapo device (${placeOf(settings)})`;
  const locator = locate(settings, finderOf(deps, DISCOVERY_PORT), deps);
  const transport = createTransport(who, who, settings, locator, SPACING_MS, deps);
  try {
    const content = await capture(new SmartProtocol(who, transport), who, {
      mac: settings.mac ?? null,
      kind: () => transport.kind ?? 'klap',
      async discovery() {
        const address = locator.current();
        return address && probe({ ...deps, port: DISCOVERY_PORT }, address.host);
      },
      source,
    });
    return { fileName: fixtureFileName(content), content };
  } finally {
    transport.close();
  }
}

/** Asks a device that was found who it is. */
export const converse: Converse = (who, device, deps) => {
  const locator = fixedAddress(device.host, device.port);
  const transport = createTransport(who, who, device, locator, SPACING_MS, deps, true);
  return { protocol: new SmartProtocol(who, transport), close: () => transport.close() };
};

/** Every name by which the device of these settings is known. */
function deviceNames({ host, port, mac }: Settings): string[] {
  return [...(host ? [`${host.toLowerCase()}:${port}`] : []), ...(mac ? [mac] : [])];
}

/** Where the device is, in messages. */
function placeOf({ host, port, mac }: Place): string {
  return host ? `${host}:${port}` : `MAC ${mac}`;
}

function finderOf({ clock, log, networkInterface }: AdapterDeps, port: number): Finder {
  return new Finder({ clock, log, networkInterface, port });
}

function locate({ host, port, mac }: Place, finder: Finder | null, { memory, log }: AdapterDeps): Locator {
  const configured = host === undefined ? null : { host, port };
  if (mac && finder) return movingAddress(configured, mac, { finder, memory, log });
  if (configured) return fixedAddress(configured.host, configured.port);
  throw new Error('a Tapo plug needs host, or mac to be found by');
}

/**
 * Makes the plugs of one studio; those of one strip share its session.
 * @param spacingMs least time between two requests to a device, ms; only a simulated plug can do with less than 250
 * @param discoveryPort UDP port on which lost devices are searched; null: they are not
 */
export function tapoFactory(deps: AdapterDeps, spacingMs: number, discoveryPort: number | null = null) {
  const strips = new Map<string, TapoStrip>();
  const finder = discoveryPort === null ? null : finderOf(deps, discoveryPort);
  return ({ id }: { id: PlugId }, settings: Settings): TapoPlug => {
    const { outlet: position, mac, pollSeconds } = settings;
    const who = `tapo plug ${id} (${placeOf(settings)})`;
    const names = deviceNames(settings);
    const known = position === undefined ? undefined : names.map((name) => strips.get(name)).find((each) => each);
    if (known && known.device.mac !== (mac ?? null))
      throw new Error(
        `${who} is on a strip of which another plug has another mac: write the strip's own for all of them`,
      );
    const strip =
      known ?? new TapoStrip(createDevice(who, settings, locate(settings, finder, deps), spacingMs, deps), deps.clock);
    for (const name of names) strips.set(name, strip);
    const pollMs = pollSeconds * 1000;
    const outlet =
      position === undefined
        ? onlyOutlet(who, strip.device, strip)
        : stripOutlet(who, strip, position, LIST_AGE * pollMs);
    return new TapoPlug({ plug: id, who, pollMs }, strip.device, outlet, deps.clock);
  };
}

function createDevice(
  plug: string,
  settings: Place & Pick<Settings, 'outlet'>,
  locator: Locator,
  spacingMs: number,
  deps: AdapterDeps,
): TapoDevice {
  const { mac = null, outlet } = settings;
  const who = outlet === undefined ? plug : `tapo strip ${placeOf(settings)}`;
  const transport = createTransport(plug, who, settings, locator, spacingMs, deps);
  return new TapoDevice({ who, mac }, transport, locator, deps.clock, deps.timeZone);
}

function createTransport(
  plug: string,
  who: string,
  place: Place,
  locator: Locator,
  spacingMs: number,
  deps: AdapterDeps,
  tellNothing = false,
): DeviceTransport {
  const account = (name: 'tapo_username' | 'tapo_password') => {
    const value = deps.secret(name);
    if (value) return value;
    const variable = `OFFAIR_${name.toUpperCase()}`;
    throw new PlugAuthRefused(
      `${plug} needs the e-mail and password of the Tapo app, and ${name} is not set: ` +
        `set ${variable}, or ${variable}_FILE to a file that holds it, or the systemd credential ${name}`,
    );
  };
  return new DeviceTransport({
    account: { username: account('tapo_username'), password: account('tapo_password') },
    channel: new Channel(who, locator, spacingMs, deps.clock),
    locator,
    memory: deps.memory,
    name: place.mac ?? placeOf(place),
    nameIsItsOwn: place.mac !== undefined,
    tellNothing,
  });
}
