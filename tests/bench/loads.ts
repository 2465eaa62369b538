import type { Reading } from '../../model/reading.ts';
import { seeded } from '../support/random.ts';

/**
 * What plugs really say, as far as it matters for packing: loads that change now and then and are never quite steady, at
 * the resolution of a Shelly (0.1 W, volts, amps, mWh) and of a Tapo (mW, Wh), a few ms early or late.
 */
export class Loads {
  readonly #random = seeded(20_261_124);
  readonly #plugs: { id: string; watts: number; wh: number }[];

  constructor(plugs: number) {
    this.#plugs = Array.from({ length: plugs }, (_, n) => ({ id: `plug-${n}`, watts: 5 + n * 3, wh: 1000 * n }));
  }

  /** All plugs at about this moment, `seconds` after the last time. */
  at(atMs: number, monotonicMs: number, seconds: number): Reading[] {
    return this.#plugs.map((plug, index) => {
      if (this.#random() < seconds / 1800) plug.watts = this.#random() * 300;
      const lateMs = index * 7 + Math.floor(this.#random() * 8);
      const watts = Math.max(0, plug.watts + this.#noise() * (0.2 + plug.watts / 200));
      plug.wh += (watts * seconds) / 3600;
      const shelly = index % 2 === 0;
      const volts = round(230 + this.#noise(), 10);
      return {
        ...{ plug: plug.id, atMs: atMs + lateMs, monotonicMs: monotonicMs + lateMs, relay: true, flags: [] },
        watts: round(watts, shelly ? 10 : 1000),
        counterWh: shelly ? round(plug.wh, 1000) : Math.floor(plug.wh),
        volts: shelly ? volts : null,
        amps: shelly ? round(watts / volts, 1000) : null,
        celsius: shelly ? 41.3 : null,
        feed: shelly ? 'on-change' : 'polled',
      };
    });
  }

  /** Mostly within ±1. */
  #noise(): number {
    return this.#random() + this.#random() + this.#random() - 1.5;
  }
}

function round(value: number, unitsPerOne: number): number {
  return Math.round(value * unitsPerOne) / unitsPerOne;
}
