import type { AdapterDeps, FoundDevice, PlugAdapter } from '../adapters/adapter.ts';
import type { MqttBus } from '../adapters/mqtt/bus.ts';
import type { DiscoveredView } from '../api/deps.ts';
import { byAddress, type Configured, keyOf, printable } from './discover.ts';

/** The configured plugs are read first. */
const START_MS = 2000;
const START_SPREAD_MS = 2000;
const HOUR_MS = 3_600_000;
/** Who is on the broker is heard all the time, and called by each search: battery devices suffer from more than this. */
const BROKER_SEARCH = { ms: HOUR_MS, everyMs: HOUR_MS };
/** In the network somebody answers within seconds, or not at all. Often enough that nothing there is forgotten. */
const NETWORK_SEARCH = { ms: 15_000, everyMs: 12 * HOUR_MS };
/** A device that was not heard for this long is forgotten. */
const FORGET_MS = 24 * HOUR_MS;
/** More than any studio has: whoever pretends to be more is not kept. */
const MOST_DEVICES = 200;

interface Deps {
  adapters: readonly PlugAdapter[];
  configured: Configured;
  adapterDeps: AdapterDeps;
  /** A connection to the studio's broker that only listens; null without a broker. */
  ears: MqttBus | null;
}

/** Looks, beside the daemon's work, for plugs that the configuration does not have. */
export class Discovered {
  readonly #deps: Deps;
  readonly #devices = new Map<string, { device: FoundDevice; seenMs: number }>();
  readonly #end = new AbortController();
  #searches: Promise<void>[] = [];

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    this.#searches = this.#deps.adapters.map((adapter) => this.#searchAgainAndAgain(adapter));
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#searches);
  }

  /** What is there and not configured, or not all of it. */
  list(): DiscoveredView[] {
    this.#forget();
    return this.#deps.configured.views([...this.#devices.values()].map(({ device }) => device).toSorted(byAddress));
  }

  async #searchAgainAndAgain(adapter: PlugAdapter): Promise<void> {
    if (!adapter.discover) return;
    const { adapterDeps, ears, configured } = this.#deps;
    const { clock, random, log } = adapterDeps;
    const { ms, everyMs } = adapter.needsMqtt && ears ? BROKER_SEARCH : NETWORK_SEARCH;
    const end = this.#end.signal;
    const options = {
      ears: ears ?? undefined,
      found: (device: FoundDevice) => this.#found(device),
      // The daemon itself speaks with those.
      wanted: (device: FoundDevice) => configured.finding(device).plugs.length === 0,
    };
    let toldFailure = '';
    try {
      await clock.sleep(START_MS + random() * START_SPREAD_MS, end);
      for (;;) {
        const nextMs = clock.monotonicMs() + everyMs;
        const over = new AbortController();
        const cancel = clock.after(ms, () => over.abort());
        try {
          await adapter.discover(adapterDeps, { ...options, signal: AbortSignal.any([end, over.signal]) });
        } catch (error) {
          const { message } = error as Error;
          if (message !== toldFailure)
            log.warn({ event: 'discovery-failed' }, `unknown ${adapter.name} plugs are not searched: ${message}`);
          toldFailure = message;
        }
        cancel();
        await clock.sleep(Math.max(0, nextMs - clock.monotonicMs()), end);
      }
    } catch (error) {
      if (!end.aborted) throw error;
    }
  }

  #found(said: FoundDevice): void {
    const { adapterDeps, configured } = this.#deps;
    const device = printable(said);
    const key = keyOf(device);
    const { plugs, outlets } = configured.finding(device);
    if (outlets.length > 0 && plugs.length === outlets.length) {
      this.#devices.delete(key);
      return;
    }
    if (!this.#devices.has(key)) {
      this.#forget();
      if (this.#devices.size >= MOST_DEVICES) return;
      adapterDeps.log.info(
        { event: 'plug-discovered' },
        `found a plug that is not configured: ${device.model} at ${device.address}`,
      );
    }
    this.#devices.set(key, { device, seenMs: adapterDeps.clock.monotonicMs() });
  }

  #forget(): void {
    const sinceMs = this.#deps.adapterDeps.clock.monotonicMs() - FORGET_MS;
    for (const [key, { seenMs }] of this.#devices) if (seenMs < sinceMs) this.#devices.delete(key);
  }
}
