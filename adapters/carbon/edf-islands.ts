import type { Clock } from '../../model/clock.ts';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import {
  lowCarbonShare,
  mixIntensity,
  WORLD_DIRECT,
  WORLD_LIFECYCLE,
  type WorldFuel,
} from '../../model/grid-factors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { iso } from '../../model/iso.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { ProviderClient } from './provider-client.ts';
import { numberOf, timeOf } from './values.ts';

interface Portal {
  name: string;
  url: string;
  dataset: string;
  /** What each column of megawatts burns or turns. There is no gas network on any of them: turbines burn oil. */
  columns: Record<string, WorldFuel>;
}

/** Datasets and columns as read by Electricity Maps' own collector in 2026. */
const PORTALS: Record<string, Portal> = {
  'FR-COR': {
    name: 'corse',
    url: 'https://opendata-corse.edf.fr',
    dataset: 'production-delectricite-par-filiere-en-temps-reel',
    columns: {
      moteur_diesel: 'oil',
      tac: 'oil',
      hydraulique: 'hydro',
      micro_hydro: 'hydro',
      photovoltaique: 'solar',
      eolien: 'wind',
      bioenergies: 'biomass',
    },
  },
  RE: {
    name: 'reunion',
    url: 'https://opendata-reunion.edf.fr',
    dataset: 'prod-electricite-temps-reel',
    columns: {
      bioenergies: 'biomass',
      // The former coal and diesel plants burn wood pellets and rapeseed oil since 2024; the columns kept their names.
      charbon: 'biomass',
      diesel: 'biomass',
      turbines_combustion: 'oil',
      hydraulique: 'hydro',
      photovoltaique: 'solar',
      eolien: 'wind',
    },
  },
  GF: {
    name: 'guyane',
    url: 'https://opendata-guyane.edf.fr',
    dataset: 'production-d-electricite-par-filiere-en-temps-reel',
    columns: {
      bioenergies: 'biomass',
      hydraulique: 'hydro',
      moteur_diesel: 'oil',
      tac: 'oil',
      photovoltaique: 'solar',
    },
  },
  MQ: {
    name: 'martinique',
    url: 'https://opendata-martinique.edf.fr',
    dataset: 'production-delectricite-par-filiere-en-temps-reel',
    columns: {
      bioenergies: 'biomass',
      eolien: 'wind',
      hydraulique: 'hydro',
      moteurs_diesels: 'oil',
      photovoltaique: 'solar',
      turbines_combustion: 'oil',
    },
  },
  GP: {
    name: 'guadeloupe',
    url: 'https://opendata-guadeloupe.edf.fr',
    dataset: 'mix-temps-reel-guadeloupe',
    columns: {
      charbon: 'coal',
      bioenergies: 'biomass',
      diesel: 'oil',
      turbines_combustion: 'oil',
      hydraulique: 'hydro',
      photovoltaique: 'solar',
      eolien: 'wind',
      geothermie: 'geothermal',
    },
  },
};

export function edfKnows(zone: string): boolean {
  return Object.hasOwn(PORTALS, zone);
}

export interface EdfIslandsSettings {
  clock: Clock;
  zone: string;
  factorType: IntensityPoint['factorType'];
  /** Of the portal; by default EDF's own for the zone. */
  baseUrl?: string;
}

/**
 * EDF's open data of the grids that it runs alone: Corsica, Réunion, Guadeloupe, Martinique, Guyane. Their production
 * by fuel times factors of the world; no key. What Corsica gets by cable is not in it. Attribution: "EDF – open data".
 */
export class EdfIslands implements IntensitySource {
  readonly provider: string;
  readonly #settings: EdfIslandsSettings;
  readonly #portal: Portal;
  readonly #client: ProviderClient;

  /** @throws Error for a zone that EDF has no portal for */
  constructor(settings: EdfIslandsSettings) {
    const portal = PORTALS[settings.zone];
    if (!portal) throw new Error(`EDF has no portal for the zone ${settings.zone}`);
    this.#settings = settings;
    this.#portal = portal;
    this.#client = new ProviderClient({ who: `EDF open data (${portal.name})`, clock: settings.clock });
    this.provider = `edf-${portal.name}${settings.factorType === 'direct' ? '-direct' : ''}`;
  }

  async fetch(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]> {
    const { url: own, dataset } = this.#portal;
    const base = this.#settings.baseUrl ?? own;
    const url = new URL(`${base}/api/explore/v2.1/catalog/datasets/${dataset}/exports/json`);
    url.search = new URLSearchParams({
      where: `date >= '${iso(fromMs - QUARTER_HOUR_MS)}' and date < '${iso(toMs)}'`,
      order_by: 'date desc',
      timezone: 'UTC',
    }).toString();
    const answer = await this.#client.get(url, { signal });
    const rows = this.#client.parsed(answer);
    // Errors may come with 200, as an object where the rows should be.
    if (!Array.isArray(rows)) throw this.#client.refusal(answer);
    const first = Object(rows[0]) as Record<string, unknown>;
    const missing = Object.keys(this.#portal.columns).filter((column) => !(column in first));
    // Without one fuel the others' shares are wrong: that must not pass as a cleaner grid.
    if (rows.length > 0 && missing.length > 0) throw this.#client.unavailable(`its rows have no ${missing.join(', ')}`);
    return this.#client.points(rows, (row) => this.#point(Object(row)), fromMs, toMs);
  }

  /** null for a row that can't be used: incomplete, not yet happened, or between two quarter hours. */
  #point(row: Record<string, unknown>): IntensityPoint | null {
    const { clock, zone, factorType } = this.#settings;
    const startMs = timeOf(row.date);
    const nowMs = clock.nowMs();
    if (startMs === null || startMs > nowMs || startMs % QUARTER_HOUR_MS !== 0) return null;
    const megawatts: Partial<Record<WorldFuel, number>> = {};
    for (const [column, fuel] of Object.entries(this.#portal.columns)) {
      const produced = numberOf(row[column]);
      if (produced === null) return null;
      megawatts[fuel] = (megawatts[fuel] ?? 0) + Math.max(0, produced);
    }
    const gramsPerKwh = mixIntensity(megawatts, factorType === 'lifecycle' ? WORLD_LIFECYCLE : WORLD_DIRECT);
    const share = lowCarbonShare(megawatts, WORLD_LIFECYCLE);
    if (gramsPerKwh === null || share === null) return null;
    return {
      zone,
      startMs,
      endMs: startMs + QUARTER_HOUR_MS,
      gramsPerKwh,
      factorType,
      basis: 'production',
      status: row.statut === 'Estimé' ? 'estimated' : 'measured',
      provider: this.provider,
      fetchedAtMs: nowMs,
      lowCarbonShare: share,
    };
  }
}
