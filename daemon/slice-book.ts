import { addEnergy, EMPTY_ENERGY, type EnergySlice } from '../model/energy.ts';
import type { MeterState } from '../model/meter.ts';
import type { PlugId } from '../model/plug.ts';

type Slices = Map<string, EnergySlice>;
export type Meters = Record<PlugId, MeterState>;

/** The slices of the last day in memory, where the meters are, and what of both the journal does not have yet. */
export class SliceBook {
  readonly #slices: Slices = new Map();
  /** What is to be added to the journal's slices; what is on its way there. */
  #increments: Slices = new Map();
  #flying: readonly EnergySlice[] = [];
  #meters: Meters = {};
  #metersChanged = false;

  /** As the last run left it. */
  restore(meters: Meters, slices: readonly EnergySlice[]): void {
    this.#meters = meters;
    for (const slice of slices) addTo(this.#slices, slice);
  }

  get meters(): Readonly<Meters> {
    return this.#meters;
  }

  get all(): EnergySlice[] {
    return [...this.#slices.values()];
  }

  /** What a meter has made of readings, and where it is now. */
  add(plug: PlugId, state: MeterState, increments: readonly EnergySlice[]): void {
    this.#meters[plug] = state;
    this.#metersChanged = true;
    for (const slice of increments) {
      addTo(this.#slices, slice);
      addTo(this.#increments, slice);
    }
  }

  /** What the journal is to have now, `meters` null when it has them. `settle` says whether it does. */
  book(): { slices: EnergySlice[]; meters: Meters | null; settle(written: boolean): void } {
    const slices = [...this.#increments.values()];
    const meters = this.#metersChanged ? { ...this.#meters } : null;
    this.#increments = new Map();
    this.#metersChanged = false;
    this.#flying = slices;
    const settle = (written: boolean) => {
      this.#flying = [];
      if (written) return;
      for (const slice of slices) addTo(this.#increments, slice);
      this.#metersChanged = true;
    };
    return { slices, meters, settle };
  }

  /** The journal is a new file: all that is in memory is to be written again. What is on its way comes into it by itself. */
  rewrite(): void {
    this.#increments = new Map(this.#slices);
    for (const slice of this.#flying) addTo(this.#increments, negative(slice));
    this.#metersChanged = true;
  }

  /** Of a session that goes on, everything stays. */
  forget(beforeMs: number, currentSession: string | null): void {
    for (const [key, { startMs, sessionId }] of this.#slices)
      if (startMs < beforeMs && (currentSession === null || sessionId !== currentSession)) this.#slices.delete(key);
  }
}

function addTo(slices: Slices, increment: EnergySlice): void {
  const { plug, startMs, phase, sessionId } = increment;
  const key = `${plug}|${startMs}|${phase}|${sessionId ?? ''}`;
  slices.set(key, { ...increment, ...addEnergy(slices.get(key) ?? EMPTY_ENERGY, increment) });
}

function negative(slice: EnergySlice): EnergySlice {
  const { counterWh, integratedWh, gapWh, coveredMs } = slice;
  return { ...slice, counterWh: -counterWh, integratedWh: -integratedWh, gapWh: -gapWh, coveredMs: -coveredMs };
}
