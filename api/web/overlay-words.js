/** The overlay's words in French and English, and its numbers in the form of each. */

/** @typedef {'fr' | 'en'} Language */
/** @typedef {import('zod').z.output<typeof import('../overlay.ts').Overlay>} View */

/** What is not known, or too old to be true. */
export const UNKNOWN = '—';

const WORDS = {
  en: {
    demo: 'DEMO',
    watts: 'Power now',
    rate: 'CO₂e per hour',
    grams: 'This live so far',
    letterOverall: 'Footprint',
    letterEnergy: 'Energy',
    lowcarbon: (/** @type {string} */ share) => `Powered by ${share} low-carbon electricity`,
    lifecycle: 'lifecycle',
    direct: 'combustion only',
    measured: (/** @type {string} */ at) => `measured ${at}`,
    estimated: (/** @type {string} */ at) => `estimated ${at}`,
    forecast: (/** @type {string} */ at) => `forecast ${at}`,
    static: () => 'yearly average',
    simulated: 'simulated grid',
    token: 'No data: the address needs a token. Add #token=… (offair token create obs --scope overlay)',
  },
  fr: {
    demo: 'DÉMO',
    watts: 'Puissance',
    rate: 'CO₂e par heure',
    grams: 'Ce direct',
    letterOverall: 'Empreinte',
    letterEnergy: 'Énergie',
    lowcarbon: (/** @type {string} */ share) => `Électricité à ${share} bas carbone`,
    lifecycle: 'cycle de vie',
    direct: 'combustion seule',
    measured: (/** @type {string} */ at) => `mesuré à ${at}`,
    estimated: (/** @type {string} */ at) => `estimé à ${at}`,
    forecast: (/** @type {string} */ at) => `prévu à ${at}`,
    static: () => 'moyenne annuelle',
    simulated: 'réseau simulé',
    token:
      'Pas de données : il faut un jeton dans l’adresse. Ajoutez #token=… (offair token create obs --scope overlay)',
  },
};

/** By the beginning of a provider's name. */
const PROVIDERS = /** @type {const} */ ([
  ['rte-odre', 'RTE éCO2mix'],
  ['edf-', 'EDF'],
  ['neso', 'NESO'],
  ['energy-charts', 'Energy-Charts'],
  ['electricity-maps', 'Electricity Maps'],
  ['entsoe', 'ENTSO-E'],
  ['static-ademe', 'ADEME'],
  ['static-electricity-maps', 'Electricity Maps'],
]);

/** @param {Language} lang */
export const wordsOf = (lang) => WORDS[lang];

/** @param {Language} lang */
const localeOf = (lang) => (lang === 'fr' ? 'fr-FR' : 'en-GB');

/**
 * A number with as many decimals as can be read in passing: one below 100, none above; watts have none.
 * @param {number} value
 * @param {Language} lang
 * @param {number} [decimals]
 */
export function numberText(value, lang, decimals = Math.abs(value) < 99.95 ? 1 : 0) {
  return value.toLocaleString(localeOf(lang), { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/**
 * What the grid gives, when the data says so: rounded down, so that nothing is claimed that is not there.
 * @param {NonNullable<View['intensity']>} intensity
 * @param {Language} lang
 */
export function lowCarbonText({ lowCarbonShare }, lang) {
  if (lowCarbonShare === null) return null;
  const share = Math.floor(lowCarbonShare * 100) / 100;
  return wordsOf(lang).lowcarbon(share.toLocaleString(localeOf(lang), { style: 'percent', maximumFractionDigits: 0 }));
}

/**
 * The name of a provider in passing; its own where nobody has given it one.
 * @param {string} provider
 * @param {Language} lang
 */
export function providerName(provider, lang) {
  const known = PROVIDERS.find(([prefix]) => provider.startsWith(prefix))?.[1];
  return known ?? (provider.startsWith('simulated') ? wordsOf(lang).simulated : provider);
}

/**
 * Where grams and shares are from: provider, what is counted, how sure, of when.
 * @param {NonNullable<View['intensity']>} intensity
 * @param {Language} lang
 */
export function sourceText({ provider, factorType, status, clock }, lang) {
  const words = wordsOf(lang);
  return `${providerName(provider, lang)} · ${words[factorType]} · ${words[status](clock)}`;
}
