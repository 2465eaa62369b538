import { z } from 'zod';
import type { DiscoveryOptions, FoundDevice } from '../adapter.ts';
import { isObject, jsonOf } from '../json.ts';
import { macSchema } from '../mac.ts';
import type { MqttBus, MqttMessage } from '../mqtt/bus.ts';
import { onTopic } from './dialect.ts';

/** More than any studio has: whoever pretends to be more is not looked at. */
const MOST_DEVICES = 200;
/** What a relay is in `rl`: not a light, not a shutter. */
const RELAY = 1;

/** `tasmota/discovery/<MAC>/config`: `t` topic, `ft` full topic, `tp` its prefixes, `fn` names, `rl` relays. */
const configuration = z.object({
  mac: macSchema,
  t: z.string(),
  ft: z.string(),
  tp: z.array(z.string()),
  dn: z.string().nullish(),
  fn: z.array(z.string().nullable()).default([]),
  md: z.string().default('Tasmota'),
  sw: z.string().nullish(),
  ip: z.string().nullish(),
  rl: z.array(z.number()),
});
type Configuration = z.output<typeof configuration>;

interface Candidate {
  device: Configuration | null;
  /** `ENERGY.Power`: a list has one value per outlet; undefined: it has no meter. */
  power: unknown;
  /** Said by its last will, which stays on the broker: what it told once is there for ever. */
  online: boolean;
  listening: boolean;
}

/**
 * Finds Tasmota devices with a meter by what they leave on the broker for others to find. Nothing is sent to them.
 * Resolves when `signal` ends it.
 * @param usable whether the keys are right for `studio.yaml`
 */
export async function discoverTasmota(
  ears: MqttBus,
  { found, signal }: DiscoveryOptions,
  usable: (keys: Record<string, unknown>) => boolean,
): Promise<void> {
  if (signal.aborted) return;
  const candidates = new Map<string, Candidate>();
  const stops: (() => void)[] = [];
  const candidateOf = (topic: string) => {
    const mac = topic.split('/')[2] ?? '';
    const known = candidates.get(mac);
    if (known || candidates.size >= MOST_DEVICES) return known;
    const candidate: Candidate = { device: null, power: undefined, online: false, listening: false };
    candidates.set(mac, candidate);
    return candidate;
  };
  const tell = ({ device, power, online }: Candidate) => {
    if (!device || power === undefined || !online || signal.aborted) return;
    const told = foundDevice(device, power);
    if (told.outlets.every(({ name: _, ...keys }) => usable(keys))) found(told);
  };
  const listen = async (candidate: Candidate, { t: topic, ft: fullTopic }: Configuration) => {
    if (candidate.listening || !usable({ adapter: 'tasmota', topic, fullTopic })) return;
    candidate.listening = true;
    const stop = await ears.subscribe(onTopic({ topic, fullTopic }, 'tele', 'LWT'), ({ payload }) => {
      candidate.online = payload.toString() === 'Online';
      tell(candidate);
    });
    if (signal.aborted) stop();
    else stops.push(stop);
  };
  const configured = (message: MqttMessage) => {
    const parsed = configuration.safeParse(jsonOf(message.payload.toString()));
    if (!parsed.success) return;
    const candidate = candidateOf(message.topic);
    if (!candidate) return;
    candidate.device = parsed.data;
    tell(candidate);
    void listen(candidate, parsed.data);
  };
  const sensed = (message: MqttMessage) => {
    const said = jsonOf(message.payload.toString());
    const sensors = isObject(said) ? said.sn : null;
    const energy = isObject(sensors) ? sensors.ENERGY : null;
    if (!isObject(energy) || energy.Power === undefined) return;
    const candidate = candidateOf(message.topic);
    if (!candidate) return;
    candidate.power = energy.Power;
    tell(candidate);
  };
  stops.push(await ears.subscribe('tasmota/discovery/+/config', configured));
  stops.push(await ears.subscribe('tasmota/discovery/+/sensors', sensed));
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  for (const stop of stops) stop();
}

function foundDevice({ mac, t, ft, tp, dn, fn, md, sw, ip, rl }: Configuration, power: unknown): FoundDevice {
  const topics = { topic: t, ...(ft !== '%prefix%/%topic%/' && { fullTopic: ft }) };
  const keys = { adapter: 'tasmota', ...topics, mac: mac.replace(/..(?!$)/g, '$&:') };
  const relays = rl.filter((kind) => kind === RELAY).length;
  const oneMeter = relays > 1 && !Array.isArray(power);
  const common = { adapter: 'tasmota', model: md, firmware: sw ?? null, mac, address: ip || t, name: dn || null };
  const [command, state, telemetry] = tp;
  if (command !== 'cmnd' || state !== 'stat' || telemetry !== 'tele')
    return {
      ...common,
      outlets: [],
      obstacle: 'its prefixes are not cmnd, stat and tele: reset them (Prefix1 to Prefix3)',
    };
  const channels = relays === 0 || oneMeter ? [0] : Array.from({ length: relays }, (_, index) => index + 1);
  const outlets = channels.map((channel) => {
    const name = channels.length > 1 ? fn[channel - 1] : null;
    return { ...keys, ...(name && { name }), ...((channels.length > 1 || channel === 0) && { channel }) };
  });
  const obstacle = oneMeter
    ? 'it has one meter for all its outlets: it can be measured as a whole, not switched'
    : null;
  return { ...common, outlets, obstacle };
}
