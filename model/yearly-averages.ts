/** What a kWh emits over a year, by grid zone: the last resort, when no provider answers. */
import type { GridFactor } from './grid-factors.ts';

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

const electricityMaps = (gramsPerKwh: number): YearlyAverage => ({
  gramsPerKwh,
  provider: 'static-electricity-maps-2025',
  basis: 'consumption',
  source: 'Electricity Maps, yearly averages 2025, as published in @tgwf/co2 0.19.0 (ODbL)',
});

/** gCO2e per kWh by ISO 3166 code. */
// biome-ignore format: one line per letter reads better than a line per country
const EMBER_2024 = {
  AR: 344.83, AT: 102.62, AU: 553.76,
  BA: 638.05, BE: 117.58, BG: 264.21, BR: 106.06,
  CA: 184.99, CH: 36.72, CI: 393.53, CL: 265.52, CM: 285.71, CN: 557.5, CO: 285.8, CY: 512.24, CZ: 413.86,
  DE: 342.06, DK: 143.3, DZ: 633.65,
  EE: 341.02, EG: 574.5, ES: 146.15,
  FI: 72.25,
  GB: 215.79, GR: 319.76,
  HK: 681.99, HR: 174.48, HU: 182.82,
  ID: 682.43, IE: 279.79, IL: 567.26, IN: 708.96, IS: 28.33, IT: 287.75,
  JP: 483.73,
  KR: 415.65,
  LB: 369.47, LT: 139.34, LU: 134.62, LV: 136.22,
  MA: 577.65, ME: 413.51, MK: 568.97, MT: 484.16, MU: 633.03, MX: 483.14, MY: 604.43,
  NC: 585.76, NG: 507.85, NL: 252.7, NO: 30.75, NZ: 120.11,
  PF: 436.62, PH: 613.38, PL: 614.98, PT: 111.8,
  RO: 245.55, RS: 670.8,
  SE: 35.89, SG: 498.74, SI: 227.11, SK: 96.49, SN: 535.4,
  TH: 555.43, TN: 560.25, TR: 469.7, TW: 635.15,
  UA: 250.47, US: 383.55,
  VN: 486.13,
  ZA: 713.9,
};

/** Lifecycle averages over a year by grid zone: an ISO 3166 code, or a part of a country (`FR-COR`). */
export const YEARLY_AVERAGES: ReadonlyMap<string, YearlyAverage> = new Map([
  ...Object.entries(EMBER_2024).map(([zone, gramsPerKwh]) => [zone, ember(gramsPerKwh)] as const),
  [
    'FR',
    {
      gramsPerKwh: 51.9,
      provider: 'static-ademe-2021-2024',
      basis: 'consumption',
      source: 'ADEME Base Empreinte, consumption mix of mainland France, mean of 2021 to 2024, fuel supply included',
    },
  ],
  ['FR-COR', electricityMaps(546)],
  ['RE', electricityMaps(208)],
  ['GP', electricityMaps(487)],
  ['MQ', electricityMaps(577)],
  ['GF', electricityMaps(442)],
]);
