import type { Clock } from '../../model/clock.ts';
import { QUARTER_HOUR_MS, quarterHourStart } from '../../model/energy.ts';
import { FRENCH_LIFECYCLE, type Fuel, lowCarbonShare, mixIntensity } from '../../model/grid-factors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { iso } from '../../model/iso.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { ProviderClient } from './provider-client.ts';
import { gramsPerKwhOf, numberOf, timeOf } from './values.ts';

const ODRE_URL = 'https://odre.opendatasoft.com/api/explore/v2.1';
/** The most that the API gives at once. */
const PAGE_ROWS = 100;
/** The API refuses offset + limit above 10 000. */
const MAX_PAGES = 100;

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
  readonly #client: ProviderClient;
  readonly #baseUrl: string;
  readonly #factorType: IntensityPoint['factorType'];

  constructor({ clock, baseUrl, factorType, provider }: RteOdreSettings) {
    this.#clock = clock;
    this.#client = new ProviderClient({ who: 'RTE éCO2mix (ODRÉ)', clock });
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
    return this.#client.points(rows, (row) => this.#point(row), fromMs, toMs);
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
    const answer = await this.#client.get(url, { signal });
    // Errors may come with 200, as an object where the rows should be.
    const { results } = Object(this.#client.parsed(answer)) as { results?: unknown };
    if (!Array.isArray(results)) throw this.#client.refusal(answer);
    return results;
  }

  /** null for a row that can't be used: empty, not of mainland France, not yet happened, incomplete. */
  #point(row: unknown): IntensityPoint | null {
    const columns = Object(row) as Record<string, unknown>;
    const startMs = timeOf(columns.date_heure);
    const nowMs = this.#clock.nowMs();
    if (startMs === null || startMs % QUARTER_HOUR_MS !== 0 || startMs > nowMs) return null;
    if ((columns.perimetre ?? 'France') !== 'France') return null;
    const factorType = this.#factorType;
    const mix = mixOf(columns);
    const lifecycle = mix && mixIntensity(mix, FRENCH_LIFECYCLE);
    const gramsPerKwh = gramsPerKwhOf(factorType === 'direct' ? columns.taux_co2 : lifecycle);
    if (gramsPerKwh === null) return null;
    const share = mix && lowCarbonShare(mix, FRENCH_LIFECYCLE);
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
      ...(share === null ? {} : { lowCarbonShare: share }),
    };
  }
}

/** The mix must be complete: without one fuel the others' shares are wrong. */
function mixOf(columns: Record<string, unknown>): Record<Fuel, number> | null {
  const megawatts: Partial<Record<Fuel, number>> = {};
  for (const [column, fuel] of Object.entries(FUEL_OF_COLUMN)) {
    const produced = numberOf(columns[column]);
    if (produced === null) return null;
    megawatts[fuel] = produced;
  }
  return megawatts as Record<Fuel, number>;
}
