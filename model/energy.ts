import type { PlugId } from './plug.ts';
import type { Phase } from './ports.ts';

export const QUARTER_HOUR_MS = 15 * 60_000;

/** Start of the UTC quarter hour that holds `atMs`. */
export function quarterHourStart(atMs: number): number {
  return Math.floor(atMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
}

/** The quarter hours that [fromMs, toMs) touches, and how long of each, ms. */
export function* quartersWithin(fromMs: number, toMs: number): Generator<[startMs: number, ms: number]> {
  for (let atMs = fromMs; atMs < toMs; ) {
    const startMs = quarterHourStart(atMs);
    const endMs = Math.min(toMs, startMs + QUARTER_HOUR_MS);
    yield [startMs, endMs - atMs];
    atMs = endMs;
  }
}

/**
 * Watt-hours of one plug in one UTC quarter hour, apart for each session and phase that touched it.
 * Energy is `counterWh + integratedWh + gapWh`; how it was obtained stays visible.
 */
export interface EnergySlice {
  plug: PlugId;
  /** Start of the UTC quarter hour, ms. */
  startMs: number;
  /** The session it belongs to; null between sessions. */
  sessionId: string | null;
  phase: Phase;
  /** From the plug's own counter, while it was watched. */
  counterWh: number;
  /** Integrated from watts, where there is no counter (yet). */
  integratedWh: number;
  /** What the counter gained while nobody watched: exact in sum, spread evenly in time. */
  gapWh: number;
  /** Time within the slice that was watched, ms. Coverage is this over the slice's length. */
  coveredMs: number;
}

type Energy = Pick<EnergySlice, 'counterWh' | 'integratedWh' | 'gapWh' | 'coveredMs'>;

/** The measured part of a slice that holds nothing yet. */
export const EMPTY_ENERGY: Energy = { counterWh: 0, integratedWh: 0, gapWh: 0, coveredMs: 0 };

export function sliceWh(slice: EnergySlice): number {
  return slice.counterWh + slice.integratedWh + slice.gapWh;
}

/** Both together. */
export function addEnergy(a: Energy, b: Energy): Energy {
  return {
    counterWh: a.counterWh + b.counterWh,
    integratedWh: a.integratedWh + b.integratedWh,
    gapWh: a.gapWh + b.gapWh,
    coveredMs: a.coveredMs + b.coveredMs,
  };
}
