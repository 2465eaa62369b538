import type { Clock } from '../../model/clock.ts';
import type { SimulatedOutlet } from './outlet.ts';
import type { ShellyBehaviour } from './shelly-behaviour.ts';
import type { ShellyModel } from './shelly-models.ts';

/** Changes of power that are worth a notification: both, as documented for the PM1 component. */
const NOTIFY_WATTS = 1;
const NOTIFY_SHARE = 0.05;
const VOLTS = 231.7;
const CELSIUS = 45.9;
const MINUTES_KEPT = 3;

/** One metered component (`switch:n` or `pm1:n`) as generations 2 to 4 report it. */
export class SimulatedComponent {
  readonly id: number;
  readonly #model: ShellyModel;
  readonly #outlet: SimulatedOutlet;
  readonly #clock: Clock;
  #startWh: number;
  #switchedOn = 0;
  #source = 'init';
  #errors: string[] = [];
  #timer: { startedAtSeconds: number; durationSeconds: number; cancel: () => void } | null = null;
  #minutesMilliWh: number[] = [0, 0, 0];
  #minuteStartWh: number;
  #minuteTs = 0;
  #told: { watts: number; relay: boolean };
  /** Until then the meter has not measured and says 0, monotonic ms. */
  #blindUntilMs = Number.NEGATIVE_INFINITY;

  constructor(id: number, model: ShellyModel, outlet: SimulatedOutlet, clock: Clock, startWh: number) {
    this.id = id;
    this.#model = model;
    this.#outlet = outlet;
    this.#clock = clock;
    this.#startWh = startWh - outlet.wattHours;
    this.#minuteStartWh = startWh;
    this.#told = { watts: outlet.watts, relay: outlet.relay };
  }

  get kind(): ShellyModel['component'] {
    return this.#model.component;
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
    if (counter === 'zero') this.resetCounter();
    this.#minuteStartWh = this.totalWh;
    this.#minutesMilliWh = [0, 0, 0];
    this.#source = 'init';
    this.#errors = [];
    this.#endTimer();
    this.#blindUntilMs = this.#clock.monotonicMs() + blindMs;
  }

  /** The user or the firmware clears the counter. */
  resetCounter(): void {
    this.#startWh = -this.#outlet.wattHours;
    this.#minuteStartWh = 0;
  }

  /** What newer firmware counts besides energy. */
  counts(): Record<string, unknown> {
    return { on_time: this.#outlet.onSeconds, switch_on: this.#switchedOn, on_above_thr: 0 };
  }

  /** The whole status. */
  status({ clockSynced, apower, firmware }: Pick<ShellyBehaviour, 'clockSynced' | 'apower' | 'firmware'>) {
    const { returns, thermometer, powerFactor } = this.#model;
    const isSwitch = this.kind === 'switch';
    const counting = isSwitch && Number.parseInt(firmware, 10) >= 2;
    const watts = this.#watts();
    const energy = (total: number, minutes: number[]) => ({
      total: round(total, 3),
      ...(clockSynced && { by_minute: minutes.map((milliWh) => round(milliWh, 3)), minute_ts: this.#minuteTs }),
    });
    return {
      id: this.id,
      ...(isSwitch && { source: this.#source, output: this.#outlet.relay }),
      ...(counting && { tag: null }),
      ...(this.#timer && {
        timer_started_at: this.#timer.startedAtSeconds,
        timer_duration: this.#timer.durationSeconds,
      }),
      apower: apower === undefined ? watts : apower,
      voltage: VOLTS,
      ...(returns && { freq: 50 }),
      current: round(watts / VOLTS, 3),
      ...(powerFactor && { pf: watts > 0 ? 0.98 : 0 }),
      aenergy: energy(this.totalWh, this.#minutesMilliWh),
      ...(returns && { ret_aenergy: energy(0, [0, 0, 0]) }),
      ...(counting && { counts: this.counts() }),
      ...(thermometer && { temperature: { tC: CELSIUS, tF: round(CELSIUS * 1.8 + 32, 1) } }),
      ...(this.#errors.length > 0 && { errors: [...this.#errors] }),
    } as Record<string, unknown>;
  }

  /** @returns the state before */
  switchTo(on: boolean, source: string, toggleAfterSeconds: number | null, fired: () => void): boolean {
    const was = this.#outlet.relay;
    this.#endTimer();
    this.#source = source;
    if (on) this.#errors = [];
    if (on && !was) this.#switchedOn += 1;
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

  /** Somebody presses its button: what timer ran is over. */
  press(): void {
    this.switchTo(!this.#outlet.relay, 'button', null, () => {});
  }

  /** The plug opens its relay to protect itself. */
  trip(error: string): void {
    this.#source = 'limit_error';
    this.#endTimer();
    this.#outlet.switchTo(false);
    this.#errors = [error];
  }

  /** What must be told now because the relay was moved, by whomever; null when it was not. */
  relayChange(): Record<string, unknown> | null {
    const { relay } = this.#outlet;
    if (this.kind !== 'switch' || relay === this.#told.relay) return null;
    this.#told.relay = relay;
    return {
      id: this.id,
      source: this.#source,
      output: relay,
      timer_started_at: this.#timer?.startedAtSeconds ?? null,
      timer_duration: this.#timer?.durationSeconds ?? null,
      errors: this.#errors.length > 0 ? [...this.#errors] : null,
    };
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

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
