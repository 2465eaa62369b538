import type { EnergySlice } from './energy.ts';
import type { PlugSpec } from './plug.ts';

const OFF_WATTS = 0.5;

/** What the studio draws between lives, W: with the plugs that may be cut off, and with them left on. */
export interface StandbyWatts {
  cutWatts: number;
  uncutWatts: number;
}

/**
 * From what was measured between lives.
 * @param cutting offair really cuts: then a plug counts as left on only where it drew something
 */
export function standbyWatts(
  plugs: readonly PlugSpec[],
  slices: readonly EnergySlice[],
  cutting: boolean,
): StandbyWatts {
  const total = { cutWatts: 0, uncutWatts: 0 };
  const idle = Map.groupBy(
    slices.filter(({ sessionId, coveredMs }) => sessionId === null && coveredMs > 0),
    ({ plug }) => plug,
  );
  for (const { id, essential } of plugs) {
    const own = idle.get(id) ?? [];
    const drawing = own.filter((slice) => meanWatts([slice]) >= OFF_WATTS);
    if (essential) total.cutWatts += meanWatts(own);
    total.uncutWatts += meanWatts(cutting && !essential ? drawing : own);
  }
  return total;
}

function meanWatts(slices: readonly EnergySlice[]): number {
  const hours = slices.reduce((sum, { coveredMs }) => sum + coveredMs, 0) / 3_600_000;
  const wh = slices.reduce((sum, { counterWh, integratedWh }) => sum + counterWh + integratedWh, 0);
  return hours > 0 ? wh / hours : 0;
}
