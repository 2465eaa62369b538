import type { IntensityPoint } from '../../model/intensity.ts';
import { YEARLY_AVERAGES } from '../../model/yearly-averages.ts';

/**
 * The yearly average of a grid zone, or else of its country, the last resort: it stands for any moment, so its interval
 * is empty until a quarter hour is priced with it. null when it is not known, or for direct factors: the averages are
 * lifecycle, and the two are never mixed.
 * @param zone ISO 3166 code, or a part of a country: `CA-QC`
 */
export function yearlyAverage(
  zone: string,
  factorType: IntensityPoint['factorType'],
  nowMs: number,
): IntensityPoint | null {
  const known = YEARLY_AVERAGES.has(zone) ? zone : zone.slice(0, 2);
  const average = YEARLY_AVERAGES.get(known);
  if (!average || factorType !== 'lifecycle') return null;
  const { gramsPerKwh, basis, provider } = average;
  return {
    zone: known,
    startMs: nowMs,
    endMs: nowMs,
    gramsPerKwh,
    factorType,
    basis,
    status: 'static',
    provider,
    fetchedAtMs: nowMs,
  };
}
