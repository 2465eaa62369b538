/** What a kWh emits, by fuel and by country. Facts with their sources; no decisions. */

export type Fuel = 'nuclear' | 'hydro' | 'wind' | 'solar' | 'gas' | 'oil' | 'coal' | 'biomass';
/** What other countries' grids tell apart as well; `unknown` is what a grid operator calls "other". */
export type WorldFuel = Fuel | 'geothermal' | 'unknown';

export interface GridFactor {
  /** gCO2e per kWh. */
  gramsPerKwh: number;
  source: string;
}

const UNECE =
  'UNECE 2022, Carbon Neutrality in the UNECE Region: Integrated Life-cycle Assessment of Electricity Sources';
const THERMAL = 'EU-ETS and ENTSO-E 2025, French plants (combustion); IPCC 2014, AR5 WG3 annex III (fuel supply)';

/** Lifecycle factors of the fuels as they are burnt and built in France. */
export const FRENCH_LIFECYCLE: Record<Fuel, GridFactor> = {
  nuclear: { gramsPerKwh: 5.13, source: UNECE },
  hydro: { gramsPerKwh: 10.7, source: UNECE },
  wind: { gramsPerKwh: 12.62, source: `${UNECE}; share at sea: WindEurope 2021` },
  solar: { gramsPerKwh: 30.075, source: 'INCER ACV, photovoltaics installed in France' },
  gas: { gramsPerKwh: 498.34, source: THERMAL },
  oil: { gramsPerKwh: 965.9, source: THERMAL },
  coal: { gramsPerKwh: 1028.5, source: THERMAL },
  biomass: { gramsPerKwh: 230, source: 'BEIS 2021 (combustion); IPCC 2014, AR5 WG3 annex III' },
};

const IPCC = 'IPCC 2014, AR5 WG3 annex III, medians of the world, as Electricity Maps uses them by default';
const ASSUMED = 'Electricity Maps, default for what is not told apart: a mean of gas, oil and coal';

/** Lifecycle factors where nothing closer to the country is known. */
export const WORLD_LIFECYCLE: Record<WorldFuel, GridFactor> = {
  nuclear: { gramsPerKwh: 12, source: IPCC },
  hydro: { gramsPerKwh: 24, source: IPCC },
  wind: { gramsPerKwh: 11, source: IPCC },
  solar: { gramsPerKwh: 45, source: IPCC },
  geothermal: { gramsPerKwh: 38, source: IPCC },
  biomass: { gramsPerKwh: 230, source: IPCC },
  gas: { gramsPerKwh: 490, source: IPCC },
  oil: { gramsPerKwh: 650, source: IPCC },
  coal: { gramsPerKwh: 820, source: IPCC },
  unknown: { gramsPerKwh: 700, source: ASSUMED },
};

/** Combustion only, where nothing closer to the country is known. */
export const WORLD_DIRECT: Record<WorldFuel, GridFactor> = {
  nuclear: { gramsPerKwh: 0, source: IPCC },
  hydro: { gramsPerKwh: 0, source: IPCC },
  wind: { gramsPerKwh: 0, source: IPCC },
  solar: { gramsPerKwh: 0, source: IPCC },
  geothermal: { gramsPerKwh: 0, source: IPCC },
  biomass: { gramsPerKwh: 0, source: IPCC },
  gas: { gramsPerKwh: 370, source: IPCC },
  oil: { gramsPerKwh: 406, source: IPCC },
  coal: { gramsPerKwh: 760, source: IPCC },
  unknown: { gramsPerKwh: 575, source: ASSUMED },
};

/**
 * gCO2e per kWh of a mix: each fuel's share of the production times its factor. A fuel that takes power instead of giving
 * it (solar inverters at night) counts as none.
 * @param megawatts production by fuel; one that is absent made nothing
 * @returns null when nothing is produced
 */
export function mixIntensity<F extends WorldFuel>(
  megawatts: Readonly<Partial<Record<F, number>>>,
  factors: Readonly<Record<F, GridFactor>>,
): number | null {
  let total = 0;
  let grams = 0;
  for (const fuel of Object.keys(factors) as F[]) {
    const { gramsPerKwh } = factors[fuel];
    const produced = Math.max(0, megawatts[fuel] ?? 0);
    total += produced;
    grams += produced * gramsPerKwh;
  }
  return total > 0 ? grams / total : null;
}

/**
 * gCO2e per kWh, lifecycle: what the EU taxonomy counts as electricity that mitigates climate change (Delegated Regulation
 * (EU) 2021/2139, annex I, 4.1 to 4.8). Nuclear, hydro, wind, sun and geothermal are below; biomass, at 230, is not.
 */
const LOW_CARBON_GRAMS_PER_KWH = 100;

/**
 * Share of a mix that comes from fuels below the limit of the EU taxonomy, 0..1. Of what is produced: imports are not in it.
 * @param megawatts production by fuel; one that is absent made nothing
 * @param factors lifecycle, whatever the intensity beside it counts
 * @returns null when nothing is produced
 */
export function lowCarbonShare<F extends WorldFuel>(
  megawatts: Readonly<Partial<Record<F, number>>>,
  factors: Readonly<Record<F, GridFactor>>,
): number | null {
  let total = 0;
  let low = 0;
  for (const fuel of Object.keys(factors) as F[]) {
    const produced = Math.max(0, megawatts[fuel] ?? 0);
    total += produced;
    if (factors[fuel].gramsPerKwh < LOW_CARBON_GRAMS_PER_KWH) low += produced;
  }
  return total > 0 ? low / total : null;
}
