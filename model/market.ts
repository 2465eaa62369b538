import { gramsOf, type Pricing } from './emissions.ts';
import { type EnergySlice, sliceWh } from './energy.ts';
import { FRENCH_LIFECYCLE, WORLD_LIFECYCLE } from './grid-factors.ts';
import type { IntensityPoint } from './intensity.ts';

/** A contract for electricity of a known origin. */
export interface Contract {
  name: string;
  gramsPerKwh: number;
}

export interface MarketSettings {
  contract: Contract | null;
  /** gCO2e per kWh from the studio's own roof. */
  solarGramsPerKwh: number;
}

/**
 * The market-based figure of the GHG Protocol's dual reporting. It stands beside the location-based one: that, the score
 * and the SCI never know of it.
 */
export interface Market {
  grams: number;
  /** From the studio's own roof, at once or by way of its battery. */
  onsiteWh: number;
  gridWh: number;
  /** From the grid, where neither a contract nor an intensity is known: not in `grams`. */
  unpricedWh: number;
  /** Name of the contract that priced `gridWh`; null: the grid's average, for want of a residual mix. */
  contract: string | null;
}

/**
 * Σ own share × solar + rest × contract (or the grid's average). null when there is neither a contract nor a roof: then
 * there is nothing to say beside the location-based figure.
 * @param shareOf how much of a quarter hour's use came from the roof, 0..1
 */
export function marketOf(
  slices: readonly EnergySlice[],
  price: Pricing,
  shareOf: (startMs: number) => number,
  { contract, solarGramsPerKwh }: MarketSettings,
): Market | null {
  const market: Market = { grams: 0, onsiteWh: 0, gridWh: 0, unpricedWh: 0, contract: contract?.name ?? null };
  for (const slice of slices) {
    const wh = sliceWh(slice);
    const onsiteWh = wh * shareOf(slice.startMs);
    const gridWh = wh - onsiteWh;
    const grid = contract ?? price(slice.startMs);
    market.onsiteWh += onsiteWh;
    market.gridWh += gridWh;
    market.grams += gramsOf(onsiteWh, { gramsPerKwh: solarGramsPerKwh });
    if (grid) market.grams += gramsOf(gridWh, grid);
    else market.unpricedWh += gridWh;
  }
  return contract || market.onsiteWh > 0 ? market : null;
}

/** What a kWh from a roof emits, gCO2e: the making of the panels, nothing directly. */
export function solarGramsPerKwh(zone: string, factorType: IntensityPoint['factorType']): number {
  if (factorType === 'direct') return 0;
  return (zone.startsWith('FR') ? FRENCH_LIFECYCLE : WORLD_LIFECYCLE).solar.gramsPerKwh;
}
