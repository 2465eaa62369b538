import { QUARTER_HOUR_MS, quartersWithin } from './energy.ts';

/** What flows at the studio's own connection, W. */
export interface OnsiteSample {
  /** From the roof, >= 0. */
  solarWatts: number;
  /** From the grid; negative: into it. */
  gridWatts: number;
  /** Out of the battery; negative: into it. */
  batteryWatts: number;
}

/** The energy of one UTC quarter hour, Wh. What was not told is not in it. */
export interface OnsiteQuarter {
  startMs: number;
  coveredMs: number;
  /** What everything behind the connection used, and how much of it came straight from the roof and from the battery. */
  loadWh: number;
  solarWh: number;
  batteryWh: number;
  /** What the battery took, and how much of that was from the roof. */
  chargeWh: number;
  solarChargeWh: number;
}

/** A sample stands for the time after it for this long at the most, ms. */
export const SAMPLE_HOLD_MS = 5 * 60_000;
/** A battery gives back the mix that it was charged with over this time: a day, as its cycle. */
export const CHARGE_MEMORY_MS = 24 * 3_600_000;

type Flows = Omit<OnsiteQuarter, 'startMs' | 'coveredMs'>;

/**
 * Who feeds whom, W: the roof feeds the load first, then the battery, then the grid. Without a battery the share of the
 * grid is import / (import + solar − export). What is exported earns nothing.
 */
export function flowsOf({ solarWatts, gridWatts, batteryWatts }: OnsiteSample): Flows {
  const charge = Math.max(0, -batteryWatts);
  const discharge = Math.max(0, batteryWatts);
  const load = Math.max(0, solarWatts + gridWatts + batteryWatts);
  const solar = Math.min(solarWatts, load);
  return {
    loadWh: load,
    solarWh: solar,
    batteryWh: Math.min(discharge, load - solar),
    chargeWh: charge,
    solarChargeWh: Math.min(charge, solarWatts - solar),
  };
}

/** What a sample that held over [fromMs, toMs) adds to each quarter hour that it touches. */
export function quartersOf(sample: OnsiteSample, fromMs: number, toMs: number): OnsiteQuarter[] {
  const watts = flowsOf(sample);
  return [...quartersWithin(fromMs, toMs)].map(([startMs, coveredMs]) => {
    const hours = coveredMs / 3_600_000;
    return {
      startMs,
      coveredMs,
      loadWh: watts.loadWh * hours,
      solarWh: watts.solarWh * hours,
      batteryWh: watts.batteryWh * hours,
      chargeWh: watts.chargeWh * hours,
      solarChargeWh: watts.solarChargeWh * hours,
    };
  });
}

/** Both together, of one quarter hour. */
export function addQuarter(a: OnsiteQuarter, b: OnsiteQuarter): OnsiteQuarter {
  return {
    startMs: a.startMs,
    coveredMs: a.coveredMs + b.coveredMs,
    loadWh: a.loadWh + b.loadWh,
    solarWh: a.solarWh + b.solarWh,
    batteryWh: a.batteryWh + b.batteryWh,
    chargeWh: a.chargeWh + b.chargeWh,
    solarChargeWh: a.solarChargeWh + b.solarChargeWh,
  };
}

/**
 * How much of what was used in the quarter hour that starts at `startMs` came from the roof, at once or by way of the
 * battery, 0..1. Time that was not told counts as grid, and so does a battery of whose charging nothing is known.
 */
export function onsiteShare(quarters: ReadonlyMap<number, OnsiteQuarter>, startMs: number): number {
  const quarter = quarters.get(startMs);
  if (!quarter || quarter.loadWh <= 0) return 0;
  let chargeWh = 0;
  let solarChargeWh = 0;
  for (let atMs = startMs - CHARGE_MEMORY_MS; atMs <= startMs; atMs += QUARTER_HOUR_MS) {
    chargeWh += quarters.get(atMs)?.chargeWh ?? 0;
    solarChargeWh += quarters.get(atMs)?.solarChargeWh ?? 0;
  }
  const charged = chargeWh > 0 ? solarChargeWh / chargeWh : 0;
  const told = Math.min(1, quarter.coveredMs / QUARTER_HOUR_MS);
  return ((quarter.solarWh + quarter.batteryWh * charged) / quarter.loadWh) * told;
}
