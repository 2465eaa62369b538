import type { Pricing } from '../model/emissions.ts';
import { type EnergySlice, QUARTER_HOUR_MS } from '../model/energy.ts';
import type { PlugSpec } from '../model/plug.ts';
import type { Journal } from '../model/ports.ts';

export interface EnergyPointsDeps {
  journal: Pick<Journal, 'slices'>;
  plugs: readonly PlugSpec[];
  /** Serialises the energy of one plug in one quarter hour; `price` knows the intensities of that time. */
  energyLine(spec: PlugSpec, startMs: number, slices: readonly EnergySlice[], price: Pricing): string | null;
  /** Prices the quarter hours of [fromMs, toMs), from what the journal knows. */
  pricing(fromMs: number, toMs: number): Promise<Pricing>;
  line(line: string | null): void;
}

/**
 * Says to the database the energy of each quarter hour that has changed. What is still to be said is kept with the slices
 * themselves: a crash must not leave a quarter hour unsaid. A quarter hour of a plug is `plug|startMs` here.
 */
export class EnergyPoints {
  readonly #deps: EnergyPointsDeps;
  /** Changed since slices were booked last; booked, and to be said; being said. */
  #changed = new Set<string>();
  #due = new Set<string>();
  #saying = new Set<string>();
  /** The journal does not have all of this. */
  #unkept = false;
  #speaking: Promise<void> = Promise.resolve();

  constructor(deps: EnergyPointsDeps) {
    this.#deps = deps;
  }

  /** @param kept what `book` gave an earlier run, null when there was none */
  restore(kept: string[] | null): void {
    this.#due = new Set(kept);
  }

  changed({ plug, startMs }: EnergySlice): void {
    this.#changed.add(`${plug}|${startMs}`);
    this.#unkept = true;
  }

  /** What the journal is to keep with the slices that are booked now; null when it has that. `settle` says whether it does. */
  book(): { kept: string[] | null; settle(written: boolean): void } {
    const booked = this.#changed;
    const kept = this.#unkept ? [...this.#saying.union(this.#due).union(booked)] : null;
    this.#changed = new Set();
    this.#unkept = false;
    const settle = (written: boolean) => {
      if (written) this.#due = this.#due.union(booked);
      else {
        this.#changed = this.#changed.union(booked);
        this.#unkept = true;
      }
    };
    return { kept, settle };
  }

  /** One time after the other: a stop waits for those that are being said. @throws Error when they can't be made now */
  say(): Promise<void> {
    this.#speaking = this.#speaking.catch(() => {}).then(() => this.#sayDue());
    return this.#speaking;
  }

  /** From the journal: memory does not hold the old ones. */
  async #sayDue(): Promise<void> {
    const { journal, plugs, pricing, energyLine, line } = this.#deps;
    if (this.#due.size === 0) return;
    const saying = this.#due;
    this.#saying = saying;
    this.#due = new Set();
    try {
      const starts = [...saying].map((key) => Number(key.slice(key.indexOf('|') + 1)));
      const fromMs = starts.reduce((least, startMs) => Math.min(least, startMs));
      const toMs = starts.reduce((most, startMs) => Math.max(most, startMs)) + QUARTER_HOUR_MS;
      const price = await pricing(fromMs, toMs);
      const booked = Map.groupBy(await journal.slices(fromMs, toMs), ({ plug, startMs }) => `${plug}|${startMs}`);
      for (const key of saying) {
        const slices = booked.get(key);
        const spec = plugs.find(({ id }) => id === slices?.[0]?.plug);
        if (spec && slices?.[0]) line(energyLine(spec, slices[0].startMs, slices, price));
      }
    } catch (error) {
      this.#due = this.#due.union(saying);
      throw error;
    } finally {
      this.#saying = new Set();
      this.#unkept = true;
    }
  }
}
