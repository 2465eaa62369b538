import { Document, isMap, isSeq } from 'yaml';
import type { AdapterDeps, FoundDevice, PlugAdapter } from '../adapters/adapter.ts';
import type { DiscoveredView } from '../api/deps.ts';
import type { PlugConfig } from '../config/schema.ts';
import { columns } from './columns.ts';

/** A device that was found, and what the configuration has of it. */
export interface Finding extends FoundDevice {
  /** Ids of the configured plugs that are its outlets. */
  plugs: string[];
}

type Outlet = FoundDevice['outlets'][number];

/** A plug as `studio.yaml` may have it: essential, since nothing else is said. */
export type NewPlug = Outlet & { id: string; name: string };

/** Characters that a terminal would take for commands: labels come from whoever is in the network. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const MAX_TEXT = 300;

/**
 * Lets every adapter that can search the network for `ms`. A family that fails does not keep the others from searching.
 * @param told called whenever more is known
 * @returns every device as it was told last, and what went wrong
 */
export async function discover(
  adapters: readonly PlugAdapter[],
  deps: AdapterDeps,
  ms: number,
  told: (device: FoundDevice) => void,
): Promise<{ devices: FoundDevice[]; failures: Error[] }> {
  const over = new AbortController();
  const stopTimer = deps.clock.after(ms, () => over.abort());
  const devices = new Map<string, FoundDevice>();
  const found = (device: FoundDevice) => {
    const clean = printable(device);
    devices.set(keyOf(clean), clean);
    told(clean);
  };
  const options = { found, signal: over.signal };
  const ends = await Promise.allSettled(adapters.map((adapter) => adapter.discover?.(deps, options)));
  stopTimer();
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
  return { devices: [...devices.values()].toSorted(byAddress), failures };
}

export function byAddress(one: FoundDevice, other: FoundDevice): number {
  const byHost = one.address.localeCompare(other.address, 'en', { numeric: true });
  return byHost || (one.mac ?? '').localeCompare(other.mac ?? '', 'en');
}

/** The same device at another address counts as another: whoever takes a plug's MAC for its own hides none. */
export function keyOf({ adapter, mac, address }: FoundDevice): string {
  return `${adapter} ${mac} ${address}`;
}

/** A device in a few words. */
export function deviceWords({ model, address, name }: FoundDevice): string {
  return `${model} at ${address}${name === null ? '' : `: ${name}`}`;
}

/** The device with nothing in its texts that would do anything on a screen. */
export function printable(device: FoundDevice): FoundDevice {
  return printableValue(device) as FoundDevice;
}

function printableValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(UNPRINTABLE, ' ').trim().slice(0, MAX_TEXT);
  if (Array.isArray(value)) return value.map(printableValue);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, printableValue(each)]));
}

/** Compares what was found with what is configured, by MAC before address. */
export class Configured {
  readonly #adapters: readonly PlugAdapter[];
  readonly #plugs: readonly PlugConfig[];

  constructor(adapters: readonly PlugAdapter[], plugs: readonly PlugConfig[]) {
    this.#adapters = adapters;
    this.#plugs = plugs;
  }

  finding(device: FoundDevice): Finding {
    const plugs = device.outlets.flatMap((outlet) => this.#plugOf(outlet)?.id ?? []);
    return { ...device, plugs };
  }

  /** `studio.yaml` for what is not configured yet; null when all is. */
  snippet(devices: readonly FoundDevice[]): string | null {
    const lines = this.lines(devices).filter((text) => text !== null);
    return lines.length > 0 ? `plugs:\n${lines.join('')}` : null;
  }

  /**
   * For each device the lines that go under `plugs:` of `studio.yaml`, null when none are needed. The common keys have
   * safe defaults: nothing that is pasted is ever cut.
   */
  lines(devices: readonly FoundDevice[]): (string | null)[] {
    const found = this.newPlugs(devices);
    return devices.map(({ obstacle }, index) => {
      const plugs = found[index] ?? [];
      if (plugs.length === 0) return null;
      const document = new Document({ plugs });
      const list = document.get('plugs');
      for (const item of isSeq(list) && obstacle !== null ? list.items : [])
        if (isMap(item)) item.commentBefore = ` ${obstacle}`;
      return document.toString({ lineWidth: 0 }).slice('plugs:\n'.length);
    });
  }

  /** Each device as it is shown, with its lines. */
  views(devices: readonly FoundDevice[]): DiscoveredView[] {
    const lines = this.lines(devices);
    return devices.map(({ adapter, model, firmware, mac, address, name, obstacle }, index) => {
      const yaml = lines[index] ?? null;
      return { adapter, model, firmware, mac, address, name, obstacle, yaml };
    });
  }

  /** For each device the plugs that the configuration does not have yet, with ids and names that are free. */
  newPlugs(devices: readonly FoundDevice[]): NewPlug[][] {
    const ids = new Set(this.#plugs.map(({ id }) => id));
    return devices.map((device) =>
      device.outlets
        .map((outlet, index) => ({ outlet, number: device.outlets.length > 1 ? ` ${index + 1}` : '' }))
        .filter(({ outlet }) => !this.#plugOf(outlet))
        .map(({ outlet, number }) => plugOf(device, outlet, number, ids)),
    );
  }

  #plugOf(outlet: Outlet): PlugConfig | undefined {
    const adapter = this.#adapters.find(({ name }) => name === outlet.adapter);
    const found = adapter?.schema.safeParse(ownKeys(adapter, outlet));
    if (!adapter || !found?.success) return undefined;
    const names = adapter.outletNames(found.data);
    const mac = adapter.macOf(found.data);
    return this.#plugs.find((plug) => {
      if (plug.adapter !== adapter.name) return false;
      const settings = plug as never;
      const promised = adapter.macOf(settings);
      if (mac !== null && promised !== null && mac !== promised) return false;
      return adapter.outletNames(settings).some((name) => names.includes(name));
    });
  }
}

function ownKeys(adapter: PlugAdapter, outlet: Outlet): Outlet {
  return Object.fromEntries(Object.entries(outlet).filter(([key]) => key in adapter.schema.shape));
}

function plugOf(device: FoundDevice, outlet: Outlet, number: string, ids: Set<string>): NewPlug {
  const { name: own, ...keys } = outlet;
  const tail = device.mac?.slice(-4) ?? device.address;
  const name = typeof own === 'string' && own !== '' ? own : `${device.name || `${device.model} ${tail}`}${number}`;
  const base = slug(name) || slug(`${device.model} ${tail}`) || 'plug';
  const id = freeId(base, ids);
  ids.add(id);
  return { id, name: name.slice(0, 80), ...keys };
}

/** `camera`, or `camera-2` where that is taken. */
export function freeId(base: string, taken: ReadonlySet<string>): string {
  let id = base;
  for (let next = 2; taken.has(id); next += 1) id = `${base}-${next}`;
  return id;
}

/** `Caméra 1` becomes `camera-1`. */
export function slug(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-|-$/g, '');
}

/** What was found as a table for people, and under it what stands in the way. */
export function table(findings: readonly Finding[]): string {
  const rows = findings.map(({ model, firmware, mac, address, name, plugs, outlets }) => [
    model,
    firmware?.split(' ')[0] ?? '?',
    mac?.replace(/..(?!$)/g, '$&-') ?? '?',
    address,
    name ?? '?',
    plugs.length === 0 ? 'new' : plugs.length < outlets.length ? `${plugs.join(', ')}; others new` : plugs.join(', '),
  ]);
  const lines = columns([['MODEL', 'FIRMWARE', 'MAC', 'ADDRESS', 'NAME', 'PLUG'], ...rows]);
  const obstacles = findings.flatMap(({ address, model, obstacle }) =>
    obstacle === null ? [] : [`${address} (${model}): ${obstacle}`],
  );
  return [...lines, ...(obstacles.length > 0 ? ['', ...obstacles] : [])].join('\n');
}
