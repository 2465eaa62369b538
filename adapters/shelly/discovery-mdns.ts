import { z } from 'zod';
import type { AdapterDeps, FoundDevice } from '../adapter.ts';
import { isObject } from '../json.ts';
import { macSchema } from '../mac.ts';
import { searchByMdns } from '../mdns.ts';
import { webRequest } from '../web-request.ts';
import { gen1Device, gen2Device, gen2Info } from './found.ts';

const ASK_TIMEOUT_MS = 3000;
const MAX_BODY_BYTES = 64 * 1024;

/** `/shelly` of the first generation. */
const gen1Info = z.object({ type: z.string().max(60), mac: macSchema, fw: z.string().max(100), auth: z.boolean() });

interface Deps extends Pick<AdapterDeps, 'clock' | 'log' | 'networkInterface' | 'mqtt'> {
  /** UDP. */
  port?: number;
}

/**
 * Asks by mDNS who is there, and each Shelly by HTTP what it is and how its MQTT is set; nothing is set on any device.
 * Such a plug is not on the studio's broker, or it would be found there: that is told as its obstacle. Ends by itself
 * after some seconds, or with `signal`.
 * @throws Error when there is no such network interface
 */
export function discoverOverMdns(deps: Deps, found: (device: FoundDevice) => void, signal: AbortSignal): Promise<void> {
  return searchByMdns(deps, signal, {
    // The last generation was seen to answer as http only.
    types: ['shelly', 'http'],
    wanted: ({ name, type, txt }) => type === 'shelly' || /^shelly/i.test(name) || txt.gen !== undefined,
    async seen({ name, host, port, txt }) {
      const id = typeof txt.id === 'string' ? txt.id : name;
      const device = await interrogate(new Web(host, port, deps), id, signal);
      if (device) found(device);
    },
  });
}

/** @returns null for what is no plug. @throws Error when it does not answer */
async function interrogate(web: Web, id: string, signal: AbortSignal): Promise<FoundDevice | null> {
  const answer = await web.get('/shelly', signal);
  const newer = gen2Info.safeParse(answer);
  if (newer.success) {
    const info = newer.data;
    const [status, config, mqtt] = info.auth_en
      ? [null, null, null]
      : await web.getAll(['/rpc/Shelly.GetStatus', '/rpc/Shelly.GetConfig', '/rpc/MQTT.GetConfig'], signal);
    const prefix = typeof mqtt?.topic_prefix === 'string' ? mqtt.topic_prefix : null;
    const obstacle = obstacleOf(mqtt, status?.mqtt, web);
    return gen2Device({ info, status: status ?? null, config: config ?? null, prefix, address: web.host, obstacle });
  }
  const older = gen1Info.safeParse(answer);
  if (!older.success) return null;
  const { type: model, mac, fw: firmware, auth } = older.data;
  const [settings, status] = auth ? [null, null] : await web.getAll(['/settings', '/status'], signal);
  const mqtt = isObject(settings?.mqtt) ? settings.mqtt : null;
  const prefix = typeof mqtt?.id === 'string' ? `shellies/${mqtt.id}` : null;
  return gen1Device({ id, mac, model, firmware }, prefix, web.host, obstacleOf(mqtt, status?.mqtt, web));
}

/**
 * @param mqtt its MQTT settings; null: not known
 * @param state `{connected}`
 */
function obstacleOf(mqtt: Record<string, unknown> | null | undefined, state: unknown, web: Web): string {
  const section = web.hasBroker ? '' : '; and add the mqtt: section to studio.yaml';
  const inSettings = `in its MQTT settings (http://${web.place})`;
  if (!mqtt)
    return `it is not seen on the studio's broker, and its web page has a password: look ${inSettings}${section}`;
  if (mqtt.enable !== true) return `its MQTT is off: turn it on ${inSettings}, with the studio's broker${section}`;
  const server = typeof mqtt.server === 'string' ? mqtt.server : 'no broker';
  const connected = isObject(state) && state.connected === true;
  return connected
    ? `it is connected to the broker ${server}: that must be the studio's one. Correct it ${inSettings} or in studio.yaml${section}`
    : `it is not connected to its broker, ${server}: correct address, user or password ${inSettings}${section}`;
}

/** The web server of one device. */
class Web {
  readonly host: string;
  readonly place: string;
  readonly hasBroker: boolean;
  readonly #deps: Deps;

  constructor(host: string, port: number, deps: Deps) {
    this.host = host;
    this.place = port === 80 ? host : `${host}:${port}`;
    this.hasBroker = deps.mqtt !== null;
    this.#deps = deps;
  }

  async getAll(paths: string[], signal: AbortSignal): Promise<(Record<string, unknown> | null)[]> {
    const answers: (Record<string, unknown> | null)[] = [];
    // One after the other: it has room for few connections.
    for (const path of paths) answers.push(await this.get(path, signal).catch(() => null));
    return answers;
  }

  /** @throws Error when there is no answer, or none in JSON */
  async get(path: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const url = new URL(`http://${this.place}${path}`);
    const { clock } = this.#deps;
    const limits = { timeoutMs: ASK_TIMEOUT_MS, maxBodyBytes: MAX_BODY_BYTES };
    const { status, body } = await webRequest(url, { method: 'GET', ...limits, clock, signal });
    const answer: unknown = status === 200 ? JSON.parse(body) : null;
    if (!isObject(answer)) throw new Error(`${url} answered ${status}, not a JSON object`);
    return answer;
  }
}
