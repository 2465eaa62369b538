import { localMidnight, wallParts } from '../../model/local-day.ts';
import type { SimulatedOutlet } from './outlet.ts';

const HOUR_MS = 3_600_000;
/** What a sum of millions of seconds may lack: a whole watt-hour is not lost for it. */
const SUM_ERROR_WH = 1e-5;

/** The plug's own clock, which need not be right, and its zone. */
export interface PlugTime {
  nowMs(): number;
  /** The moment of the plug's clock, as monotonic ms. */
  monotonicAt(plugMs: number): number;
  /** IANA name. */
  readonly zone: string;
}

/** What a plug keeps of an outlet's energy: whole Wh since its own midnight, by the hour and by the day. */
export class TapoEnergy {
  readonly #outlet: SimulatedOutlet;
  readonly #time: PlugTime;

  constructor(outlet: SimulatedOutlet, time: PlugTime) {
    this.#outlet = outlet;
    this.#time = time;
  }

  get todayWh(): number {
    return this.#between(localMidnight(this.#time.nowMs(), this.#time.zone), this.#time.nowMs());
  }

  get monthWh(): number {
    return this.#between(this.#firstOfMonth(), this.#time.nowMs());
  }

  /** `YYYY-MM-DD HH:MM:SS` in the plug's zone. */
  get localTime(): string {
    const { day, hour, minute, second } = wallParts(this.#time.nowMs(), this.#time.zone);
    return `${day} ${[hour, minute, second].map((part) => String(part).padStart(2, '0')).join(':')}`;
  }

  /** `get_energy_data`; null for parameters that a plug refuses. */
  data(params: Record<string, unknown>): object | null {
    const { start_timestamp: start, end_timestamp: end, interval } = params;
    if (typeof start !== 'number' || typeof end !== 'number' || start > end) return null;
    const data =
      interval === 60 ? this.#hours(start * 1000, end * 1000) : interval === 1440 ? this.#days(start * 1000) : null;
    return data && { local_time: this.localTime, data, start_timestamp: start, end_timestamp: end, interval };
  }

  /** `get_power_data`: mean watts of every 5 minutes that are over; null for parameters that a plug refuses. */
  power(params: Record<string, unknown>): object | null {
    const { start_timestamp: start, end_timestamp: end, interval } = params;
    if (typeof start !== 'number' || typeof end !== 'number' || interval !== 5) return null;
    if (start % 300 !== 0 || (end - start) / 300 > 144) return null;
    const data: number[] = [];
    for (let atMs = start * 1000; atMs < end * 1000; atMs += 300_000)
      data.push(atMs + 300_000 > this.#time.nowMs() ? -1 : Math.round(this.#exact(atMs, atMs + 300_000) * 12));
    return { data, start_timestamp: start, end_timestamp: end, interval };
  }

  /** Hours that have not come yet are 0. */
  #hours(startMs: number, lastMs: number): number[] | null {
    if (lastMs - startMs > 8.1 * 24 * HOUR_MS) return null;
    const data: number[] = [];
    for (let hourMs = startMs; hourMs <= lastMs; hourMs += HOUR_MS)
      data.push(this.#between(hourMs, Math.min(hourMs + HOUR_MS, Math.ceil((lastMs + 1) / 1000) * 1000)));
    return data;
  }

  #days(startMs: number): number[] {
    const data: number[] = [];
    for (let dayMs = startMs; dayMs <= this.#time.nowMs(); ) {
      const nextMs = localMidnight(dayMs + 26 * HOUR_MS, this.#time.zone);
      data.push(this.#between(dayMs, nextMs));
      dayMs = nextMs;
    }
    return data;
  }

  #firstOfMonth(): number {
    const nowMs = this.#time.nowMs();
    const date = Number(wallParts(nowMs, this.#time.zone).day.slice(8));
    return localMidnight(
      localMidnight(nowMs, this.#time.zone) + 12 * HOUR_MS - (date - 1) * 24 * HOUR_MS,
      this.#time.zone,
    );
  }

  #between(fromMs: number, toMs: number): number {
    return Math.max(0, Math.floor(this.#exact(fromMs, toMs) + SUM_ERROR_WH));
  }

  #exact(fromMs: number, toMs: number): number {
    const at = (plugMs: number) =>
      this.#outlet.wattHoursAt(this.#time.monotonicAt(Math.min(plugMs, this.#time.nowMs())));
    return at(toMs) - at(fromMs);
  }
}
