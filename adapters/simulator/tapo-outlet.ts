import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';
import type { TapoQuirks } from './tapo-device.ts';
import { type PlugTime, TapoEnergy } from './tapo-energy.ts';
import type { tapoModel } from './tapo-models.ts';

export type Reply = { error_code: number; result?: object };
export const METHOD_ABSENT: Reply = { error_code: -1008 };
export const NOT_BEFORE_CLOCK: Reply = { error_code: -1001 };
export const ok = (result: object): Reply => ({ error_code: 0, result });

/** Stands where the measured power goes, until the text is written. */
export const POWER_MARK = '@power@';
const MAINS_VOLTS = 230;

/** What belongs to one outlet: its relay, its meter, its troubles. A single plug has one, a strip several. */
export class TapoOutlet {
  readonly outlet: SimulatedOutlet;
  readonly #model: ReturnType<typeof tapoModel>;
  readonly #clock: Clock;
  readonly #energy: TapoEnergy;
  readonly #quirks: () => TapoQuirks;
  readonly #executed: (on: boolean) => void;

  constructor(
    outlet: SimulatedOutlet,
    model: ReturnType<typeof tapoModel>,
    device: { clock: Clock; time: PlugTime; quirks(): TapoQuirks; executed(on: boolean): void },
  ) {
    this.outlet = outlet;
    this.#model = model;
    this.#clock = device.clock;
    this.#energy = new TapoEnergy(outlet, device.time);
    this.#quirks = device.quirks;
    this.#executed = device.executed;
  }

  /** The outlet's share of `get_device_info`, or of its entry in a strip's list. */
  get info(): object {
    const { overheated, overloaded } = this.#quirks();
    const { faults, energy } = this.#model;
    const words = {
      overheated,
      overheat_status: overheated ? 'overheated' : 'normal',
      power_protection_status: overloaded ? 'overloaded' : 'normal',
      overcurrent_status: 'normal',
      charging_status: 'normal',
    };
    return {
      device_on: this.outlet.relay,
      on_time: this.outlet.onSeconds,
      ...(energy > 0 && { auto_off_remain_time: 0, auto_off_status: 'off' }),
      ...Object.fromEntries(faults.map((fault) => [fault, words[fault]])),
    };
  }

  /** Answers a method of the outlet. */
  reply(method: string, params: Record<string, unknown>): Reply {
    if (method === 'set_device_info') return this.#set(params.device_on);
    if (method === 'get_device_usage') return ok(this.#usage());
    return this.#model.energy > 0 ? this.#meter(method, params) : METHOD_ABSENT;
  }

  #set(on: unknown): Reply {
    if (typeof on !== 'boolean') return METHOD_ABSENT;
    this.#executed(on);
    const { relayLagMs } = this.#quirks();
    if (relayLagMs > 0) this.#clock.after(relayLagMs, () => this.outlet.switchTo(on));
    else this.outlet.switchTo(on);
    return { error_code: 0 };
  }

  #meter(method: string, params: Record<string, unknown>): Reply {
    const { emeter, powerData, clockUnset } = this.#quirks();
    const milliwatts = Math.round(this.outlet.watts * 1000);
    if (method === 'get_current_power') return ok({ current_power: this.#power(Math.floor(milliwatts / 1000)) });
    if (method === 'get_emeter_data' && emeter && this.#model.emeter)
      return ok({
        current_ma: Math.round(milliwatts / MAINS_VOLTS),
        energy_wh: Math.floor(this.outlet.wattHours),
        power_mw: this.#power(milliwatts),
        voltage_mv: MAINS_VOLTS * 1000,
      });
    const known = ['get_energy_usage', 'get_energy_data', ...(powerData ? ['get_power_data'] : [])];
    if (!known.includes(method)) return METHOD_ABSENT;
    if (clockUnset) return NOT_BEFORE_CLOCK;
    if (method === 'get_energy_usage') return ok(this.#usageOfEnergy(milliwatts));
    const data = method === 'get_power_data' ? this.#energy.power(params) : this.#energy.data(params);
    return data ? ok(data) : METHOD_ABSENT;
  }

  #usageOfEnergy(milliwatts: number): object {
    const minutes = Math.floor(this.outlet.onSeconds / 60);
    return {
      // Strips do not tell it here.
      ...(this.#model.stripOutlets === 0 && { current_power: this.#power(milliwatts) }),
      electricity_charge: [0, 0, 0],
      local_time: this.#energy.localTime,
      month_energy: this.#energy.monthWh,
      month_runtime: minutes,
      today_energy: this.#energy.todayWh,
      today_runtime: minutes,
    };
  }

  #usage(): object {
    const periods = (value: number) => ({ past30: value, past7: value, today: value });
    const time_usage = periods(Math.floor(this.outlet.onSeconds / 60));
    if (this.#model.energy === 0) return { time_usage };
    return { power_usage: periods(this.#energy.todayWh), saved_power: periods(0), time_usage };
  }

  #power(measured: number): number | string {
    return this.#quirks().powerJson === null ? measured : POWER_MARK;
  }
}
