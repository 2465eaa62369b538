import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';

/** Changes of power that are worth a notification: both, as documented for the PM1 component. */
const NOTIFY_WATTS = 1;
const NOTIFY_SHARE = 0.05;
const VOLTS = 231.7;
const CELSIUS = 45.9;
const MINUTES_KEPT = 3;

/** One metered component (`switch:n` or `pm1:n`) as generations 2 to 4 report it. */
export class SimulatedComponent {
  readonly id: number;
  readonly kind: 'switch' | 'pm1';
  readonly #outlet: SimulatedOutlet;
  readonly #clock: Clock;
  #startWh: number;
  #source = 'init';
  #errors: string[] = [];
  #timer: { startedAtSeconds: number; durationSeconds: number; cancel: () => void } | null = null;
  #minutesMilliWh: number[] = [0, 0, 0];
  #minuteStartWh: number;
  #minuteTs = 0;
  #told: { watts: number; relay: boolean };
  /** Until then the meter has not measured and says 0, monotonic ms. */
  #blindUntilMs = Number.NEGATIVE_INFINITY;

  constructor(id: number, kind: 'switch' | 'pm1', outlet: SimulatedOutlet, clock: Clock, startWh: number) {
    this.id = id;
    this.kind = kind;
    this.#outlet = outlet;
    this.#clock = clock;
    this.#startWh = startWh - outlet.wattHours;
    this.#minuteStartWh = startWh;
    this.#told = { watts: outlet.watts, relay: outlet.relay };
  }

  get key(): string {
    return `${this.kind}:${this.id}`;
  }

  get relay(): boolean {
    return this.#outlet.relay;
  }

  get totalWh(): number {
    return this.#startWh + this.#outlet.wattHours;
  }

  /** @param counter firmware before 1.1 forgets its counter */
  reboot(counter: 'kept' | 'zero', blindMs: number): void {
    if (counter === 'zero') this.#startWh = -this.#outlet.wattHours;
    this.#minuteStartWh = this.totalWh;
    this.#minutesMilliWh = [0, 0, 0];
    this.#source = 'init';
    this.#errors = [];
    this.#endTimer();
    this.#blindUntilMs = this.#clock.monotonicMs() + blindMs;
  }

  /** The whole status. @param apower stands in for the true watts unless undefined */
  status(clockSynced: boolean, apower?: unknown): Record<string, unknown> {
    const watts = this.#watts();
    const energy = (total: number, minutes: number[]) => ({
      total: round(total, 3),
      ...(clockSynced && { by_minute: minutes.map((milliWh) => round(milliWh, 3)), minute_ts: this.#minuteTs }),
    });
    return {
      id: this.id,
      ...(this.kind === 'switch' && { source: this.#source, output: this.#outlet.relay }),
      ...(this.#timer && {
        timer_started_at: this.#timer.startedAtSeconds,
        timer_duration: this.#timer.durationSeconds,
      }),
      apower: apower === undefined ? watts : apower,
      voltage: VOLTS,
      freq: 50,
      current: round(watts / VOLTS, 3),
      aenergy: energy(this.totalWh, this.#minutesMilliWh),
      ret_aenergy: energy(0, [0, 0, 0]),
      ...(this.kind === 'switch' && { temperature: { tC: CELSIUS, tF: round(CELSIUS * 1.8 + 32, 1) } }),
      ...(this.#errors.length > 0 && { errors: [...this.#errors] }),
    };
  }

  /** @returns the state before */
  switchTo(on: boolean, source: string, toggleAfterSeconds: number | null, fired: () => void): boolean {
    const was = this.#outlet.relay;
    this.#endTimer();
    this.#source = source;
    if (on) this.#errors = [];
    this.#outlet.switchTo(on);
    if (toggleAfterSeconds !== null) {
      const cancel = this.#clock.after(toggleAfterSeconds * 1000, () => {
        this.#timer = null;
        this.switchTo(!on, 'timer', null, fired);
        fired();
      });
      this.#timer = { startedAtSeconds: this.#clock.nowMs() / 1000, durationSeconds: toggleAfterSeconds, cancel };
    }
    return was;
  }

  /** The plug opens its relay to protect itself. */
  trip(error: string): void {
    this.#outlet.switchTo(false);
    this.#errors = [error];
  }

  /** What must be told now because the relay was moved, by whomever; null when it was not. */
  relayChange(): Record<string, unknown> | null {
    const { relay } = this.#outlet;
    if (this.kind !== 'switch' || relay === this.#told.relay) return null;
    this.#told.relay = relay;
    const { id, source, output, timer_started_at = null, timer_duration = null, errors = null } = this.status(true);
    return { id, source, output, timer_started_at, timer_duration, errors };
  }

  /** What must be told because the watts have changed enough; null when they have not. */
  powerChange(apower?: unknown): Record<string, unknown> | null {
    const watts = this.#watts();
    const change = Math.abs(watts - this.#told.watts);
    if (change < NOTIFY_WATTS || change < NOTIFY_SHARE * Math.abs(this.#told.watts)) return null;
    this.#told.watts = watts;
    return { id: this.id, apower: apower === undefined ? watts : apower, current: round(watts / VOLTS, 3) };
  }

  /** Closes a minute of the counter. @param minuteTs unix seconds at which it ended */
  endMinute(minuteTs: number): void {
    const milliWh = (this.totalWh - this.#minuteStartWh) * 1000;
    this.#minutesMilliWh = [milliWh, ...this.#minutesMilliWh].slice(0, MINUTES_KEPT);
    this.#minuteStartWh = this.totalWh;
    this.#minuteTs = minuteTs;
  }

  #watts(): number {
    return this.#clock.monotonicMs() < this.#blindUntilMs ? 0 : round(this.#outlet.watts, 1);
  }

  #endTimer(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}

export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
