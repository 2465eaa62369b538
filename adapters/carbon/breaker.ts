import type { Logger } from 'pino';
import type { Clock } from '../../model/clock.ts';
import { IntensityUnavailable } from '../../model/errors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';

const MAX_FAILURES = 3;
const REST_MS = 5 * 60_000;

/**
 * A source that is left alone for five minutes after three failures in a row, or at once for as long as it says itself,
 * and whose points are all of the one factor type that the studio counts with: a source that mixes them fails.
 */
export function withBreaker(
  source: IntensitySource,
  factorType: IntensityPoint['factorType'],
  { clock, log }: { clock: Clock; log: Logger },
): IntensitySource {
  let failures = 0;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let trouble = '';

  const guarded = async (ask: () => Promise<IntensityPoint[]>, signal: AbortSignal | undefined) => {
    if (clock.monotonicMs() < restUntilMs) throw new IntensityUnavailable(trouble);
    try {
      const points = await ask();
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
      const asked = error instanceof IntensityUnavailable ? error.restMs : 0;
      const restMs = Math.max(asked, failures >= MAX_FAILURES ? REST_MS : 0);
      if (restMs > 0) {
        restUntilMs = clock.monotonicMs() + restMs;
        log.warn(
          { provider: source.provider, failures },
          `left alone for ${Math.ceil(restMs / 60_000)} min: ${trouble}`,
        );
      }
      throw error;
    }
  };

  const { forecast } = source;
  return {
    provider: source.provider,
    fetch: (fromMs, toMs, signal) => guarded(() => source.fetch(fromMs, toMs, signal), signal),
    ...(forecast && {
      forecast: (fromMs, toMs, signal) => guarded(() => forecast.call(source, fromMs, toMs, signal), signal),
    }),
  };
}
