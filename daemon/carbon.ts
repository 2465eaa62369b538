import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import { HOLD_MS, type Pricing, pricing } from '../model/emissions.ts';
import { QUARTER_HOUR_MS, quarterHourStart } from '../model/energy.ts';
import { wordsOf } from '../model/errors.ts';
import type { IntensityPoint } from '../model/intensity.ts';
import { iso } from '../model/iso.ts';
import { partJumps } from '../model/jumps.ts';
import type { IntensitySource, Journal, MarginalSource } from '../model/ports.ts';
import { marginalOf } from './marginal.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const REFRESH_MS = 15 * 60_000;
const RETRY_MS = 2 * 60_000;
/** Providers are late by an hour or two: this much is fetched each time. */
const RECENT_MS = 3 * HOUR_MS;
/** They restate for about a day, and are consolidated within days: fetched again once an hour and once a day. */
const RESTATED_HOURLY_MS = DAY_MS;
const RESTATED_DAILY_MS = 7 * DAY_MS;
/** Points kept in memory: what may be restated, and what may stand in for its first quarter hour. */
const KEEP_MS = RESTATED_DAILY_MS + HOLD_MS;
/** As far as any provider looks ahead. */
const FORECAST_MS = 3 * DAY_MS;

interface CarbonDeps {
  clock: Clock;
  log: Logger;
  journal: Journal;
  /** In order of preference; the last resort is `fallback`, not one of these. */
  sources: readonly IntensitySource[];
  /** What the studio counts. */
  factorType: IntensityPoint['factorType'];
  /** The yearly average of the zone; null when it is not known. */
  fallback: IntensityPoint | null;
  /** For what-if only; null where none is set up. */
  marginal: MarginalSource | null;
  /** New or restated points. */
  onPoints(points: readonly IntensityPoint[]): void;
}

/** Keeps the grid's carbon intensity of the last days up to date, and prices quarter hours with it. */
export class Carbon {
  readonly #deps: CarbonDeps;
  readonly #abort = new AbortController();
  /** What a kWh more or less changes, for what-if only; null where nobody tells. */
  readonly marginal: ReturnType<typeof marginalOf>;
  /** When each provider's last day and last week were fetched, monotonic ms. */
  readonly #fetched = new Map<string, { dayAtMs: number; weekAtMs: number }>();
  /** What each provider gave that is not believed yet. */
  readonly #held = new Map<string, IntensityPoint[]>();
  #points: IntensityPoint[] = [];
  #price: Pricing | null = null;
  #trouble: string | null = null;
  #forecast: { asked: Promise<IntensityPoint[] | null>; untilMs: number } | null = null;
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: CarbonDeps) {
    this.#deps = deps;
    this.marginal = marginalOf(deps.marginal, deps);
  }

  /** What a technician should know: why no provider has a current value, which values are not believed. */
  get problems(): string[] {
    const jumps = [...this.#held.values()].flatMap((points) => points.slice(-1)).map(heldText);
    return [...(this.#trouble ? [this.#trouble] : []), ...jumps];
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

  /** The newest value that a provider gave, however old it is. */
  lastGood(): IntensityPoint | null {
    const own = this.#points.filter(({ factorType }) => factorType === this.#deps.factorType);
    return own.reduce<IntensityPoint | null>((last, point) => (last && last.endMs > point.endMs ? last : point), null);
  }

  /** Prices the quarter hours of the last days. */
  get price(): Pricing {
    this.#price ??= this.pricing(this.#points);
    return this.#price;
  }

  /** What decides a price besides the points themselves. */
  get basis(): string {
    const { sources, fallback, factorType } = this.#deps;
    return JSON.stringify([factorType, sources.map(({ provider }) => provider), fallback]);
  }

  /** Prices the quarter hours of [fromMs, toMs), however long ago. */
  async pricingOf(fromMs: number, toMs: number): Promise<Pricing> {
    return this.pricing(await this.#deps.journal.intensities(fromMs - HOLD_MS, toMs));
  }

  /** The same with what was known at `atMs`, before providers restated it. */
  async pricingKnownAt(fromMs: number, toMs: number, atMs: number): Promise<Pricing> {
    return this.pricing(await this.#deps.journal.intensitiesKnownAt(fromMs - HOLD_MS, toMs, atMs));
  }

  /**
   * Prices quarter hours with these points, in the sources' order; then those of providers that were asked in former
   * times, for what was measured then. Of another factor type none.
   */
  pricing(points: readonly IntensityPoint[]): Pricing {
    const { sources, fallback, factorType } = this.#deps;
    const alike = points.filter((point) => point.factorType === factorType);
    const former = [...new Set(alike.map(({ provider }) => provider))].sort();
    return pricing(alike, [...new Set([...sources.map(({ provider }) => provider), ...former])], fallback);
  }

  /** What the first provider that forecasts expects for [fromMs, toMs), asked at most once an hour; null when none does. */
  async forecast(fromMs: number, toMs: number): Promise<IntensityPoint[] | null> {
    const { clock } = this.#deps;
    if (!this.#forecast || clock.monotonicMs() >= this.#forecast.untilMs) {
      const asking = { asked: this.#askForecast(), untilMs: clock.monotonicMs() + HOUR_MS };
      this.#forecast = asking;
      if (!(await asking.asked)) asking.untilMs = clock.monotonicMs() + RETRY_MS;
    }
    const known = await this.#forecast.asked;
    return known?.filter((point) => point.startMs < toMs && point.endMs > fromMs) ?? null;
  }

  async #askForecast(): Promise<IntensityPoint[] | null> {
    const { clock, log, sources } = this.#deps;
    const nowMs = clock.nowMs();
    for (const source of sources) {
      try {
        const points = await source.forecast?.(nowMs, nowMs + FORECAST_MS, this.#abort.signal);
        if (points && points.length > 0) return points;
      } catch (error) {
        log.info({ event: 'forecast-none' }, `no forecast: ${wordsOf(error)}`);
      }
    }
    return null;
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
    let answered = sources.length === 0;
    for (const source of sources) {
      try {
        const points = await this.#fetch(source, toMs, signal);
        if (signal.aborted) return true;
        this.#take(source.provider, points);
        answered = true;
        const newestMs = this.#newestOf(source.provider);
        if (newestMs !== null && toMs - newestMs <= HOLD_MS) {
          if (this.#trouble)
            log.info({ event: 'intensity-known', provider: source.provider }, 'grid carbon intensity is known again');
          this.#trouble = null;
          return true;
        }
        problems.push(
          `${source.provider} is late: ${newestMs ? `its last value ends at ${iso(newestMs)}` : 'no value'}`,
        );
      } catch (error) {
        if (signal.aborted) return true;
        problems.push(wordsOf(error));
      }
    }
    const trouble = problems.length > 0 ? problems.join('; ') : null;
    if (trouble && trouble !== this.#trouble)
      log.warn(
        { event: 'intensity-static' },
        `no current grid carbon intensity, the yearly average stands in: ${trouble}`,
      );
    this.#trouble = trouble;
    return answered;
  }

  /** What is new, once an hour the last day, once a day the last week; what was missed, as far back as a week. */
  async #fetch(source: IntensitySource, toMs: number, signal: AbortSignal): Promise<IntensityPoint[]> {
    const nowMs = this.#deps.clock.monotonicMs();
    const knownToMs = this.#newestOf(source.provider);
    const before = this.#fetched.get(source.provider);
    // What was never fetched can't have been restated: of a new provider a day is enough.
    const weekAtMs = before?.weekAtMs ?? (knownToMs === null ? nowMs : Number.NEGATIVE_INFINITY);
    const isWeek = nowMs - weekAtMs >= DAY_MS;
    const isDay = !before || nowMs - before.dayAtMs >= HOUR_MS;
    const spanMs = isWeek ? RESTATED_DAILY_MS : isDay ? RESTATED_HOURLY_MS : RECENT_MS;
    const fromMs = Math.max(toMs - RESTATED_DAILY_MS, Math.min(toMs - spanMs, knownToMs ?? toMs));
    const points = await source.fetch(fromMs, toMs, signal);
    this.#fetched.set(source.provider, {
      dayAtMs: isDay || isWeek ? nowMs : before.dayAtMs,
      weekAtMs: isWeek ? nowMs : weekAtMs,
    });
    return points;
  }

  #newestOf(provider: string): number | null {
    const own = this.#points.filter((point) => point.provider === provider);
    return own.length === 0 ? null : own.reduce((latest, { endMs }) => Math.max(latest, endMs), 0);
  }

  #take(provider: string, points: readonly IntensityPoint[]): void {
    const first = points[0];
    const before = this.#points.find((point) => point.provider === provider && point.endMs === first?.startMs);
    const { believed, held } = partJumps(points, before ?? null);
    for (const point of held)
      if (!this.#held.get(provider)?.some(({ startMs }) => startMs === point.startMs))
        this.#deps.log.warn({ event: 'intensity-held', provider }, heldText(point));
    // A wrong value of hours ago is in the log; what waits to be confirmed is a problem of now.
    const lastMs = points.at(-1)?.startMs;
    this.#held.set(
      provider,
      held.filter(({ startMs }) => startMs === lastMs),
    );
    const byKey = new Map(this.#points.map((point) => [keyOf(point), point]));
    const news = believed.filter((point) => {
      const known = byKey.get(keyOf(point));
      return !known || known.gramsPerKwh !== point.gramsPerKwh || known.status !== point.status;
    });
    // Also what is not new: of what the journal kept, the low-carbon share comes back with it.
    for (const point of believed) byKey.set(keyOf(point), point);
    const oldestMs = this.#deps.clock.nowMs() - KEEP_MS;
    this.#points = [...byKey.values()].filter(({ endMs }) => endMs > oldestMs);
    this.#price = null;
    if (news.length > 0) this.#deps.onPoints(news);
  }
}

function heldText({ provider, startMs, gramsPerKwh }: IntensityPoint): string {
  const value = `${provider} says ${gramsPerKwh.toFixed(1)} g/kWh for ${iso(startMs)}`;
  return `${value}, more than three times off the value before: held until the next one confirms it`;
}

function keyOf({ zone, startMs, provider, factorType }: IntensityPoint): string {
  return `${zone}|${startMs}|${provider}|${factorType}`;
}
