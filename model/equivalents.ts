/** What emits as much, for people who have no feeling for grams. Each with who says so. */
export interface Equivalent {
  code: EquivalentCode;
  /** Of what: the studio as measured, or what is modelled. Never of both together. */
  of: 'measured' | 'modelled';
  kilometres: number;
  gramsPerKilometre: number;
  source: string;
  /** Year of the source's own data. */
  year: number;
}

/**
 * ADEME, Impact CO2 (github.com/incubateur-ademe/impactco2, src/data/categories/deplacement.ts), making of the vehicle
 * included: a car with a combustion engine, by the kilometre of the car, 176.9 + 50.7 g; a high-speed train, by the
 * kilometre of a passenger, 2.30 + 0.63 g.
 */
const SOURCES = {
  car: {
    gramsPerKilometre: 227.6,
    source: 'ADEME, Impact CO2, Modélisation de l’empreinte carbone de la voiture',
    year: 2025,
  },
  train: { gramsPerKilometre: 2.93, source: 'ADEME, Impact CO2, TGV (Base Empreinte 42760)', year: 2025 },
} as const;
export type EquivalentCode = keyof typeof SOURCES;

export function equivalentsOf(grams: number, of: Equivalent['of']): Equivalent[] {
  return Object.entries(SOURCES).map(([code, source]) => ({
    ...{ code: code as EquivalentCode, of, kilometres: grams / source.gramsPerKilometre },
    ...source,
  }));
}
