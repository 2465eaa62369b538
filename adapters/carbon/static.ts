import { yearly2025 } from '@tgwf/co2/data/electricity-maps';
import type { IntensityPoint } from '../../model/intensity.ts';

interface YearlyAverage {
  gramsPerKwh: number;
  provider: string;
}

/** ADEME Base Empreinte: consumption mix of mainland France, mean of 2021 to 2024, fuel supply included. */
const FRANCE: YearlyAverage = { gramsPerKwh: 51.9, provider: 'static-ademe-2021-2024' };
/** Countries that Electricity Maps knows by the grid of nearly all of them. */
const MAIN_GRID: Readonly<Record<string, string>> = { CL: 'CL-SEN', RU: 'RU-1' };

/**
 * The yearly average of a grid zone, or else of its country, the last resort: it stands for any moment, so its interval
 * is empty until a quarter hour is priced with it. In mainland France that of ADEME, else that of Electricity Maps for
 * 2025, as `@tgwf/co2` publishes it (ODbL): of what is consumed, imports included, as a studio does. null when it is not
 * known, or for direct factors: the averages are lifecycle, and the two are never mixed.
 * @param zone ISO 3166 code, or a part of a country: `CA-QC`
 */
export function yearlyAverage(
  zone: string,
  factorType: IntensityPoint['factorType'],
  nowMs: number,
): IntensityPoint | null {
  if (factorType !== 'lifecycle') return null;
  const country = zone.slice(0, 2);
  for (const known of [zone, country, MAIN_GRID[country] ?? country]) {
    const average = averageOf(known);
    if (!average) continue;
    return {
      zone: known,
      startMs: nowMs,
      endMs: nowMs,
      ...average,
      factorType,
      basis: 'consumption',
      status: 'static',
      fetchedAtMs: nowMs,
    };
  }
  return null;
}

function averageOf(zone: string): YearlyAverage | null {
  if (zone === 'FR') return FRANCE;
  const known = Object.hasOwn(yearly2025.data, zone) ? yearly2025.data[zone]?.carbonIntensity : undefined;
  return known ? { gramsPerKwh: known.value, provider: 'static-electricity-maps-2025' } : null;
}
