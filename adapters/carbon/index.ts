import type { Logger } from 'pino';
import type { Clock } from '../../model/clock.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { withBreaker } from './breaker.ts';
import { RteOdre } from './rte-odre.ts';
import { yearlyAverage } from './static.ts';

export { RteOdre };

/**
 * Where a studio's grid intensity comes from: the providers of its country in order of preference, and the yearly
 * average as last resort. All of one factor type.
 * @param country ISO 3166 code
 * @param instead stand in for the country's providers
 */
export function createIntensity(
  country: string,
  factorType: IntensityPoint['factorType'],
  { clock, log }: { clock: Clock; log: Logger },
  instead?: readonly IntensitySource[],
): { sources: IntensitySource[]; fallback: IntensityPoint | null } {
  const providers = instead ?? (country === 'FR' ? [new RteOdre({ clock, factorType })] : []);
  return {
    sources: providers.map((source) => withBreaker(source, factorType, { clock, log })),
    fallback: yearlyAverage(country, factorType, clock.nowMs()),
  };
}
