import type { Estimate } from './uncertainty.ts';

/** One number of the models of a live beyond its studio, with who says so. Facts; no decisions. */
export interface Parameter extends Estimate {
  unit: string;
  source: string;
  /** Nobody publishes it: a guess of this project, shown as one. */
  assumed: boolean;
}

function said(low: number, central: number, high: number, unit: string, source: string): Parameter {
  return { low, central, high, unit, source, assumed: false };
}
function assumed(low: number, central: number, high: number, unit: string, why: string): Parameter {
  return { low, central, high, unit, source: why, assumed: true };
}

const ADEME = 'ADEME/NegaOctet, publicodes-acv-numerique 2.1.0';
const MALMODIN = 'Malmodin 2020, The power consumption of mobile and fixed network data services, fig. 8';
const CARBON_TRUST = 'Carbon Trust 2021, Carbon impact of video streaming';
const TIKTOK = 'TikTok room description, May 2025 (540p is its default)';

/** What is the same wherever the viewers are. */
const COMMON = {
  viewerMbps: said(0.475, 1, 1.6, 'Mbit/s', TIKTOK),
  ingestMbps: said(3.5, 6, 7.6, 'Mbit/s', `ttwise.live 2026, advice for TikTok; ${TIKTOK}`),
  mobileShare: assumed(0.2, 0.5, 0.8, 'share of viewers', 'half on the mobile network, as Greenspector 2021 took it'),
  lineWatts: said(8, 18, 35, 'W per fixed line', MALMODIN),
  viewersPerLine: assumed(1, 1, 3, 'viewers', 'one viewer has the fixed line alone, at most three share it'),
  lineWattsPerMbps: said(0.05, 0.05, 0.05, 'W per Mbit/s', MALMODIN),
  mobileWatts: said(0.5, 1.2, 3, 'W per mobile viewer', MALMODIN),
  mobileWattsPerMbps: said(1, 1.5, 2, 'W per Mbit/s', MALMODIN),
  cdnWhPerViewerHour: said(0.9, 1.3, 7, 'Wh per viewer-hour', `${ADEME}; ${CARBON_TRUST}; ${MALMODIN}`),
  transcodeWatts: assumed(50, 100, 200, 'W per live', 'one transcoding server, shared by all viewers'),
  pue: said(1.1, 1.3, 1.5, 'ratio', `${ADEME} (1.3); its band is assumed`),
  dataCentreMakingGrams: said(0, 0.24, 0.5, 'g per viewer-hour', `${ADEME}; its band is assumed`),
  phoneWatts: said(1, 3, 4.5, 'W', `Boavizta; ${MALMODIN}; ${ADEME}`),
  tabletWatts: said(5, 10, 20, 'W', `Boavizta; ${ADEME}`),
  computerWatts: said(26.5, 30, 100, 'W, laptop', `${ADEME}; Boavizta`),
  tabletShare: assumed(0.02, 0.02, 0.02, 'share of viewers', 'a platform of phones: nobody publishes the mix'),
  computerShare: assumed(0.03, 0.03, 0.03, 'share of viewers', 'a platform of phones: nobody publishes the mix'),
  storageGramsPerGbYear: said(
    0.235,
    0.9,
    1.64,
    'g per GB and year',
    'ADEME impactco2; Cloud Carbon Footprint, 3 copies',
  ),
  phoneMakingGrams: said(29, 29, 29, 'g per viewer-hour', `${ADEME}, making the device; phone`),
  tabletMakingGrams: said(30.8, 30.8, 30.8, 'g per viewer-hour', `${ADEME}, making the device; tablet`),
  computerMakingGrams: said(33.8, 33.8, 33.8, 'g per viewer-hour', `${ADEME}, making the device; laptop`),
} satisfies Record<string, Parameter>;

/** What depends on where they are. */
const FRANCE = {
  gridGramsPerKwh: said(31, 51.9, 98, 'g/kWh', 'Electricity Maps 2025; ADEME 2021-2024; Boavizta 2019'),
  fixedGramsPerGb: said(2.59, 9.27, 30.8, 'g/GB', `${ADEME}: France without box, France, Europe`),
  mobileGramsPerGb: said(9.3, 24.68, 96, 'g/GB', `${ADEME}: France, Europe; the low end is assumed`),
} satisfies Record<string, Parameter>;
const EUROPE: typeof FRANCE = {
  gridGramsPerKwh: said(44.18, 213.02, 342.06, 'g/kWh', 'Ember 2024: France, European Union, Germany'),
  fixedGramsPerGb: said(9.27, 30.81, 123.8, 'g/GB', `${ADEME}: France, Europe; 1byte 2018 at the European mix`),
  mobileGramsPerGb: said(24.68, 96, 188.3, 'g/GB', `${ADEME}: France, Europe; 1byte 2018 at the European mix`),
};

export type ParameterName = keyof typeof COMMON | keyof typeof FRANCE;
export type LiveParameters = Record<ParameterName, Parameter>;

/** Of the viewers of a studio in this country: French factors in France, the European ones elsewhere. */
export function liveParameters(country: string): LiveParameters {
  return { ...COMMON, ...(country === 'FR' ? FRANCE : EUROPE) };
}

/** What viewers receive by default at each size, Mbit/s, H.265. Source: TikTok room description, May 2025. */
export const LADDER_MBPS = { '360p': 0.6, '540p': 1, '720p': 1.6, '1080p': 2.46 } as const;
export type Resolution = keyof typeof LADDER_MBPS;
/** 60 pictures a second against 30, of the same size: 2.6 against 1.6 Mbit/s at 720p. 1080p was only seen with 60. */
export const SIXTY_FRAMES = 2.6 / 1.6;

/** Mbit/s for an hour is this many GB (1e9 bytes). */
export const GB_PER_MBPS_HOUR = 0.45;
