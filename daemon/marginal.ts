import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import type { MarginalPoint } from '../model/intensity.ts';
import type { MarginalSource } from '../model/ports.ts';

/** As often as they are made anew. */
const KEEP_MS = 5 * 60_000;
const MOST_KEPT = 50;

type Answer = Promise<MarginalPoint[] | null>;
type Deps = { clock: Clock; log: Logger };

/**
 * Marginal intensity of a time that may be past, future or both, oldest first; null where nobody can be asked or nobody
 * answers. Asked once for each span and up to five minutes old: the scenarios of a what-if, for which alone it is, share
 * their base.
 */
export function marginalOf(source: MarginalSource | null, deps: Deps): (fromMs: number, toMs: number) => Answer {
  const answers = new Map<string, { answer: Answer; untilMs: number }>();
  return (fromMs, toMs) => {
    const nowMs = deps.clock.monotonicMs();
    const key = `${fromMs}|${toMs}`;
    const known = answers.get(key);
    if (known && nowMs < known.untilMs) return known.answer;
    const answer = source ? ask(source, fromMs, toMs, deps) : Promise.resolve(null);
    // The oldest make room.
    answers.delete(key);
    for (const oldest of answers.keys()) if (answers.size >= MOST_KEPT) answers.delete(oldest);
    answers.set(key, { answer, untilMs: nowMs + KEEP_MS });
    return answer;
  };
}

async function ask(source: MarginalSource, fromMs: number, toMs: number, { clock, log }: Deps): Answer {
  const nowMs = clock.nowMs();
  try {
    const past = fromMs < nowMs ? await source.fetch(fromMs, Math.min(toMs, nowMs)) : [];
    const ahead = toMs > nowMs ? await source.forecast(Math.max(fromMs, nowMs), toMs) : [];
    const knownToMs = past.at(-1)?.endMs ?? fromMs;
    return [...past, ...ahead.filter(({ startMs }) => startMs >= knownToMs)];
  } catch (error) {
    log.warn({ event: 'marginal-none' }, `no marginal intensity: ${(error as Error).message}`);
    return null;
  }
}
