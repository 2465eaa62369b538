/** By the beginning of a provider's name: what its licence asks to be shown with its numbers. */
const ATTRIBUTIONS: readonly [prefix: string, text: string][] = [
  ['rte-odre', 'RTE – éCO2mix / ODRÉ'],
  ['edf-', 'EDF – open data'],
  ['neso', 'NESO Carbon Intensity API (CC BY 4.0)'],
  ['energy-charts', 'Energy-Charts.info (CC BY 4.0)'],
  ['electricity-maps', 'Electricity Maps'],
  ['entsoe', 'ENTSO-E Transparency Platform'],
  ['watttime', 'WattTime'],
  ['static-ademe', 'ADEME Base Empreinte'],
  ['static-electricity-maps', 'Electricity Maps (ODbL)'],
];

/** What must be shown with the numbers of these providers, each once, in their order. */
export function attributionsOf(providers: Iterable<string>): string[] {
  const texts = [...providers].flatMap((provider) => {
    // A typical week is made of what the provider once measured.
    const name = provider.replace(/^typical-/, '');
    return ATTRIBUTIONS.filter(([prefix]) => name.startsWith(prefix)).map(([, text]) => text);
  });
  return [...new Set(texts)];
}
