import type { Logger } from 'pino';
import type { Clock } from '../../model/clock.ts';
import { IntensityUnavailable } from '../../model/errors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';

const MAX_FAILURES = 3;
const REST_MS = 5 * 60_000;

/**
 * A source that is left alone for five minutes after three failures in a row, and whose points are all of the one factor
 * type that the studio counts with: a source that mixes them fails.
 */
export function withBreaker(
  source: IntensitySource,
  factorType: IntensityPoint['factorType'],
  { clock, log }: { clock: Clock; log: Logger },
): IntensitySource {
  let failures = 0;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let trouble = '';
  return {
    provider: source.provider,
    async fetch(fromMs, toMs, signal) {
      if (clock.monotonicMs() < restUntilMs) throw new IntensityUnavailable(trouble);
      try {
        const points = await source.fetch(fromMs, toMs, signal);
        const stranger = points.find((point) => point.factorType !== factorType);
        if (stranger) {
          throw new IntensityUnavailable(
            `${source.provider} gave ${stranger.factorType} factors, the studio counts ${factorType}: not mixed`,
          );
        }
        failures = 0;
        return points;
      } catch (error) {
        if (signal?.aborted) throw error;
        failures += 1;
        trouble = error instanceof Error ? error.message : String(error);
        if (failures >= MAX_FAILURES) {
          restUntilMs = clock.monotonicMs() + REST_MS;
          log.warn({ provider: source.provider, failures }, 'left alone for five minutes');
        }
        throw error;
      }
    },
  };
}
