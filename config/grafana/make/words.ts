/** What several boards say. */
export const COVERAGE = { en: 'Coverage', fr: 'Couverture', unit: 'percentunit' };
export const MEASURED = { en: 'Measured by the plugs.', fr: 'Mesuré par les prises.' };
export const GRAMS = {
  en: 'Measured energy times the carbon intensity of the grid in that quarter hour; see "Carbon" for where it is from. What has no intensity yet is not in it.',
  fr: 'Énergie mesurée × intensité carbone du réseau pendant ce quart d’heure ; sa provenance est dans « Carbone ». Ce qui n’a pas encore d’intensité n’y est pas.',
};
