import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';

export interface TapoIdentity {
  /** In the plug's own notation: `9C-53-22-00-00-01`. */
  mac: string;
  model: 'P110' | 'P115' | 'P110M' | 'P100';
  nickname: string;
  /** `1.4.6 Build 260101 Rel.120000` */
  firmware: string;
}

export interface TapoQuirks {
  /** From the acknowledgement of a command to the relay's move, ms. */
  relayLagMs: number;
  /** `stop-at-error` is what plugs do; `refuse` is early P100 firmware (code -1003). */
  batch: 'stop-at-error' | 'refuse';
  /** Firmware that knows `get_emeter_data`. */
  emeter: boolean;
  /** The plug never reached a time server: the year 2000, and no energy. */
  clockUnset: boolean;
  /** The plug's zone, minutes east of Greenwich: its counter starts anew at midnight there. */
  utcOffsetMinutes: number;
  /** JSON text in place of the measured power wherever it is given: `1e999`, `-120000`, `"12"`. */
  powerJson: string | null;
  /** A MAC other than its own, as after a change of addresses. */
  reportedMac: string | null;
  overheated: boolean;
  overloaded: boolean;
}

export const NO_QUIRKS: TapoQuirks = {
  relayLagMs: 0,
  batch: 'stop-at-error',
  emeter: true,
  clockUnset: false,
  utcOffsetMinutes: 60,
  powerJson: null,
  reportedMac: null,
  overheated: false,
  overloaded: false,
};

type Reply = { error_code: number; result?: object };

const MAINS_VOLTS = 230;
const DAY_MS = 86_400_000;
const POWER_MARK = '@power@';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const COMPONENTS = ['device', 'firmware', 'time', 'schedule', 'countdown', 'led', 'cloud_connect', 'default_states'];
const METER_COMPONENTS = ['energy_monitoring', 'power_protection', 'charging_protection', 'current_protection'];

/** What a Tapo plug knows and does, apart from how it is reached: its methods and their answers. */
export class TapoMethods {
  quirks: TapoQuirks = { ...NO_QUIRKS };
  /** Every switch command that was carried out, oldest first. */
  readonly executed: { on: boolean; atMs: number }[] = [];
  readonly #clock: Clock;
  readonly #outlet: SimulatedOutlet;
  readonly #identity: TapoIdentity;
  #day: number | null = null;
  #midnightWh = 0;

  constructor(clock: Clock, outlet: SimulatedOutlet, identity: TapoIdentity) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#identity = identity;
  }

  /** Answers one request's JSON text with JSON text. */
  answer(text: string): string {
    let reply: Reply;
    try {
      reply = this.#request(JSON.parse(text));
    } catch {
      reply = { error_code: -1003 };
    }
    return JSON.stringify(reply).replaceAll(`"${POWER_MARK}"`, this.quirks.powerJson ?? 'null');
  }

  /** Starts today's counter anew when a local midnight has passed. */
  rollDay(): void {
    const day = Math.floor(this.#localMs() / DAY_MS);
    if (this.#day !== null && day !== this.#day) this.#midnightWh = this.#outlet.wattHours;
    this.#day = day;
  }

  get msToMidnight(): number {
    return DAY_MS - (this.#localMs() % DAY_MS);
  }

  #request(request: { method?: unknown; params?: Record<string, unknown> }): Reply {
    const { method, params } = request;
    if (method === 'multipleRequest') return this.#multiple(params?.requests);
    if (method === 'set_device_info') return this.#set(params);
    return this.#get(String(method));
  }

  #multiple(requests: unknown): Reply {
    if (this.quirks.batch === 'refuse' || !Array.isArray(requests)) return { error_code: -1003 };
    const responses: object[] = [];
    for (const request of requests) {
      const reply = this.#request(request);
      responses.push({ method: request.method, ...reply });
      if (reply.error_code !== 0) break;
    }
    return { error_code: 0, result: { responses } };
  }

  #set(params: Record<string, unknown> | undefined): Reply {
    const on = params?.device_on;
    if (typeof on !== 'boolean') return { error_code: -1008 };
    this.executed.push({ on, atMs: this.#clock.nowMs() });
    if (this.quirks.relayLagMs > 0) this.#clock.after(this.quirks.relayLagMs, () => this.#outlet.switchTo(on));
    else this.#outlet.switchTo(on);
    return { error_code: 0 };
  }

  #get(method: string): Reply {
    const { emeter, clockUnset } = this.quirks;
    const meters = this.#identity.model !== 'P100';
    const ok = (result: object): Reply => ({ error_code: 0, result });
    if (method === 'component_nego') return ok({ component_list: this.#components(meters) });
    if (method === 'get_device_info') return ok(this.#info(meters));
    if (method === 'get_device_time') return ok(this.#time());
    if (method === 'get_device_usage') return ok(this.#usage(meters));
    if (method === 'get_energy_usage' && meters) return clockUnset ? { error_code: -1001 } : ok(this.#energy());
    if (method === 'get_current_power' && meters)
      return ok({ current_power: this.#power(Math.floor(this.#milliwatts / 1000)) });
    if (method === 'get_emeter_data' && meters && emeter) return ok(this.#emeter());
    return { error_code: -1008 };
  }

  #components(meters: boolean): object[] {
    const ids = meters ? [...COMPONENTS, ...METER_COMPONENTS] : COMPONENTS;
    return ids.map((id) => ({ id, ver_code: id === 'device' || id === 'energy_monitoring' ? 2 : 1 }));
  }

  #info(meters: boolean): object {
    const { reportedMac, overheated, overloaded, utcOffsetMinutes } = this.quirks;
    const { mac, model, nickname, firmware } = this.#identity;
    const protection = {
      auto_off_remain_time: 0,
      auto_off_status: 'off',
      charging_status: 'normal',
      overcurrent_status: 'normal',
      overheat_status: overheated ? 'overheated' : 'normal',
      power_protection_status: overloaded ? 'overloaded' : 'normal',
    };
    return {
      avatar: 'plug',
      default_states: { state: {}, type: 'last_states' },
      device_id: mac.replaceAll('-', '').padStart(40, '0'),
      device_on: this.#outlet.relay,
      fw_id: '0'.repeat(32),
      fw_ver: firmware,
      has_set_location_info: false,
      hw_id: '0'.repeat(32),
      hw_ver: '1.0',
      ip: '127.0.0.1',
      lang: 'fr_FR',
      latitude: 0,
      longitude: 0,
      mac: reportedMac ?? mac,
      model,
      nickname: base64(nickname),
      oem_id: '0'.repeat(32),
      on_time: this.#outlet.onSeconds,
      region: 'Europe/Paris',
      rssi: -52,
      signal_level: 2,
      specs: '',
      ssid: base64('studio'),
      time_diff: utcOffsetMinutes,
      type: 'SMART.TAPOPLUG',
      ...(meters ? protection : { overheated }),
    };
  }

  #time(): object {
    const { clockUnset, utcOffsetMinutes } = this.quirks;
    const unsetMs = Date.UTC(2000, 0, 1) + this.#clock.monotonicMs();
    const timestamp = Math.floor((clockUnset ? unsetMs : this.#clock.nowMs()) / 1000);
    return { region: 'Europe/Paris', time_diff: utcOffsetMinutes, timestamp };
  }

  #usage(meters: boolean): object {
    const periods = (value: number) => ({ past30: value, past7: value, today: value });
    const minutes = Math.floor(this.#outlet.onSeconds / 60);
    if (!meters) return { time_usage: periods(minutes) };
    return { power_usage: periods(this.#todayWh()), saved_power: periods(0), time_usage: periods(minutes) };
  }

  #energy(): object {
    const minutes = Math.floor(this.#outlet.onSeconds / 60);
    return {
      current_power: this.#power(this.#milliwatts),
      electricity_charge: [0, 0, 0],
      local_time: new Date(this.#localMs()).toISOString().slice(0, 19).replace('T', ' '),
      month_energy: Math.floor(this.#outlet.wattHours),
      month_runtime: minutes,
      today_energy: this.#todayWh(),
      today_runtime: minutes,
    };
  }

  #emeter(): object {
    return {
      current_ma: Math.round(this.#milliwatts / MAINS_VOLTS),
      energy_wh: Math.floor(this.#outlet.wattHours),
      power_mw: this.#power(this.#milliwatts),
      voltage_mv: MAINS_VOLTS * 1000,
    };
  }

  get #milliwatts(): number {
    return Math.round(this.#outlet.watts * 1000);
  }

  #power(measured: number): number | string {
    return this.quirks.powerJson === null ? measured : POWER_MARK;
  }

  #todayWh(): number {
    this.rollDay();
    return Math.floor(this.#outlet.wattHours - this.#midnightWh);
  }

  #localMs(): number {
    return this.#clock.nowMs() + this.quirks.utcOffsetMinutes * 60_000;
  }
}
