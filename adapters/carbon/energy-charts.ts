import type { Clock } from '../../model/clock.ts';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { ProviderClient } from './provider-client.ts';
import { gramsPerKwhOf, numberOf } from './values.ts';

const BASE_URL = 'https://api.energy-charts.info';
/** Its public limits are strict and answered with 429 even for small bursts. */
const SPACING_MS = 1000;
const HOUR_MS = 3_600_000;

/** By grid zone: the code that the API knows it by, where that is another one. */
const CODES: ReadonlyMap<string, string> = new Map(
  'DE CH AT BE BG CY CZ DK EE ES FI FR GR HR HU IE IT LT LU LV NL NO PL PT RO SE SI SK'
    .split(' ')
    .map((zone) => [zone, zone.toLowerCase()] as const)
    .concat([
      ['GB', 'uk'],
      ['GB-NIR', 'nie'],
    ]),
);

export function energyChartsKnows(zone: string): boolean {
  return CODES.has(zone);
}

/**
 * Energy-Charts of Fraunhofer ISE: quarter hours of many European countries, without a key; the yearly lifecycle
 * factors of the sources times the production of the country. Its forecasts lie some grams off its measurements: they
 * are kept apart. Attribution: "Energy-Charts.info (CC BY 4.0)".
 */
export class EnergyCharts implements IntensitySource {
  readonly provider = 'energy-charts';
  readonly #clock: Clock;
  readonly #client: ProviderClient;
  readonly #zone: string;
  readonly #baseUrl: string;

  constructor({ clock, zone, baseUrl }: { clock: Clock; zone: string; baseUrl?: string }) {
    this.#clock = clock;
    this.#client = new ProviderClient({ who: 'Energy-Charts', clock, spacingMs: SPACING_MS });
    this.#zone = zone;
    this.#baseUrl = baseUrl ?? BASE_URL;
  }

  fetch(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]> {
    return this.#points('co2eq', fromMs, toMs, signal);
  }

  forecast(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]> {
    return this.#points('co2eq_forecast', fromMs, toMs, signal);
  }

  async #points(
    column: 'co2eq' | 'co2eq_forecast',
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): Promise<IntensityPoint[]> {
    const url = new URL(`${this.#baseUrl}/co2eq`);
    url.search = new URLSearchParams({
      country: CODES.get(this.#zone) ?? this.#zone.toLowerCase(),
      // Dates alone would be local days. From the hour on: what began before `fromMs` may last beyond it.
      start: String((Math.floor(fromMs / HOUR_MS) * HOUR_MS) / 1000),
      end: String(Math.ceil(toMs / 1000)),
    }).toString();
    const answer = await this.#client.get(url, { signal });
    if (answer.status === 404) return [];
    const { unix_seconds: seconds, [column]: values } = Object(this.#client.parsed(answer)) as Record<string, unknown>;
    if (!Array.isArray(seconds) || !Array.isArray(values) || seconds.length !== values.length)
      throw this.#client.unavailable(`its answer has no ${column} for each of its times`);

    const nowMs = this.#clock.nowMs();
    const times = seconds.map((second) => (numberOf(second) ?? Number.NaN) * 1000);
    const slotMs = stepOf(times);
    const rows = times
      .map((startMs, index) => ({ startMs, value: values[index] as unknown }))
      // Empty where the other column has the value, and at the end of the day.
      .filter(({ value }) => value !== null);
    const forecast = column === 'co2eq_forecast';
    return this.#client.points(
      rows,
      ({ startMs, value }) => {
        const gramsPerKwh = gramsPerKwhOf(value);
        if (gramsPerKwh === null || Number.isNaN(startMs) || (!forecast && startMs > nowMs)) return null;
        return {
          zone: this.#zone,
          startMs,
          endMs: startMs + slotMs,
          gramsPerKwh,
          factorType: 'lifecycle',
          basis: 'production',
          status: forecast ? 'forecast' : 'measured',
          provider: this.provider,
          fetchedAtMs: nowMs,
        };
      },
      fromMs,
      toMs,
    );
  }
}

/** Quarter hours; some countries report by the hour. */
function stepOf(times: readonly number[]): number {
  const ordered = [...new Set(times)].sort((a, b) => a - b);
  const steps = ordered.slice(1).map((time, index) => time - (ordered[index] ?? time));
  const least = Math.min(...steps.filter((step) => step > 0));
  return least >= QUARTER_HOUR_MS && least <= HOUR_MS ? least : QUARTER_HOUR_MS;
}
