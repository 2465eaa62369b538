import type { Logger } from 'pino';
import type { Clock } from '../../model/clock.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { withBreaker } from './breaker.ts';
import { factorTypeOf, type GridSettings, sourcesOf } from './providers.ts';
import { RteOdre } from './rte-odre.ts';
import { yearlyAverage } from './static.ts';

export { type GridSettings, PROVIDER_NAMES, whyNot } from './providers.ts';
export { WattTime } from './watttime.ts';
export { RteOdre };

/** Where a studio's grid intensity comes from. All of one factor type. */
export interface Grid {
  factorType: IntensityPoint['factorType'];
  /** In order of preference. */
  sources: IntensitySource[];
  /** The yearly average as last resort; null where none is known. */
  fallback: IntensityPoint | null;
}

/** @param instead stand in for the zone's providers */
export function createIntensity(
  settings: GridSettings,
  { clock, log, secret }: { clock: Clock; log: Logger; secret(name: string): string | undefined },
  instead?: readonly IntensitySource[],
): Grid {
  const factorType = factorTypeOf(settings);
  const sources = instead ?? sourcesOf(settings, { clock, secret });
  return {
    factorType,
    sources: sources.map((source) => withBreaker(source, factorType, { clock, log })),
    fallback: yearlyAverage(settings.zone, factorType, clock.nowMs()),
  };
}
