/**
 * Grid carbon intensity for [startMs, endMs), and where the number is from. The same French kWh is worth 12–98 g
 * depending on who is asked and what is counted: provider and factor type travel with every number.
 */
export interface IntensityPoint {
  /** `FR`, `GB`, … */
  zone: string;
  startMs: number;
  endMs: number;
  /** gCO2e per kWh. 0 is a valid value. */
  gramsPerKwh: number;
  /** lifecycle: with construction and fuel supply. direct: combustion only. Never averaged together. */
  factorType: 'lifecycle' | 'direct';
  basis: 'consumption' | 'production';
  status: 'measured' | 'estimated' | 'forecast' | 'static';
  /** `rte-odre`, `static-ademe-2021-2024`, … */
  provider: string;
  fetchedAtMs: number;
  /** Start of the slot that the value is really of, where it stands in for a later one. */
  heldFromMs?: number;
  /** Share of the production that is low-carbon, 0..1 (see `lowCarbonShare`); absent where the provider gives no mix. */
  lowCarbonShare?: number;
}

/**
 * What one kWh more or less changes in [startMs, endMs): for "what if I had started later", never for an inventory.
 * Named apart from `IntensityPoint` so that nothing which sums up grams can take it.
 */
export interface MarginalPoint {
  zone: string;
  startMs: number;
  endMs: number;
  /** gCO2e per kWh more. */
  marginalGramsPerKwh: number;
  /** Marginal intensity is always modelled. */
  status: 'estimated' | 'forecast';
  provider: string;
  fetchedAtMs: number;
}
