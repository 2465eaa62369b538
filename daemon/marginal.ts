import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import type { MarginalPoint } from '../model/intensity.ts';
import type { MarginalSource } from '../model/ports.ts';

/** As often as they are made anew. */
const KEEP_MS = 5 * 60_000;
const MOST_KEPT = 50;

type Answer = Promise<MarginalPoint[] | null>;

/** Asks for marginal intensity once for each span: the scenarios of a what-if share their base. */
export class Marginal {
  readonly #source: MarginalSource | null;
  readonly #deps: { clock: Clock; log: Logger };
  readonly #answers = new Map<string, { answer: Answer; untilMs: number }>();

  constructor(source: MarginalSource | null, deps: { clock: Clock; log: Logger }) {
    this.#source = source;
    this.#deps = deps;
  }

  /** As `marginalPoints`, up to five minutes old. */
  points(fromMs: number, toMs: number): Answer {
    const nowMs = this.#deps.clock.monotonicMs();
    const key = `${fromMs}|${toMs}`;
    const known = this.#answers.get(key);
    if (known && nowMs < known.untilMs) return known.answer;
    const answer = marginalPoints(this.#source, fromMs, toMs, this.#deps);
    // The oldest make room.
    this.#answers.delete(key);
    for (const oldest of this.#answers.keys()) if (this.#answers.size >= MOST_KEPT) this.#answers.delete(oldest);
    this.#answers.set(key, { answer, untilMs: nowMs + KEEP_MS });
    return answer;
  }
}

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
    log.warn({ event: 'marginal-none' }, `no marginal intensity: ${(error as Error).message}`);
    return null;
  }
}
