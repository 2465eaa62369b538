import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';
import { componentsOf, type TapoModelName, tapoModel } from './tapo-models.ts';
import { METHOD_ABSENT, NOT_BEFORE_CLOCK, ok, POWER_MARK, type Reply, TapoOutlet } from './tapo-outlet.ts';

export interface TapoIdentity {
  /** In the plug's own notation: `9C-53-22-00-00-01`. */
  mac: string;
  model: TapoModelName;
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
  /** Newer firmware that knows `get_power_data`. */
  powerData: boolean;
  /** The plug never reached a time server: the year 2000, and no energy, until its clock is set. */
  clockUnset: boolean;
  /** How far its clock is ahead of ours once it is set, ms. */
  clockAheadMs: number;
  /** The plug's own zone: its counter starts anew at midnight there. */
  zone: string;
  /** JSON text in place of the measured power wherever it is given: `1e999`, `-120000`, `"12"`. */
  powerJson: string | null;
  /** A MAC other than its own, as after a change of addresses. */
  reportedMac: string | null;
  /** Firmware other than its first, as after an update. */
  reportedFirmware: string | null;
  /** Both open the relays, which stay open; switching on again ends the overload. */
  overheated: boolean;
  overloaded: boolean;
  /** Outlets in one answer of a strip's list, and their order. */
  pageSize: number;
  reversed: boolean;
}

export const NO_QUIRKS: TapoQuirks = {
  relayLagMs: 0,
  batch: 'stop-at-error',
  emeter: true,
  powerData: false,
  clockUnset: false,
  clockAheadMs: 0,
  zone: 'Europe/Paris',
  powerJson: null,
  reportedMac: null,
  reportedFirmware: null,
  overheated: false,
  overloaded: false,
  pageSize: 10,
  reversed: false,
};

interface Request {
  method?: unknown;
  params?: Record<string, unknown>;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What a Tapo device knows and does, apart from how it is reached: its methods and their answers. */
export class TapoMethods {
  /** Every switch command that was carried out, oldest first. */
  readonly executed: { on: boolean; atMs: number; position: number }[] = [];
  /** How often each method was asked, those in batches and for outlets of a strip too. */
  readonly asked = new Map<string, number>();
  readonly #clock: Clock;
  readonly #identity: TapoIdentity;
  readonly #model: ReturnType<typeof tapoModel>;
  readonly #outlets: TapoOutlet[];
  #quirks: TapoQuirks = { ...NO_QUIRKS };
  /** The plug's own clock, less the monotonic one. */
  #plugOffsetMs: number;

  /** @param outlets one for a single plug; for a strip all of them, by position */
  constructor(clock: Clock, outlets: SimulatedOutlet | readonly SimulatedOutlet[], identity: TapoIdentity) {
    this.#clock = clock;
    this.#identity = identity;
    this.#model = tapoModel(identity.model);
    this.#plugOffsetMs = clock.nowMs() - clock.monotonicMs();
    const self = this;
    const time = {
      nowMs: () => this.#plugOffsetMs + clock.monotonicMs(),
      monotonicAt: (plugMs: number) => plugMs - this.#plugOffsetMs,
      get zone() {
        return self.#quirks.zone;
      },
    };
    this.#outlets = [outlets].flat().map(
      (outlet, index) =>
        new TapoOutlet(outlet, this.#model, {
          clock,
          time,
          quirks: () => this.#quirks,
          executed: (on) => {
            this.executed.push({ on, atMs: clock.nowMs(), position: index + 1 });
            if (on) this.#quirks = { ...this.#quirks, overloaded: false };
          },
        }),
    );
  }

  /** What the plug takes for the time, and its zone. */
  get plugClock(): { ms: number; zone: string } {
    return { ms: this.#plugOffsetMs + this.#clock.monotonicMs(), zone: this.#quirks.zone };
  }

  get quirks(): TapoQuirks {
    return this.#quirks;
  }

  set quirks(next: TapoQuirks) {
    const { clockUnset, clockAheadMs, overheated, overloaded } = this.#quirks;
    if (next.clockUnset && !clockUnset) this.#setClock(Date.UTC(2000, 0, 1));
    else if (next.clockUnset !== clockUnset || next.clockAheadMs !== clockAheadMs)
      this.#setClock(this.#clock.nowMs() + next.clockAheadMs);
    const trips = (next.overheated && !overheated) || (next.overloaded && !overloaded);
    this.#quirks = next;
    if (trips) for (const { outlet } of this.#outlets) outlet.switchTo(false);
  }

  /** Answers one request's JSON text with JSON text. */
  answer(text: string): string {
    let reply: Reply;
    try {
      reply = this.#request(JSON.parse(text), (method, params) => this.#device(method, params));
    } catch {
      reply = { error_code: -1003 };
    }
    return JSON.stringify(reply).replaceAll(`"${POWER_MARK}"`, this.#quirks.powerJson ?? 'null');
  }

  #request(request: Request, single: (method: string, params: Record<string, unknown>) => Reply): Reply {
    const { method, params = {} } = request;
    if (typeof method !== 'string') return { error_code: -1002 };
    if (method !== 'multipleRequest') {
      this.asked.set(method, (this.asked.get(method) ?? 0) + 1);
      return single(method, params);
    }
    if (this.#quirks.batch === 'refuse' || !Array.isArray(params.requests)) return { error_code: -1003 };
    const responses: object[] = [];
    for (const inner of params.requests) {
      const reply = this.#request(inner, single);
      responses.push({ method: inner.method, ...reply });
      if (reply.error_code !== 0) break;
    }
    return ok({ responses });
  }

  #device(method: string, params: Record<string, unknown>): Reply {
    if (method === 'component_nego') return ok({ component_list: componentsOf(this.#model, 'device') });
    if (method === 'get_device_time') return ok(this.#time());
    if (method === 'set_device_time') return this.#setTime(params);
    const [only] = this.#outlets;
    if (this.#model.stripOutlets > 0) return this.#strip(method, params);
    if (method === 'get_device_info') return ok({ ...this.#info(), ...only?.info });
    return only?.reply(method, params) ?? METHOD_ABSENT;
  }

  #strip(method: string, params: Record<string, unknown>): Reply {
    if (method === 'get_device_info') return ok(this.#info());
    if (method === 'get_child_device_list') return this.#page('child_device_list', (at) => this.#child(at), params);
    if (method === 'get_child_device_component_list') {
      const components = componentsOf(this.#model, 'outlet');
      return this.#page('child_component_list', (at) => ({ ...childId(at), component_list: components }), params);
    }
    if (method === 'control_child') {
      const outlet = this.#outlets.find((_, at) => childId(at).device_id === params.device_id);
      if (!outlet) return METHOD_ABSENT;
      const responseData = this.#request(params.requestData as Request, (name, inner) => outlet.reply(name, inner));
      return ok({ responseData });
    }
    // The strip lists the component, yet only its outlets measure.
    return this.#model.energy > 0 && method.includes('energy') ? NOT_BEFORE_CLOCK : METHOD_ABSENT;
  }

  #page(name: string, entry: (at: number) => object, params: Record<string, unknown>): Reply {
    const start = Number(params.start_index ?? 0);
    const entries = this.#outlets.map((_, at) => entry(at));
    const ordered = this.#quirks.reversed ? entries.toReversed() : entries;
    const page = ordered.slice(start, start + this.#quirks.pageSize);
    return ok({ [name]: page, start_index: start, sum: entries.length });
  }

  /** An outlet's entry in the strip's list. */
  #child(at: number): object {
    const { avatar, fw_ver, hw_ver, model, nickname, region, type } = this.#info();
    return {
      ...{ avatar, fw_ver, hw_ver, model, nickname, region, type },
      ...childId(at),
      ...this.#outlets[at]?.info,
      category: 'plug.powerstrip.sub-plug',
      is_usb: this.#model.usb.includes(at + 1),
      mac: this.#identity.mac.replaceAll('-', ''),
      position: at + 1,
      slot_number: this.#outlets.length,
    };
  }

  #info() {
    const { mac, model, nickname, firmware } = this.#identity;
    const { reportedMac, reportedFirmware, zone } = this.#quirks;
    return {
      avatar: 'plug',
      default_states: { state: {}, type: 'last_states' },
      device_id: mac.replaceAll('-', '').padStart(40, '0'),
      fw_id: '0'.repeat(32),
      fw_ver: reportedFirmware ?? firmware,
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
      region: zone,
      rssi: -52,
      signal_level: 2,
      specs: '',
      ssid: base64('studio'),
      time_diff: this.#standardMinutes(),
      type: 'SMART.TAPOPLUG',
    };
  }

  #time(): object {
    const timestamp = Math.floor((this.#plugOffsetMs + this.#clock.monotonicMs()) / 1000);
    return { region: this.#quirks.zone, time_diff: this.#standardMinutes(), timestamp };
  }

  #setTime({ timestamp, time_diff: minutes, region }: Record<string, unknown>): Reply {
    if (typeof timestamp !== 'number' || typeof minutes !== 'number' || typeof region !== 'string')
      return METHOD_ABSENT;
    this.#quirks = { ...this.#quirks, clockUnset: false, clockAheadMs: 0, zone: region };
    this.#setClock(timestamp * 1000);
    return { error_code: 0 };
  }

  #setClock(plugMs: number): void {
    this.#plugOffsetMs = plugMs - this.#clock.monotonicMs();
  }

  /** Minutes east of Greenwich in winter, as plugs keep it beside the name of the zone. */
  #standardMinutes(): number {
    const text = new Intl.DateTimeFormat('en', { timeZone: this.#quirks.zone, timeZoneName: 'longOffset' });
    const year = new Date(this.#clock.nowMs()).getUTCFullYear();
    const minutes = [0, 6].map((month) => {
      const [, sign, hours, rest] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text.format(Date.UTC(year, month, 1))) ?? [];
      return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(rest ?? 0));
    });
    return Math.min(...minutes);
  }
}

/** An outlet's id has nothing to do with its position. */
function childId(at: number): { device_id: string } {
  return { device_id: `80${'0'.repeat(36)}${(at * 7 + 11).toString(16).padStart(2, '0')}` };
}
