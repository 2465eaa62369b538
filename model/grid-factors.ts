/** What a kWh emits, by fuel and by country. Facts with their sources; no decisions. */

export type Fuel = 'nuclear' | 'hydro' | 'wind' | 'solar' | 'gas' | 'oil' | 'coal' | 'biomass';

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

/**
 * gCO2e per kWh of a mix: each fuel's share of the production times its factor. A fuel that takes power instead of giving
 * it (solar inverters at night) counts as none.
 * @param megawatts production by fuel
 * @returns null when nothing is produced
 */
export function mixIntensity(megawatts: Record<Fuel, number>, factors: Record<Fuel, GridFactor>): number | null {
  let total = 0;
  let grams = 0;
  for (const [fuel, { gramsPerKwh }] of Object.entries(factors)) {
    const produced = Math.max(0, megawatts[fuel as Fuel]);
    total += produced;
    grams += produced * gramsPerKwh;
  }
  return total > 0 ? grams / total : null;
}

export interface YearlyAverage extends GridFactor {
  provider: string;
  basis: 'consumption' | 'production';
}

const ember = (gramsPerKwh: number): YearlyAverage => ({
  gramsPerKwh,
  provider: 'static-ember-2024',
  basis: 'production',
  source: 'Ember, Yearly Electricity Data, 2024, as published in @tgwf/co2 0.19.0 (CC BY-SA 4.0)',
});

/** Lifecycle averages over a year by ISO 3166 code: the last resort, when no provider answers. */
export const YEARLY_AVERAGES: ReadonlyMap<string, YearlyAverage> = new Map([
  [
    'FR',
    {
      gramsPerKwh: 51.9,
      provider: 'static-ademe-2021-2024',
      basis: 'consumption',
      source: 'ADEME Base Empreinte, consumption mix of mainland France, mean of 2021 to 2024, fuel supply included',
    },
  ],
  ['BE', ember(117.58)],
  ['CA', ember(184.99)],
  ['CH', ember(36.72)],
  ['DE', ember(342.06)],
  ['ES', ember(146.15)],
  ['GB', ember(215.79)],
  ['IT', ember(287.75)],
  ['LU', ember(134.62)],
  ['NL', ember(252.7)],
  ['PT', ember(111.8)],
]);
