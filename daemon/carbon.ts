import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import { HOLD_MS, type Pricing, pricing } from '../model/emissions.ts';
import { QUARTER_HOUR_MS, quarterHourStart } from '../model/energy.ts';
import type { IntensityPoint } from '../model/intensity.ts';
import type { IntensitySource, Journal } from '../model/ports.ts';

const REFRESH_MS = 15 * 60_000;
const RETRY_MS = 2 * 60_000;
/** Providers restate for about a day: fetch it all again each time. */
const WINDOW_MS = 24 * 3_600_000;
/** After an absence of the provider or of the network, what was missed is fetched as far back as this. */
const CATCH_UP_MS = 7 * 24 * 3_600_000;
/** Points kept in memory: what may be caught up with, and what may stand in for its first quarter hour. */
const KEEP_MS = CATCH_UP_MS + HOLD_MS;

export interface CarbonDeps {
  clock: Clock;
  log: Logger;
  journal: Journal;
  /** In order of preference; the last resort is `fallback`, not one of these. */
  sources: readonly IntensitySource[];
  /** The yearly average of the country; null when it is not known. */
  fallback: IntensityPoint | null;
  /** New or restated points. */
  onPoints(points: readonly IntensityPoint[]): void;
}

/** Keeps the grid's carbon intensity of the last day up to date, and prices quarter hours with it. */
export class Carbon {
  readonly #deps: CarbonDeps;
  readonly #abort = new AbortController();
  #points: IntensityPoint[] = [];
  #price: Pricing | null = null;
  #trouble: string | null = null;
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: CarbonDeps) {
    this.#deps = deps;
  }

  /** Why no provider answers, or null. */
  get trouble(): string | null {
    return this.#trouble;
  }

  async start(): Promise<void> {
    const now = this.#deps.clock.nowMs();
    this.#points = await this.#deps.journal.intensities(now - KEEP_MS, now + KEEP_MS);
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#loop;
  }

  /** What the quarter hour now costs; null when not even an average is known. */
  now(): IntensityPoint | null {
    return this.price(quarterHourStart(this.#deps.clock.nowMs()));
  }

  /** Prices the quarter hours of the last days. */
  get price(): Pricing {
    this.#price ??= this.pricing(this.#points);
    return this.#price;
  }

  /** Prices the quarter hours of [fromMs, toMs), however long ago. */
  async pricingOf(fromMs: number, toMs: number): Promise<Pricing> {
    return this.pricing(await this.#deps.journal.intensities(fromMs - HOLD_MS, toMs));
  }

  /** Prices quarter hours with these points, in the sources' order; those of other sources (counted otherwise) are not used. */
  pricing(points: readonly IntensityPoint[]): Pricing {
    const { sources, fallback } = this.#deps;
    return pricing(
      points,
      sources.map(({ provider }) => provider),
      fallback,
    );
  }

  async #run(): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const reached = await this.#refresh(signal);
      await clock.sleep(reached ? REFRESH_MS : RETRY_MS, signal).catch(() => {});
    }
  }

  /** true when there is nothing to try again soon. */
  async #refresh(signal: AbortSignal): Promise<boolean> {
    const { clock, sources, log } = this.#deps;
    const toMs = quarterHourStart(clock.nowMs()) + QUARTER_HOUR_MS;
    const problems: string[] = [];
    for (const source of sources) {
      try {
        const points = await source.fetch(this.#fetchFrom(source, toMs), toMs, signal);
        if (signal.aborted) return true;
        if (points.length === 0) {
          problems.push(`${source.provider} has no value for the last day`);
          continue;
        }
        this.#take(points);
        if (this.#trouble) log.info({ provider: source.provider }, 'grid carbon intensity is known again');
        this.#trouble = null;
        return true;
      } catch (error) {
        if (signal.aborted) return true;
        problems.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (problems.length === 0) return true;
    const trouble = problems.join('; ');
    if (trouble !== this.#trouble)
      log.warn(`no current grid carbon intensity, the yearly average stands in: ${trouble}`);
    this.#trouble = trouble;
    return false;
  }

  /** The last day, or since the last point that is known when that is longer ago. */
  #fetchFrom(source: IntensitySource, toMs: number): number {
    const own = this.#points.filter(({ provider }) => provider === source.provider);
    const knownToMs = own.reduce((latest, { endMs }) => Math.max(latest, endMs), toMs - CATCH_UP_MS);
    return own.length === 0 ? toMs - WINDOW_MS : Math.min(toMs - WINDOW_MS, knownToMs);
  }

  #take(points: readonly IntensityPoint[]): void {
    const byKey = new Map(this.#points.map((point) => [keyOf(point), point]));
    const news = points.filter((point) => {
      const known = byKey.get(keyOf(point));
      return !known || known.gramsPerKwh !== point.gramsPerKwh || known.status !== point.status;
    });
    for (const point of news) byKey.set(keyOf(point), point);
    const oldestMs = this.#deps.clock.nowMs() - KEEP_MS;
    this.#points = [...byKey.values()].filter(({ endMs }) => endMs > oldestMs);
    this.#price = null;
    if (news.length > 0) this.#deps.onPoints(news);
  }
}

function keyOf({ zone, startMs, provider, factorType }: IntensityPoint): string {
  return `${zone}|${startMs}|${provider}|${factorType}`;
}
