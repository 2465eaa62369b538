import { language, t } from './text.js';

/**
 * Providers of grid intensity as people know them, by the beginning of their name in the API.
 * @type {readonly [prefix: string, en: string, fr: string][]}
 */
const PROVIDERS = [
  ['rte-odre', 'RTE (éCO2mix)', 'RTE (éCO2mix)'],
  ['edf-', 'EDF open data', 'EDF (données ouvertes)'],
  ['neso', 'NESO (Great Britain)', 'NESO (Grande-Bretagne)'],
  ['energy-charts', 'Energy-Charts (Fraunhofer ISE)', 'Energy-Charts (Fraunhofer ISE)'],
  ['electricity-maps', 'Electricity Maps', 'Electricity Maps'],
  ['entsoe', 'ENTSO-E Transparency', 'ENTSO-E (transparence)'],
  ['watttime', 'WattTime', 'WattTime'],
  ['static-ademe', 'ADEME, yearly average', 'ADEME, moyenne annuelle'],
  ['static-electricity-maps', 'Electricity Maps, yearly average', 'Electricity Maps, moyenne annuelle'],
  ['simulated-rte', 'simulated grid', 'réseau simulé'],
];

/**
 * The name of a provider for people; its own where nobody has given it one.
 * @param {string} provider
 * @returns {string}
 */
export function providerName(provider) {
  const typical = provider.startsWith('typical-');
  const bare = typical ? provider.slice('typical-'.length) : provider;
  const known = PROVIDERS.filter(([prefix]) => bare.startsWith(prefix)).toSorted(
    (a, b) => b[0].length - a[0].length,
  )[0];
  const name = known ? known[language.now === 'fr' ? 2 : 1] : bare;
  return typical ? t('typicalOf', { name }) : name;
}

/**
 * Who did something, for people: a program's token, the page, the policy, a source.
 * @param {string} by
 * @returns {string}
 */
export function whoText(by) {
  if (by === 'api') return t('byPage');
  if (by.startsWith('api:')) return t('byToken', { name: by.slice(4) });
  if (by === 'policy') return t('byPolicy');
  return by;
}

/**
 * A sentence in which the API names providers as `rte-odre (lifecycle, measured)`, with the names that people know.
 * @param {string} text
 */
export const originsNamed = (text) =>
  text.replace(
    /([\w-]+) \((lifecycle|direct), (measured|estimated|forecast|static)\)/g,
    (_, provider, factor, status) => `${providerName(provider)} (${t(factor)}, ${t(status)})`,
  );
