import { YEARLY_AVERAGES } from '../../model/grid-factors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';

/**
 * The country's yearly average, the last resort: it stands for any moment, so its interval is empty until a quarter hour
 * is priced with it. null when the country's is not known, or for direct factors: the averages are lifecycle, and the
 * two are never mixed.
 * @param country ISO 3166 code, two capital letters
 */
export function yearlyAverage(
  country: string,
  factorType: IntensityPoint['factorType'],
  nowMs: number,
): IntensityPoint | null {
  const average = YEARLY_AVERAGES.get(country);
  if (!average || factorType !== 'lifecycle') return null;
  const { gramsPerKwh, basis, provider } = average;
  return {
    zone: country,
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
