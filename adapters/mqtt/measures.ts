import type { PlugId } from '../../model/plug.ts';
import type { Reading } from '../../model/reading.ts';

/** A plug reports 0 W before its meter has measured for the first time, ms after it came online. */
const METER_SETTLES_MS = 5000;

/** What a plug may report of itself, normalised: watts, Wh, V, A, °C. */
export interface Measured {
  watts: number;
  counterWh: number;
  relay: boolean;
  volts: number;
  amps: number;
  celsius: number;
}
export type MeasuredKey = keyof Measured;

/** The newest value of each measure and when it was received. */
export class Measures {
  readonly #freshMs: number;
  readonly #values: { [Key in MeasuredKey]?: { value: Measured[Key]; atMs: number } } = {};
  #settlingUntilMs = Number.NEGATIVE_INFINITY;
  flags: string[] = [];
  /** What flowed back, Wh, as last told: the plug counts it in its total too. */
  returnedWh = 0;

  /** @param freshMs how long a value may be taken for the present one, ms */
  constructor(freshMs: number) {
    this.#freshMs = freshMs;
  }

  /** null: the plug says that it does not know. @param nowMs monotonic time of receipt */
  set<Key extends MeasuredKey>(key: Key, value: Measured[Key] | null, nowMs: number): void {
    const unknown = value === null || (key === 'watts' && this.#isBootZero(value, nowMs));
    const values: Partial<Record<MeasuredKey, unknown>> = this.#values;
    values[key] = unknown ? undefined : { value, atMs: nowMs };
  }

  /** The plug has just come online. */
  booted(nowMs: number): void {
    this.#settlingUntilMs = nowMs + METER_SETTLES_MS;
  }

  /** The value, unless it is not known or too old. */
  get<Key extends MeasuredKey>(key: Key, nowMs: number): Measured[Key] | null {
    const known = this.#values[key];
    return known && nowMs - known.atMs <= this.#freshMs ? known.value : null;
  }

  /** When the value was received, monotonic ms; -Infinity when it is not known. */
  receivedAtMs(key: MeasuredKey): number {
    return this.#values[key]?.atMs ?? Number.NEGATIVE_INFINITY;
  }

  reading(plug: PlugId, atMs: number, monotonicMs: number): Reading {
    const get = <Key extends MeasuredKey>(key: Key) => this.get(key, monotonicMs);
    return {
      plug,
      atMs,
      monotonicMs,
      watts: get('watts'),
      counterWh: get('counterWh'),
      relay: get('relay'),
      volts: get('volts'),
      amps: get('amps'),
      celsius: get('celsius'),
      flags: [...this.flags],
      feed: 'on-change',
    };
  }

  /** The first zero after a boot is the meter's start value; the second is believed, and so is that of an open relay. */
  #isBootZero(value: unknown, nowMs: number): boolean {
    const settling = nowMs < this.#settlingUntilMs;
    this.#settlingUntilMs = Number.NEGATIVE_INFINITY;
    return settling && value === 0 && this.#values.relay?.value !== false;
  }
}
