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
  /** `rte-odre`, `static-ember-2024`, … */
  provider: string;
  fetchedAtMs: number;
}
