import type { Clock } from '../../model/clock.ts';
import { QUARTER_HOUR_MS, quarterHourStart } from '../../model/energy.ts';
import { IntensityUnavailable } from '../../model/errors.ts';
import { FRENCH_LIFECYCLE, type Fuel, mixIntensity } from '../../model/grid-factors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { type WebAnswer, webRequest } from '../web-request.ts';

const ODRE_URL = 'https://odre.opendatasoft.com/api/explore/v2.1';
const TIMEOUT_MS = 15_000;
const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** The most that the API gives at once. */
const PAGE_ROWS = 100;
/** The API refuses offset + limit above 10 000. */
const MAX_PAGES = 100;
/** Far above any grid: burning nothing but coal is about 1000 g/kWh. */
const MAX_GRAMS_PER_KWH = 2000;

const FUEL_OF_COLUMN: Record<string, Fuel> = {
  nucleaire: 'nuclear',
  hydraulique: 'hydro',
  eolien: 'wind',
  solaire: 'solar',
  gaz: 'gas',
  fioul: 'oil',
  charbon: 'coal',
  bioenergies: 'biomass',
};
const SELECT = ['date_heure', 'nature', 'perimetre', 'taux_co2', ...Object.keys(FUEL_OF_COLUMN)].join(',');

export interface RteOdreSettings {
  clock: Clock;
  /** The portal's API, without a slash at the end; by default ODRÉ itself. */
  baseUrl?: string;
  /** lifecycle, the default: the fuel mix times lifecycle factors. direct: RTE's own `taux_co2`, combustion only. */
  factorType?: IntensityPoint['factorType'];
  /** What the points say they are from, when it is not RTE. */
  provider?: string;
}

/**
 * RTE's éCO2mix of mainland France, through the open data portal ODRÉ: quarter hours, no key, about an hour late, and
 * restated. Per kWh produced: imports are not in it. Attribution: "RTE – éCO2mix / ODRÉ".
 */
export class RteOdre implements IntensitySource {
  readonly provider: string;
  readonly #clock: Clock;
  readonly #baseUrl: string;
  readonly #factorType: IntensityPoint['factorType'];

  constructor({ clock, baseUrl, factorType, provider }: RteOdreSettings) {
    this.#clock = clock;
    this.#baseUrl = baseUrl ?? ODRE_URL;
    this.#factorType = factorType ?? 'lifecycle';
    // Apart by factor type: under one name the two would take each other's place.
    this.provider = provider ?? (this.#factorType === 'lifecycle' ? 'rte-odre' : 'rte-odre-direct');
  }

  /** @throws IntensityUnavailable when ODRÉ can't be reached, refuses, or answers nothing that can be used */
  async fetch(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]> {
    const firstMs = quarterHourStart(fromMs);
    const pages = Math.min(MAX_PAGES, Math.ceil((toMs - firstMs) / QUARTER_HOUR_MS / PAGE_ROWS));
    const rows: unknown[] = [];
    for (let page = 0; page < pages; page++) {
      const more = await this.#page(firstMs, toMs, page * PAGE_ROWS, signal);
      rows.push(...more);
      if (more.length < PAGE_ROWS) break;
    }
    // The portal gives the newest first, and now and then a row twice: the better status of a slot stays.
    const points = new Map<number, IntensityPoint>();
    for (const row of rows) {
      const point = this.#point(row);
      if (point && points.get(point.startMs)?.status !== 'measured') points.set(point.startMs, point);
    }
    if (rows.length > 0 && points.size === 0) {
      throw this.#unavailable(`none of its ${rows.length} rows can be used`);
    }
    return [...points.values()]
      .filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs)
      .sort((a, b) => a.startMs - b.startMs);
  }

  async #page(fromMs: number, toMs: number, offset: number, signal?: AbortSignal): Promise<unknown[]> {
    const url = new URL(`${this.#baseUrl}/catalog/datasets/eco2mix-national-tr/records`);
    url.search = new URLSearchParams({
      select: SELECT,
      // Rows for the rest of the day are there already, empty.
      where: `taux_co2 is not null and date_heure >= '${iso(fromMs)}' and date_heure < '${iso(toMs)}'`,
      order_by: 'date_heure desc',
      limit: String(PAGE_ROWS),
      offset: String(offset),
      timezone: 'UTC',
    }).toString();
    let answer: WebAnswer;
    try {
      const limits = { timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_BODY_BYTES };
      answer = await webRequest(url, { method: 'GET', ...limits, clock: this.#clock, signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw this.#unavailable((error as Error).message);
    }
    return this.#rows(answer);
  }

  #rows({ status, headers, body }: WebAnswer): unknown[] {
    let answer: unknown = null;
    try {
      answer = JSON.parse(body);
    } catch {
      if (status === 200) throw this.#unavailable('its answer is no JSON, or a part of it');
    }
    // Errors may come with 200, as an object where the rows should be.
    const { results, error, message, reset_time } = Object(answer) as Record<string, unknown>;
    if (status === 200 && Array.isArray(results)) return results;
    const reasons = [`it answered ${status}`, error, message];
    if (reset_time !== undefined) reasons.push(`quota until ${reset_time}`);
    if (headers['retry-after'] !== undefined) reasons.push(`retry after ${headers['retry-after']}`);
    throw this.#unavailable(
      reasons
        .filter((reason) => reason !== undefined)
        .join(', ')
        .slice(0, 300),
    );
  }

  /** null for a row that can't be used: empty, not of mainland France, not yet happened, incomplete. */
  #point(row: unknown): IntensityPoint | null {
    const columns = Object(row) as Record<string, unknown>;
    const startMs = timeOf(columns.date_heure);
    const nowMs = this.#clock.nowMs();
    if (startMs === null || startMs % QUARTER_HOUR_MS !== 0 || startMs > nowMs) return null;
    if ((columns.perimetre ?? 'France') !== 'France') return null;
    const factorType = this.#factorType;
    const gramsPerKwh = factorType === 'direct' ? numberOf(columns.taux_co2) : lifecycleOf(columns);
    if (gramsPerKwh === null || gramsPerKwh < 0 || gramsPerKwh > MAX_GRAMS_PER_KWH) return null;
    return {
      zone: 'FR',
      startMs,
      endMs: startMs + QUARTER_HOUR_MS,
      gramsPerKwh,
      factorType,
      basis: 'production',
      // "Données consolidées" and "Données définitives" are checked; "Données temps réel" are not yet.
      status: /consolid|définitiv/i.test(String(columns.nature)) ? 'measured' : 'estimated',
      provider: this.provider,
      fetchedAtMs: nowMs,
    };
  }

  #unavailable(why: string): IntensityUnavailable {
    return new IntensityUnavailable(`RTE éCO2mix (ODRÉ) has no value for us: ${why}`);
  }
}

/** The mix must be complete: without one fuel the others' shares are wrong. */
function lifecycleOf(columns: Record<string, unknown>): number | null {
  const megawatts: Partial<Record<Fuel, number>> = {};
  for (const [column, fuel] of Object.entries(FUEL_OF_COLUMN)) {
    const produced = numberOf(columns[column]);
    if (produced === null) return null;
    megawatts[fuel] = produced;
  }
  return mixIntensity(megawatts as Record<Fuel, number>, FRENCH_LIFECYCLE);
}

/** Some columns are text, some of it "ND" (not available). */
function numberOf(value: unknown): number | null {
  if (typeof value === 'string' && value.trim() === '') return null;
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** Only with an offset: a bare local time is ambiguous. */
function timeOf(value: unknown): number | null {
  if (typeof value !== 'string' || !/(Z|[+-]\d\d:\d\d)$/.test(value)) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
