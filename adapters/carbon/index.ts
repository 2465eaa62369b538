import type { Logger } from 'pino';
import type { Clock } from '../../model/clock.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource, MarginalSource } from '../../model/ports.ts';
import { withBreaker, withMarginalBreaker } from './breaker.ts';
import { factorTypeOf, type GridSettings, sourcesOf } from './providers.ts';
import { RteOdre } from './rte-odre.ts';
import { yearlyAverage } from './static.ts';
import { WattTime } from './watttime.ts';

export { type GridSettings, PROVIDER_NAMES, whyNot } from './providers.ts';
export { RteOdre };

/** Where a studio's grid intensity comes from. All of one factor type. */
export interface Grid {
  factorType: IntensityPoint['factorType'];
  /** In order of preference. */
  sources: IntensitySource[];
  /** The yearly average as last resort; null where none is known. */
  fallback: IntensityPoint | null;
  /** For what-if only; null where none is set up. */
  marginal: MarginalSource | null;
}

interface GridDeps {
  clock: Clock;
  log: Logger;
  secret(name: string): string | undefined;
}

/** Who tells marginal intensity; null where no place is set, or an account is missing. */
function createMarginal({ wattTime: place }: GridSettings, { clock, log, secret }: GridDeps): MarginalSource | null {
  if (place === undefined) return null;
  const username = secret('watttime_username');
  const password = secret('watttime_password');
  if (username !== undefined && password !== undefined)
    return withMarginalBreaker(new WattTime({ clock, username, password, place }), { clock, log });
  log.warn(
    { event: 'watttime-without-account' },
    'carbon.wattTime is not asked: give the secrets watttime_username and watttime_password',
  );
  return null;
}

/** @param instead stand in for the zone's providers */
export function createIntensity(settings: GridSettings, deps: GridDeps, instead?: readonly IntensitySource[]): Grid {
  const { clock, log } = deps;
  const factorType = factorTypeOf(settings);
  const sources = instead ?? sourcesOf(settings, deps);
  return {
    factorType,
    sources: sources.map((source) => withBreaker(source, factorType, { clock, log })),
    fallback: yearlyAverage(settings.zone, factorType, clock.nowMs()),
    marginal: createMarginal(settings, deps),
  };
}
