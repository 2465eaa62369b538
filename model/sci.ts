import type { Footprint } from './emissions.ts';

/** Software Carbon Intensity (ISO/IEC 21031:2024): `((E × I) + M) per R`, with what has to be told beside it. */
export interface Sci {
  /** gCO2e per R. */
  sci: number;
  unit: string;
  /** How many of the functional unit. */
  R: number;
  boundary: string[];
  E_kWh: number;
  /** Location-based, the mean of what the energy was priced with; null when there was none. */
  I_g_per_kWh: number | null;
  I_provider: string[];
  I_type: string[];
  M_g: number;
  /** What the model adds for the platform, the network and the viewers, g. Not part of the studio's own score. */
  O_modelled_g: number;
  quantification: 'measured' | 'calculated';
  excluded: string[];
  version: string;
}

/**
 * The score per hour on air or per viewer-hour. Market-based figures and offsets are never in it.
 * @param studio the whole session, set-up and wrap included; all of its energy must be priced
 * @param modelledGrams of the platform, the network and the viewers; 0 for the studio alone
 * @returns null when there is nothing to divide by, or energy without a known intensity
 */
export function sciOf(
  studio: Footprint,
  embodiedGrams: number,
  modelledGrams: number,
  per: { unit: 'live-hour' | 'viewer-hour'; count: number },
): Sci | null {
  if (!(per.count > 0) || studio.unpricedWh > 0) return null;
  const kwh = studio.wh / 1000;
  const beyond = modelledGrams > 0 ? ['data centre', 'network', "viewers' devices", 'upload', 'replay'] : [];
  return {
    sci: (studio.grams + embodiedGrams + modelledGrams) / per.count,
    unit: `gCO2e/${per.unit}`,
    R: per.count,
    boundary: ['studio electricity', "making of the studio's equipment", ...beyond],
    E_kWh: kwh,
    I_g_per_kWh: kwh > 0 ? studio.grams / kwh : null,
    I_provider: [...new Set(studio.origins.map(({ provider }) => provider))],
    I_type: [...new Set(studio.origins.map(({ factorType }) => factorType))],
    M_g: embodiedGrams,
    O_modelled_g: modelledGrams,
    quantification: modelledGrams > 0 ? 'calculated' : 'measured',
    excluded: ['market-based', 'offsets'],
    version: 'ISO/IEC 21031:2024',
  };
}
