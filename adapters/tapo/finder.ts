import type { Address } from './locator.ts';
import { newProbe } from './packet.ts';
import { type SearchDeps, search } from './search.ts';

/** How long one device is waited for, ms: they answer within a tenth of it. */
const ASK_MS = 1000;
/** How long a broadcast is listened to, ms, and from its start to the next. */
const ROUND_MS = 4000;
const ROUNDS_APART_MS = 30_000;

/** One broadcast and what came of it, by MAC. */
interface Round {
  startedMs: number;
  seen: Map<string, Address[]>;
  ended: boolean;
  /** Called at every sighting and at the end. */
  watchers: Set<() => void>;
}

/** Finds lost plugs of one studio: however many are lost, they share one broadcast, and there is one in 30 s at most. */
export class Finder {
  readonly #deps: SearchDeps;
  #round: Round | null = null;
  #warned = false;

  constructor(deps: SearchDeps) {
    this.#deps = deps;
  }

  /**
   * Where a plug is now: asks at the last address and at `others`, then everybody. Never rejects.
   * @param mac 12 upper-case hex digits
   * @param last `notHere`: who answers there is not the plug, whatever it says
   * @param others where else it may be: no broadcast may reach it there
   * @returns null when it is not found, or is still at the last address
   */
  async find(
    mac: string,
    last: { address: Address | null; notHere: boolean },
    others: readonly (Address | null)[],
  ): Promise<Address | null> {
    const { address: here, notHere } = last;
    const hosts = new Set([here, ...others].filter((address) => address !== null).map(({ host }) => host));
    const answers = await Promise.all([...hosts].map((host) => this.#ask(host, mac)));
    const near = answers.filter((address) => address !== null);
    const elsewhere = near.find((address) => !same(address, here));
    if (elsewhere || (near.length > 0 && !notHere)) return elsewhere ?? null;
    return this.#inRound(mac, here, notHere);
  }

  /** Where `mac` answers a probe that is sent to `host` alone. */
  async #ask(host: string, mac: string): Promise<Address | null> {
    if (host.includes(':')) return null;
    let found: Address | null = null;
    await this.#search(ASK_MS, host, (by, address, end) => {
      if (by !== mac) return;
      found = address;
      end();
    });
    return found;
  }

  #inRound(mac: string, last: Address | null, notHere: boolean): Promise<Address | null> {
    const round = this.#currentRound();
    return new Promise((resolve) => {
      const watch = () => {
        const seen = round.seen.get(mac) ?? [];
        const other = seen.find((address) => !same(address, last));
        const isHere = seen.length > 0 && !notHere;
        if (!other && !isHere && !round.ended) return;
        round.watchers.delete(watch);
        resolve(other ?? null);
      };
      round.watchers.add(watch);
      watch();
    });
  }

  #currentRound(): Round {
    const nowMs = this.#deps.clock.monotonicMs();
    if (this.#round && nowMs < this.#round.startedMs + ROUNDS_APART_MS) return this.#round;
    const round: Round = { startedMs: nowMs, seen: new Map(), ended: false, watchers: new Set() };
    this.#round = round;
    const tell = () => {
      for (const watch of [...round.watchers]) watch();
    };
    void this.#search(ROUND_MS, null, (mac, address) => {
      round.seen.set(mac, [...(round.seen.get(mac) ?? []), address]);
      tell();
    }).then(() => {
      round.ended = true;
      tell();
    });
    return round;
  }

  async #search(
    ms: number,
    host: string | null,
    seen: (mac: string, address: Address, end: () => void) => void,
  ): Promise<void> {
    // Its key takes seconds on a small machine, once: they are not the plug's.
    await newProbe();
    const over = new AbortController();
    const end = () => over.abort();
    const stopTimer = this.#deps.clock.after(ms, end);
    try {
      await search(this.#deps, host, ({ reply, ...address }) => seen(reply.mac, address, end), over.signal);
    } catch (error) {
      if (!this.#warned)
        this.#deps.log.warn(
          { event: 'device-search-failed', err: error },
          'plugs can not be searched: correct discovery.interface',
        );
      this.#warned = true;
    } finally {
      stopTimer();
    }
  }
}

function same(one: Address, other: Address | null): boolean {
  return one.host === other?.host && one.port === other.port;
}
