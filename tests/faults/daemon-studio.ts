import { join } from 'node:path';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import { type StudioConfig, studioSchema } from '../../config/schema.ts';
import type { Daemon } from '../../daemon/run.ts';
import type { Clock } from '../../model/clock.ts';
import { testDaemon } from '../support/daemon.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { freePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { type Books, balanced, metricsOf } from './books.ts';
import { influxEnergy } from './influx-query.ts';

const ACCOUNT = { username: 'me@example.com', password: 'a-tapo-secret' };
export const DATABASE = 'faults';

/** The plugs and the broker of a studio, on their own: the daemon may come and go. */
export class Plugs {
  readonly outlets = new Map<string, SimulatedOutlet>();
  readonly broker: Mosquitto;
  readonly #clock: Clock;
  readonly #ends: (() => Promise<unknown>)[] = [];
  readonly #config: object[] = [];

  private constructor(clock: Clock, broker: Mosquitto) {
    this.#clock = clock;
    this.broker = broker;
    this.#ends.push(() => broker.stop());
  }

  static async start(clock: Clock): Promise<Plugs> {
    return new Plugs(clock, await startMosquitto());
  }

  async addShelly(id: string, watts: number): Promise<void> {
    const mac = `02aa000000${String(this.outlets.size).padStart(2, '0')}`;
    const device = `shellyplugsg3-${mac}`;
    const outlet = this.#outlet(id, watts);
    const shelly = new SimulatedShelly({ clock: this.#clock, outlet, brokerUrl: this.broker.url, device });
    await shelly.start();
    this.#ends.push(() => shelly.stop());
    this.#config.push({ ...plugConfig(id, mac), adapter: 'shelly', device, pollSeconds: 10 });
  }

  async addTapo(id: string, watts: number): Promise<void> {
    const mac = `02aa000000${String(this.outlets.size).padStart(2, '0')}`;
    const outlet = this.#outlet(id, watts);
    const identity = { mac, model: 'P110', nickname: id, firmware: '1.3.1' } as const;
    const tapo = new SimulatedTapo({ clock: this.#clock, outlet, ...identity, ...ACCOUNT });
    const port = await tapo.start();
    this.#ends.push(() => tapo.stop());
    this.#config.push({ ...plugConfig(id, mac), adapter: 'tapo', host: '127.0.0.1', port, pollSeconds: 5 });
  }

  /** The studio.yaml of these plugs, with the journal in `folder`. */
  async config(folder: string, more: object = {}): Promise<Record<string, unknown>> {
    return {
      studio: { id: 'faults', name: 'Faults', country: 'NZ', timeZone: 'Pacific/Auckland' },
      api: { port: await freePort() },
      mqtt: { url: this.broker.url },
      journal: { path: join(folder, 'journal.sqlite') },
      plugs: this.#config,
      ...more,
    };
  }

  /** Of each plug, the Wh that it delivered since it was made. */
  deliveredWh(): Map<string, number> {
    return new Map([...this.outlets].map(([id, outlet]) => [id, outlet.wattHours]));
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end();
  }

  #outlet(id: string, watts: number): SimulatedOutlet {
    const outlet = new SimulatedOutlet(this.#clock, () => watts);
    this.outlets.set(id, outlet);
    return outlet;
  }
}

const NO_WAITING = { minOnSeconds: 0, minOffSeconds: 0, quietSeconds: 0 };

function plugConfig(id: string, mac: string): object {
  return { id, name: id, kind: 'light', essential: false, idleWatts: 'any', mac, ...NO_WAITING };
}

/** A daemon in this process. */
export async function daemonOf(config: Record<string, unknown>, clock: Clock): Promise<Daemon> {
  const parsed: StudioConfig = studioSchema.parse(config);
  const secrets: Record<string, string> = { tapo_username: ACCOUNT.username, tapo_password: ACCOUNT.password };
  return testDaemon({
    ...{ config: parsed, journalPath: parsed.journal.path ?? '', clock },
    secret: (name) => secrets[name],
  });
}

/** The API of a daemon, wherever it runs. */
export class Api {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async call(path: string, body?: unknown): Promise<{ status: number; json: ReturnType<typeof JSON.parse> }> {
    const init =
      body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${this.url}/api/v1/${path}`, init);
    return { status: answer.status, json: await answer.json() };
  }

  /** Resolves when every plug has a fresh reading. */
  async allOnline(): Promise<void> {
    await until('every plug is online', async () => {
      const { plugs } = (await this.call('status')).json as { plugs: { online: boolean }[] };
      return plugs.every(({ online }) => online);
    });
  }

  async books(): Promise<Books> {
    return balanced(await metricsOf(this.url));
  }

  /** Wh by plug in the journal, within a day around now. */
  async energyWh(nowMs: number): Promise<Map<string, number>> {
    const [from, to] = [nowMs - 86_400_000, nowMs + 86_400_000].map((ms) => new Date(ms).toISOString());
    const { json } = await this.call(`emissions?groupBy=plug&from=${from}&to=${to}`);
    const groups = (json.groups ?? json) as { key: string; footprint: { wh: number } }[];
    return new Map(groups.map(({ key, footprint }) => [key, footprint.wh]));
  }
}

export const energyInInflux = (url: string): Promise<Map<string, number>> => influxEnergy(url, DATABASE);
