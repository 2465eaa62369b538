import { z } from 'zod';
import type { AdapterDeps, FoundDevice } from '../adapter.ts';
import { isObject, jsonOf } from '../json.ts';
import { macSchema } from '../mac.ts';
import type { MqttBus, MqttMessage } from '../mqtt/bus.ts';
import { type Gen2Info, gen1Device, gen2Device, gen2Info } from './found.ts';
import { answersTopic, interrogate } from './interrogate.ts';
import { MAX_PREFIX_LENGTH, TOPIC_PREFIX } from './names.ts';

/** Where all plugs hear the call to announce themselves, and where they then do, beside their own prefix. */
const CALL_TOPIC = 'shellies/command';
const COMMON_PREFIX = 'shellies';
/** Prefixes may have slashes: this many levels are heard. */
const MOST_LEVELS = 5;
/** All plugs must not answer in the same moment, nor be asked in it. */
const SPREAD_MS = 1000;
/** A plug that says `online` subscribes to its questions a moment later. */
const SETTLE_MS = 500;
/**
 * Notifications show the prefix of firmware that knows no call. It sends one a minute: longer is not listened, nor to more
 * of them in a studio where plugs talk much.
 */
const NOTIFICATIONS_MS = 130_000;
const MOST_NOTIFICATIONS = 2000;
/** A plug that announced itself and can't be asked by then is told with what stands in the way. */
const UNCONFIRMED_MS = 10_000;
/** More than any studio has: whoever pretends to be more is not asked. */
const MOST_PREFIXES = 200;
/** One that gave no answer is asked again when it comes online, but not more often than this. */
const ASK_AGAIN_MS = 60_000;

/** The first generation; newer ones have `gen` and no `fw_ver`. */
const gen1Announcement = z.object({
  id: z.string().max(MAX_PREFIX_LENGTH),
  model: z.string().max(60),
  mac: macSchema,
  ip: z.string().max(60).optional(),
  fw_ver: z.string().max(100),
});

interface Deps extends Pick<AdapterDeps, 'clock' | 'random'> {
  /** Asks. */
  mqtt: MqttBus;
  /** Listens. */
  ears: MqttBus;
}

/**
 * Calls all Shelly plugs once, hears who speaks, and asks each newcomer once who it is and what it measures. Resolves when
 * `signal` ends it.
 */
export async function discoverOverMqtt(
  deps: Deps,
  found: (device: FoundDevice) => void,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const search = new Search(deps, found);
  await search.start();
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  search.stop();
}

interface Candidate {
  askedMs: number;
  asking: boolean;
  device: FoundDevice | null;
}

class Search {
  readonly #deps: Deps;
  readonly #found: (device: FoundDevice) => void;
  readonly #candidates = new Map<string, Candidate>();
  /** Who announced itself, by MAC, until it is found. */
  readonly #announced = new Map<string, Gen2Info>();
  readonly #foundMacs = new Set<string>();
  #stops: (() => void)[] = [];
  #called = false;
  readonly #end = new AbortController();

  constructor(deps: Deps, found: (device: FoundDevice) => void) {
    this.#deps = deps;
    this.#found = found;
  }

  async start(): Promise<void> {
    const { ears, clock } = this.#deps;
    const levels = Array.from({ length: MOST_LEVELS }, (_, more) => `+${'/+'.repeat(more)}`);
    const hear = (suffix: string, handler: (prefix: string, message: MqttMessage) => void) =>
      levels.map((wild) =>
        ears.subscribe(`${wild}/${suffix}`, (message) => handler(message.topic.slice(0, -suffix.length - 1), message)),
      );
    let notifications = 0;
    const passing: (() => void)[] = [];
    const hush = () => {
      for (const stop of passing.splice(0)) stop();
    };
    const lasting = [
      ...hear('online', (prefix, message) => this.#online(prefix, message)),
      ...hear('announce', (prefix, message) => this.#announcement(prefix, message)),
    ];
    const notified = hear('events/rpc', (prefix) => {
      notifications += 1;
      if (notifications > MOST_NOTIFICATIONS) hush();
      else this.#meet(prefix);
    });
    passing.push(...(await Promise.all(notified)));
    const cancelHush = clock.after(NOTIFICATIONS_MS, hush);
    this.#stops.push(...(await Promise.all(lasting)), hush, cancelHush);
    this.#stops.push(ears.onConnection((connected) => connected && this.#call()));
    if (ears.connected) this.#call();
  }

  stop(): void {
    this.#tellUnconfirmed([...this.#announced.keys()]);
    this.#end.abort();
    for (const stop of this.#stops) stop();
  }

  #call(): void {
    if (this.#called) return;
    this.#called = true;
    const { ears, clock, random } = this.#deps;
    const publish = () => {
      // The broker went away: the next connection calls.
      ears.publish(CALL_TOPIC, 'announce').catch(() => {
        this.#called = false;
      });
    };
    this.#stops.push(clock.after(random() * SPREAD_MS, publish));
  }

  #online(prefix: string, { payload, retained }: MqttMessage): void {
    if (payload.toString() !== 'true') return;
    const known = this.#candidates.get(prefix);
    const { clock } = this.#deps;
    const mayAgain = known && !known.asking && clock.monotonicMs() - known.askedMs >= ASK_AGAIN_MS;
    if (!retained && mayAgain && !known.device) this.#candidates.delete(prefix);
    this.#meet(prefix, true);
  }

  #announcement(prefix: string, { payload, retained }: MqttMessage): void {
    // Who knows how long ago.
    if (retained) return;
    const said = jsonOf(payload.toString());
    const newer = gen2Info.safeParse(said);
    if (newer.success) {
      this.#introduce(newer.data);
      this.#meet(prefix === COMMON_PREFIX ? newer.data.id : prefix, true);
      return;
    }
    const older = gen1Announcement.safeParse(said);
    if (!older.success || (isObject(said) && 'gen' in said)) return;
    const { id, mac, model, ip, fw_ver: firmware } = older.data;
    const own = prefix === COMMON_PREFIX ? `shellies/${id}` : prefix;
    if (!isPrefix(own)) return;
    const device = gen1Device({ id, mac, model, firmware }, own, ip ?? own, null);
    if (device) this.#tell(device);
  }

  #introduce(info: Gen2Info): void {
    if (this.#foundMacs.has(info.mac) || this.#announced.has(info.mac) || this.#announced.size >= MOST_PREFIXES) return;
    this.#announced.set(info.mac, info);
    this.#stops.push(this.#deps.clock.after(UNCONFIRMED_MS, () => this.#tellUnconfirmed([info.mac])));
  }

  #tellUnconfirmed(macs: string[]): void {
    for (const mac of macs) {
      const info = this.#announced.get(mac);
      this.#announced.delete(mac);
      if (!info || this.#foundMacs.has(mac)) continue;
      const obstacle = this.#candidates.get(info.id)?.asking
        ? 'the search ended before it was asked what it measures: search longer, with --seconds 15'
        : `it announces itself but did not answer on ${info.id}/rpc. Turn on "RPC over MQTT" in its MQTT settings; ` +
          'with a prefix of its own, write that as topicPrefix; ' +
          `in the broker's access list let it write ${answersTopic(this.#deps.mqtt, '…')}`;
      const device = gen2Device({ info, status: null, config: null, prefix: null, address: info.id, obstacle });
      if (device) this.#found(device);
    }
  }

  /** @param again a device that is known is told again: it is there */
  #meet(prefix: string, again = false): void {
    const known = this.#candidates.get(prefix);
    if (known) {
      if (again && known.device) this.#tell(known.device);
      return;
    }
    if (prefix === COMMON_PREFIX || !isPrefix(prefix) || this.#candidates.size >= MOST_PREFIXES) return;
    const { clock, random } = this.#deps;
    const candidate: Candidate = { askedMs: clock.monotonicMs(), asking: true, device: null };
    this.#candidates.set(prefix, candidate);
    const ask = async () => {
      try {
        candidate.device = await interrogate(prefix, this.#deps, this.#end.signal);
        if (candidate.device) this.#tell(candidate.device);
      } catch {
        // The broker went away: it is asked when it is heard again.
        this.#candidates.delete(prefix);
      }
      candidate.asking = false;
    };
    this.#stops.push(clock.after(SETTLE_MS + random() * SPREAD_MS, () => void ask()));
  }

  #tell(device: FoundDevice): void {
    if (this.#end.signal.aborted) return;
    if (device.mac) {
      this.#foundMacs.add(device.mac);
      this.#announced.delete(device.mac);
    }
    this.#found(device);
  }
}

function isPrefix(prefix: string): boolean {
  return prefix.length <= MAX_PREFIX_LENGTH && TOPIC_PREFIX.test(prefix);
}
