import type { Clock } from '../../model/clock.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { ProviderClient } from './provider-client.ts';
import { gramsPerKwhOf, timeOf } from './values.ts';

const BASE_URL = 'https://api.carbonintensity.org.uk';
const HALF_HOUR_MS = 30 * 60_000;

/** A part of Great Britain: an outward postcode (`RG10`), or one of the API's regions, 1..17 (13 is London). */
export type NesoRegion = string | number;

/**
 * NESO's Carbon Intensity API of Great Britain, national or of one region: half hours, no key. Direct emissions of the
 * generation with imports and transmission losses: never beside lifecycle numbers. Nationally what was is an "estimated
 * actual", of a region there are only forecasts: both are estimates here, once their time has come. Attribution: "NESO
 * Carbon Intensity API (CC BY 4.0)".
 */
export class Neso implements IntensitySource {
  readonly provider: string;
  readonly #clock: Clock;
  readonly #client: ProviderClient;
  readonly #region: NesoRegion | null;
  readonly #baseUrl: string;

  constructor({ clock, region, baseUrl }: { clock: Clock; region?: NesoRegion | undefined; baseUrl?: string }) {
    this.#clock = clock;
    this.#client = new ProviderClient({ who: 'NESO Carbon Intensity API', clock });
    this.#region = region ?? null;
    this.#baseUrl = baseUrl ?? BASE_URL;
    this.provider = this.#region === null ? 'neso' : 'neso-regional';
  }

  async fetch(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]> {
    const nowMs = this.#clock.nowMs();
    const rows = await this.#rows(`${minute(fromMs)}/${minute(toMs)}`, signal);
    return this.#points(
      rows.filter((row) => (timeOf(Object(row).from) ?? 0) <= nowMs),
      'estimated',
      fromMs,
      toMs,
    );
  }

  async forecast(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]> {
    return this.#points(await this.#rows(`${minute(fromMs)}/fw48h`, signal), 'forecast', fromMs, toMs);
  }

  async #rows(period: string, signal: AbortSignal | undefined): Promise<unknown[]> {
    const region = this.#region;
    const kind = typeof region === 'string' ? 'postcode' : 'regionid';
    const url = region === null ? `/intensity/${period}` : `/regional/intensity/${period}/${kind}/${region}`;
    const answer = await this.#client.get(new URL(`${this.#baseUrl}${url}`), {
      headers: { accept: 'application/json' },
      signal,
    });
    const { data } = Object(this.#client.parsed(answer)) as { data?: unknown };
    const rows = region === null ? data : this.#regionalRows(data, region);
    if (!Array.isArray(rows)) throw this.#client.refusal(answer);
    return rows;
  }

  /** The API's own words show the region in a list; what it sends is the region alone. */
  #regionalRows(data: unknown, region: NesoRegion): unknown {
    const { regionid, postcode, data: rows } = Object(Array.isArray(data) ? data[0] : data) as Record<string, unknown>;
    const answered = typeof region === 'string' ? postcode : regionid;
    if (rows !== undefined && String(answered).toUpperCase() !== String(region).toUpperCase())
      throw this.#client.unavailable(`it answered for region ${answered} when asked for ${region}`);
    return rows;
  }

  #points(rows: readonly unknown[], status: 'estimated' | 'forecast', fromMs: number, toMs: number): IntensityPoint[] {
    return this.#client.points(
      rows,
      (row) => {
        const { from, intensity } = Object(row) as { from?: unknown; intensity?: unknown };
        const { actual, forecast } = Object(intensity) as { actual?: unknown; forecast?: unknown };
        const startMs = timeOf(from);
        const gramsPerKwh = gramsPerKwhOf(status === 'forecast' ? forecast : (actual ?? forecast));
        if (startMs === null || gramsPerKwh === null) return null;
        return {
          zone: zoneOf(this.#region),
          startMs,
          endMs: startMs + HALF_HOUR_MS,
          gramsPerKwh,
          factorType: 'direct',
          basis: 'consumption',
          status,
          provider: this.provider,
          fetchedAtMs: this.#clock.nowMs(),
        };
      },
      fromMs,
      toMs,
    );
  }
}

function zoneOf(region: NesoRegion | null): string {
  if (region === null) return 'GB';
  return typeof region === 'string' ? `GB-${region.toUpperCase()}` : `GB-region-${region}`;
}

/** The API takes no seconds. */
function minute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
