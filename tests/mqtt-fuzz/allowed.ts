import type { Reading } from '../../model/reading.ts';

type Key = 'watts' | 'total' | 'returned' | 'relay' | 'volts' | 'amps' | 'celsius';

/** What the messages that went in may explain. */
export class Allowed {
  readonly #values = new Map<Key, Set<number | boolean>>();

  add(key: Key, value: number | boolean): void {
    this.#values.set(key, (this.#values.get(key) ?? new Set()).add(value));
  }

  /** What a plug is known to show. */
  addReading({ watts, counterWh, relay, volts, amps, celsius }: Reading): void {
    const known = { watts, total: counterWh, relay, volts, amps, celsius };
    for (const [key, value] of Object.entries(known)) if (value !== null) this.add(key as Key, value);
  }

  /** The first value of the reading that nothing explains, in words; null when all are explained. */
  unexplained(reading: Reading): string | null {
    for (const key of ['watts', 'relay', 'volts', 'amps', 'celsius'] as const) {
      const value = reading[key];
      if (value !== null && !this.#values.get(key)?.has(value)) return `${key} is ${value}`;
    }
    const { counterWh } = reading;
    return counterWh === null || this.#counts(counterWh) ? null : `counterWh is ${counterWh}`;
  }

  /** A Shelly counts what flowed back in its total too. */
  #counts(counterWh: number): boolean {
    const returned = [0, ...(this.#values.get('returned') ?? [])].map(Number);
    return [...(this.#values.get('total') ?? [])].some((total) =>
      returned.some((back) => Math.max(0, Number(total) - back) === counterWh),
    );
  }
}
