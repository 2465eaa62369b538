import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import type { MarginalPoint } from '../model/intensity.ts';
import type { MarginalSource } from '../model/ports.ts';

/**
 * Marginal intensity of a time that may be past, future or both, oldest first; null where nobody can be asked or nobody
 * answers. For what-if only.
 */
export async function marginalPoints(
  source: MarginalSource | null,
  fromMs: number,
  toMs: number,
  { clock, log }: { clock: Clock; log: Logger },
): Promise<MarginalPoint[] | null> {
  if (!source) return null;
  const nowMs = clock.nowMs();
  try {
    const past = fromMs < nowMs ? await source.fetch(fromMs, Math.min(toMs, nowMs)) : [];
    const ahead = toMs > nowMs ? await source.forecast(Math.max(fromMs, nowMs), toMs) : [];
    const knownToMs = past.at(-1)?.endMs ?? fromMs;
    return [...past, ...ahead.filter(({ startMs }) => startMs >= knownToMs)];
  } catch (error) {
    log.warn(`no marginal intensity: ${(error as Error).message}`);
    return null;
  }
}
