import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SimulatedOutlet } from './outlet.ts';

const MAX_BODY_BYTES = 1024;

/** What the socket can be made to do, as real ones do, and as none does. */
export interface HomewizardBehaviour {
  /** As the app sets it: Settings, Meters, Local API. */
  apiEnabled: boolean;
  productType: string;
  /** 12 lower-case hex digits. */
  serial: string;
  /** What hangs on it feeds so much back, watts. */
  feedsBackWatts: number;
  /** What was fed back so far, kWh. */
  exportKwh: number;
  /** Older firmware tells only the counters of the first tariff, and neither volts nor amperes. */
  old: boolean;
  /** Puts these in the place of what it would tell, by path; null: all is told as it is. */
  lies: Readonly<Record<string, string>> | null;
  /** The answer breaks off in its midst. */
  truncates: boolean;
  /** It takes a request and never answers. */
  hangs: boolean;
  /** It answers without end. */
  floods: boolean;
}

/** An answer but 200, as the maker documents them. */
class Refused extends Error {
  readonly status: number;
  readonly id: number;

  constructor(status: number, id: number, description: string) {
    super(description);
    this.status = status;
    this.id = id;
  }
}

/**
 * A HomeWizard Energy Socket with its local API v1 over HTTP on loopback, made from the maker's documentation
 * (api-documentation.homewizard.com) and the answers among the tests of python-homewizard-energy.
 */
export class SimulatedHomewizard {
  readonly #outlet: SimulatedOutlet;
  #behaviour: HomewizardBehaviour;
  #server: Server | null = null;
  #port = 0;
  #underWay = 0;
  switchLock = false;
  brightness = 255;
  /** Every switch command that was carried out, oldest first. */
  readonly executed: { on: boolean }[] = [];
  /** Every request, oldest first: `GET /api`. */
  readonly asked: string[] = [];
  /** How many requests it had at once at the most. */
  mostAtOnce = 0;
  blinked = 0;

  /** @param mac 12 hex digits */
  constructor(outlet: SimulatedOutlet, mac: string) {
    this.#outlet = outlet;
    this.#behaviour = {
      ...{ apiEnabled: true, productType: 'HWE-SKT', serial: mac.toLowerCase(), feedsBackWatts: 0, exportKwh: 0 },
      ...{ old: false, lies: null, truncates: false, hangs: false, floods: false },
    };
  }

  /** Changes some behaviours and leaves the others. */
  behave(change: Partial<HomewizardBehaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...change };
  }

  /** Listens on loopback: on a free port first, then on the same again. @returns the port */
  async start(): Promise<number> {
    const server = createServer((request, response) => {
      // Who asked has gone in the midst of it.
      this.#answer(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this.#port;
  }

  /** It loses its power or network; the outlet stays as it is. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    this.asked.push(`${method} ${url}`);
    this.#underWay += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay);
    response.on('close', () => {
      this.#underWay -= 1;
    });
    const { lies, truncates, hangs, floods } = this.#behaviour;
    if (hangs) return;
    if (floods) return flood(response);
    const { status, body } = await this.#reply(method, url, request);
    const text = lies?.[url] ?? lies?.['*'] ?? JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    if (!truncates) response.writeHead(status, headers).end(text);
    else response.writeHead(status, headers).write(text.slice(0, text.length / 2), () => response.destroy());
  }

  async #reply(method: string, url: string, request: IncomingMessage): Promise<{ status: number; body: object }> {
    try {
      if (!this.#behaviour.apiEnabled) throw new Refused(403, 202, 'API not enabled');
      return { status: 200, body: await this.#do(`${method} ${url}`, request) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { status: error.status, body: { error: { id: error.id, description: error.message } } };
    }
  }

  async #do(what: string, request: IncomingMessage): Promise<object> {
    const { productType, serial } = this.#behaviour;
    switch (what) {
      case 'GET /api':
        return {
          ...{ product_type: productType, product_name: 'Energy Socket', serial },
          ...{ firmware_version: '4.09', api_version: 'v1' },
        };
      case 'GET /api/v1/data':
        return this.#data();
      case 'GET /api/v1/state':
        return { power_on: this.#outlet.relay, switch_lock: this.switchLock, brightness: this.brightness };
      case 'PUT /api/v1/state':
        return this.#set(await bodyOf(request));
      case 'PUT /api/v1/identify':
        this.blinked += 1;
        return { identify: 'ok' };
      default:
        throw new Refused(404, 901, 'Not found');
    }
  }

  #data(): object {
    const { feedsBackWatts, exportKwh, old } = this.#behaviour;
    const volts = 231.539;
    const watts = this.#outlet.relay ? rounded(this.#outlet.watts - feedsBackWatts) : 0;
    const drawn = rounded(this.#outlet.wattHours / 1000);
    const tariff = { total_power_import_t1_kwh: drawn, total_power_export_t1_kwh: exportKwh };
    const wifi = { wifi_ssid: 'My Wi-Fi', wifi_strength: 100 };
    if (old) return { ...wifi, ...tariff, active_power_w: watts, active_power_l1_w: watts };
    return {
      ...{ ...wifi, ...tariff, total_power_import_kwh: drawn, total_power_export_kwh: exportKwh },
      ...{ active_power_w: watts, active_power_l1_w: watts, active_voltage_v: volts },
      ...{ active_current_a: rounded(Math.abs(watts) / volts), active_frequency_hz: 50.005 },
    };
  }

  /** All of it or nothing; whatever `content-type` says. */
  #set(change: Record<string, unknown>): object {
    const { power_on: on, switch_lock: lock, brightness } = change;
    for (const [name, value] of Object.entries({ power_on: on, switch_lock: lock }))
      if (value !== undefined && typeof value !== 'boolean') throw new Refused(400, 7, `${name} must be a boolean`);
    if (brightness !== undefined && !(typeof brightness === 'number' && brightness >= 0 && brightness <= 255))
      throw new Refused(400, 7, 'brightness value limited to 0-255');
    if (on === false && (lock ?? this.switchLock))
      throw new Refused(400, 8, 'power_on cannot be turned off when switch_lock is on');
    if (typeof lock === 'boolean') this.switchLock = lock;
    if (typeof brightness === 'number') this.brightness = brightness;
    if (typeof on === 'boolean') this.executed.push({ on });
    if (typeof on === 'boolean' || lock === true) this.#outlet.switchTo(on === true || lock === true);
    return change;
  }
}

/** @throws Refused */
async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) throw new Refused(413, 201, 'Request too large');
  }
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Refused(400, 2, 'Body contains invalid json');
}

function flood(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(' '.repeat(4096)));
  };
  response.on('drain', more);
  more();
}

/** As it shows its values. */
const rounded = (value: number) => Math.round(value * 1000) / 1000;
