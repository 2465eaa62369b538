import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SimulatedOutlet } from './outlet.ts';

/** What the socket can be made to do, as real ones do, and as none should. */
export interface HomeWizardBehaviour {
  /** Not enabled in the app: every call is refused. */
  apiDisabled: boolean;
  /** It can not be turned off. */
  switchLock: boolean;
  /** Firmware that counts the one tariff only, and neither volts nor amps. */
  older: boolean;
  /** `html`: a page; `cut`: half an answer; `huge`: without an end; `silent`: nothing; `wrong`: fields of another kind. */
  garbage: 'html' | 'cut' | 'huge' | 'silent' | 'wrong' | null;
}

export interface SimulatedHomeWizardOptions {
  outlet: SimulatedOutlet;
  /** 12 hex digits. */
  mac: string;
  productType?: string;
}

const NOT_FOUND = [404, {}] as const;

/** A HomeWizard Energy Socket: its local API v1, over real HTTP, in front of a simulated outlet. */
export class SimulatedHomeWizard {
  readonly #options: SimulatedHomeWizardOptions;
  #server: Server | null = null;
  #port = 0;
  #brightness = 255;
  readonly behaviour: HomeWizardBehaviour = { apiDisabled: false, switchLock: false, older: false, garbage: null };
  /** Every switch command that was carried out, oldest first. */
  readonly executed: boolean[] = [];

  constructor(options: SimulatedHomeWizardOptions) {
    this.#options = options;
  }

  /** Resolves with its port, which stays the same. */
  async start(): Promise<number> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return this.#port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { garbage } = this.behaviour;
    if (garbage === 'silent') return;
    if (garbage === 'html') return void response.end('<html>200 OK</html>');
    if (garbage === 'wrong') return void response.end('{"serial":7,"power_on":"yes","active_power_w":"12"}');
    if (garbage === 'huge') return void response.end(`{"serial":"${'A'.repeat(1_000_000)}"}`);
    const [status, body] = this.#bodyOf(`${request.method} ${request.url}`, text);
    const json = JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': json.length });
    if (garbage !== 'cut') return void response.end(json);
    response.write(json.slice(0, json.length / 2), () => response.destroy());
  }

  #bodyOf(asked: string, text: string): readonly [number, object] {
    const { mac, productType = 'HWE-SKT', outlet } = this.#options;
    if (this.behaviour.apiDisabled) return refusal(403, 202, 'API not enabled');
    if (asked === 'GET /api') {
      const about = { product_type: productType, product_name: 'Energy Socket', serial: mac.toLowerCase() };
      return [200, { ...about, firmware_version: '4.07', api_version: 'v1' }];
    }
    if (asked === 'GET /api/v1/data') return [200, this.#data()];
    const state = { power_on: outlet.relay, switch_lock: this.behaviour.switchLock, brightness: this.#brightness };
    if (asked === 'GET /api/v1/state') return [200, state];
    if (asked === 'PUT /api/v1/identify') return [200, { identify: 'ok' }];
    return asked === 'PUT /api/v1/state' ? this.#put(text) : NOT_FOUND;
  }

  #data(): object {
    const { outlet } = this.#options;
    const watts = Math.round(outlet.watts * 1000) / 1000;
    const kwh = Math.round(outlet.wattHours) / 1000;
    const counters = { total_power_import_t1_kwh: kwh, total_power_export_t1_kwh: 0 };
    const power = { active_power_w: watts, active_power_l1_w: watts };
    const wifi = { wifi_ssid: 'Studio', wifi_strength: 100 };
    if (this.behaviour.older) return { ...wifi, ...counters, ...power };
    const sums = { total_power_import_kwh: kwh, total_power_export_kwh: 0 };
    const volts = { active_voltage_v: 231.4, active_current_a: Math.round((watts / 231.4) * 1000) / 1000 };
    return { ...wifi, ...sums, ...counters, ...power, ...volts, active_frequency_hz: 50.002 };
  }

  #put(text: string): readonly [number, object] {
    let wish: { power_on?: unknown; switch_lock?: unknown; brightness?: unknown };
    try {
      wish = JSON.parse(text);
    } catch {
      return refusal(400, 2, 'Body contains invalid json');
    }
    const { power_on: on, switch_lock: lock, brightness } = wish;
    for (const [name, value] of Object.entries({ power_on: on, switch_lock: lock }))
      if (value !== undefined && typeof value !== 'boolean') return refusal(400, 7, `${name} must be a boolean`);
    if (brightness !== undefined && !(typeof brightness === 'number' && brightness >= 0 && brightness <= 255))
      return refusal(400, 7, 'brightness value limited to 0-255');
    if (on === false && (lock ?? this.behaviour.switchLock))
      return refusal(400, 8, 'power_on cannot be turned off when switch_lock is on');
    if (typeof lock === 'boolean') this.behaviour.switchLock = lock;
    if (typeof brightness === 'number') this.#brightness = brightness;
    // A lock turns it on.
    const wanted = lock === true ? true : on;
    if (typeof wanted === 'boolean') {
      this.executed.push(wanted);
      this.#options.outlet.switchTo(wanted);
    }
    return [200, wish];
  }
}

function refusal(status: number, id: number, description: string): readonly [number, object] {
  return [status, { error: { id, description } }];
}
