import type { Logger } from 'pino';
import type { Clock } from '../../model/clock.ts';
import { IntensityUnavailable, wordsOf } from '../../model/errors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource, MarginalSource } from '../../model/ports.ts';

const MAX_FAILURES = 3;
const REST_MS = 5 * 60_000;

type Ask = IntensitySource['fetch'];

/**
 * A source that is left alone for five minutes after three failures in a row, or at once for as long as it says itself,
 * and whose points are all of the one factor type that the studio counts with: a source that mixes them fails. What was
 * and what is forecast are apart: a plan without forecasts must not cost the studio its grid.
 */
export function withBreaker(
  source: IntensitySource,
  factorType: IntensityPoint['factorType'],
  deps: { clock: Clock; log: Logger },
): IntensitySource {
  const alike =
    (ask: Ask): Ask =>
    async (...asked) => {
      const points = await ask.apply(source, asked);
      const stranger = points.find((point) => point.factorType !== factorType);
      if (!stranger) return points;
      throw new IntensityUnavailable(
        `${source.provider} gave ${stranger.factorType} factors, the studio counts ${factorType}: not mixed`,
      );
    };
  const { provider, fetch, forecast } = source;
  return {
    provider,
    fetch: guarded(provider, alike(fetch), deps),
    ...(forecast && { forecast: guarded(provider, alike(forecast), deps) }),
  };
}

/** The same for marginal intensity. */
export function withMarginalBreaker(source: MarginalSource, deps: { clock: Clock; log: Logger }): MarginalSource {
  const { provider } = source;
  return {
    provider,
    fetch: guarded(provider, (...asked) => source.fetch(...asked), deps),
    forecast: guarded(provider, (...asked) => source.forecast(...asked), deps),
  };
}

type Asking<Point> = (fromMs: number, toMs: number, signal?: AbortSignal) => Promise<Point[]>;

function guarded<Point>(provider: string, ask: Asking<Point>, { clock, log }: { clock: Clock; log: Logger }) {
  let failures = 0;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let trouble = '';
  const guardedAsk: Asking<Point> = async (fromMs, toMs, signal) => {
    if (clock.monotonicMs() < restUntilMs) throw new IntensityUnavailable(trouble);
    try {
      const points = await ask(fromMs, toMs, signal);
      failures = 0;
      return points;
    } catch (error) {
      if (signal?.aborted) throw error;
      failures += 1;
      trouble = wordsOf(error);
      const asked = error instanceof IntensityUnavailable ? error.restMs : 0;
      const restMs = Math.max(asked, failures >= MAX_FAILURES ? REST_MS : 0);
      if (restMs > 0) {
        restUntilMs = clock.monotonicMs() + restMs;
        log.warn(
          { event: 'provider-rested', provider, failures },
          `left alone for ${Math.ceil(restMs / 60_000)} min: ${trouble}`,
        );
      }
      throw error;
    }
  };
  return guardedAsk;
}
