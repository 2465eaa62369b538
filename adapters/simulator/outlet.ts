import type { Clock } from '../../model/clock.ts';

/** Watts that a load would draw at a moment of the given clock, were it powered. Must be finite and >= 0. */
export type Load = (monotonicMs: number) => number;

/**
 * The physics of one metered outlet, whatever protocol is spoken in front of it: a relay that really stops the watts,
 * a counter that only grows, a load that takes `bootDelayMs` after power-up before it draws what its profile says.
 * Energy is integrated on a fixed 1 s grid, so it does not depend on how often anybody looks.
 */
export class SimulatedOutlet {
  readonly #clock: Clock;
  readonly #bootDelayMs: number;
  #load: Load;
  #relay = true;
  #poweredSinceMs: number;
  #integratedToMs: number;
  #wattHours = 0;
  readonly #startedMs: number;
  /** The counter at each whole minute since the start. */
  readonly #minutes = [0];

  constructor(clock: Clock, load: Load, options: { bootDelayMs?: number; relay?: boolean } = {}) {
    this.#clock = clock;
    this.#load = load;
    this.#bootDelayMs = options.bootDelayMs ?? 0;
    this.#relay = options.relay ?? true;
    this.#startedMs = clock.monotonicMs();
    this.#integratedToMs = this.#startedMs;
    // A load that was on before we looked has booted long ago.
    this.#poweredSinceMs = this.#integratedToMs - this.#bootDelayMs;
  }

  get relay(): boolean {
    return this.#relay;
  }

  /** Seconds since the relay closed; 0 while it is open. */
  get onSeconds(): number {
    return this.#relay ? Math.floor((this.#clock.monotonicMs() - this.#poweredSinceMs) / 1000) : 0;
  }

  /** Active power now, watts. */
  get watts(): number {
    return this.#wattsAt(this.#clock.monotonicMs());
  }

  /** Energy since this outlet was made, Wh. */
  get wattHours(): number {
    this.#integrate();
    return this.#wattHours;
  }

  /** What `wattHours` was at a moment of the past, as a plug that keeps a history would know it. */
  wattHoursAt(monotonicMs: number): number {
    this.#integrate();
    const sinceMs = Math.max(0, Math.min(monotonicMs, this.#integratedToMs) - this.#startedMs);
    const minute = Math.floor(sinceMs / 60_000);
    const before = this.#minutes[minute] ?? this.#wattHours;
    const after = this.#minutes[minute + 1];
    const spanMs = after === undefined ? this.#integratedToMs - this.#startedMs - minute * 60_000 : 60_000;
    if (spanMs <= 0) return before;
    return before + ((after ?? this.#wattHours) - before) * ((sinceMs - minute * 60_000) / spanMs);
  }

  switchTo(on: boolean): void {
    if (on === this.#relay) return;
    this.#integrate();
    this.#relay = on;
    if (on) this.#poweredSinceMs = this.#clock.monotonicMs();
  }

  /** Plugs in something else. */
  setLoad(load: Load): void {
    this.#integrate();
    this.#load = load;
  }

  #wattsAt(monotonicMs: number): number {
    if (!this.#relay || monotonicMs < this.#poweredSinceMs + this.#bootDelayMs) return 0;
    return this.#load(monotonicMs);
  }

  #integrate(): void {
    const now = this.#clock.monotonicMs();
    while (this.#integratedToMs < now) {
      const next = Math.min(now, (Math.floor(this.#integratedToMs / 1000) + 1) * 1000);
      this.#wattHours += (this.#wattsAt(this.#integratedToMs) * (next - this.#integratedToMs)) / 3_600_000;
      this.#integratedToMs = next;
      while (this.#minutes.length * 60_000 <= next - this.#startedMs) this.#minutes.push(this.#wattHours);
    }
  }
}
