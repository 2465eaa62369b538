import type { Clock } from '../../model/clock.ts';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import {
  FRENCH_LIFECYCLE,
  type GridFactor,
  lowCarbonShare,
  mixIntensity,
  WORLD_DIRECT,
  WORLD_LIFECYCLE,
  type WorldFuel,
} from '../../model/grid-factors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { type Generation, readGeneration } from './entsoe-document.ts';
import { ProviderClient } from './provider-client.ts';

const BASE_URL = 'https://web-api.tp.entsoe.eu';
/** A week of quarter hours of every fuel is about 1 MB. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const REFUSED_REST_MS = 3_600_000;
/** 400 requests in a minute are answered with 429 and ten minutes of silence. */
const BANNED_REST_MS = 10 * 60_000;

/** Energy Identification Codes of the countries that have one bidding zone, or one for the whole country. */
const DOMAINS: Record<string, string> = {
  FR: '10YFR-RTE------C',
  BE: '10YBE----------2',
  DE: '10Y1001A1001A82H',
  LU: '10YLU-CEGEDEL-NQ',
  ES: '10YES-REE------0',
  PT: '10YPT-REN------W',
  CH: '10YCH-SWISSGRIDZ',
  NL: '10YNL----------L',
  IT: '10YIT-GRTN-----B',
  AT: '10YAT-APG------L',
  PL: '10YPL-AREA-----S',
  CZ: '10YCZ-CEPS-----N',
  SK: '10YSK-SEPS-----K',
  HU: '10YHU-MAVIR----U',
  SI: '10YSI-ELES-----O',
  HR: '10YHR-HEP------M',
  RO: '10YRO-TEL------P',
  BG: '10YCA-BULGARIA-R',
  GR: '10YGR-HTSO-----Y',
  FI: '10YFI-1--------U',
  EE: '10Y1001A1001A39I',
  LV: '10YLV-1001A00074',
  LT: '10YLT-1001A0008Q',
  GB: '10YGB----------A',
};

export function entsoeKnows(zone: string): boolean {
  return Object.hasOwn(DOMAINS, zone);
}

export interface EntsoeSettings {
  clock: Clock;
  token: string;
  zone: string;
  factorType: IntensityPoint['factorType'];
  baseUrl?: string;
}

/**
 * ENTSO-E's Transparency Platform: what each fuel produced (A75), times factors. With a free token. What storage gives
 * back is left out: it was made before, by the same plants. Attribution: "ENTSO-E Transparency Platform".
 */
export class Entsoe implements IntensitySource {
  readonly provider: string;
  readonly #settings: EntsoeSettings;
  readonly #domain: string;
  readonly #factors: Record<WorldFuel, GridFactor>;
  readonly #client: ProviderClient;

  /** @throws Error for a zone whose code is not known */
  constructor(settings: EntsoeSettings) {
    const { clock, token, zone, factorType } = settings;
    const domain = DOMAINS[zone];
    if (domain === undefined) throw new Error(`ENTSO-E's code for the zone ${zone} is not known`);
    this.#settings = settings;
    this.#domain = domain;
    const lifecycle = zone === 'FR' ? { ...WORLD_LIFECYCLE, ...FRENCH_LIFECYCLE } : WORLD_LIFECYCLE;
    this.#factors = factorType === 'lifecycle' ? lifecycle : WORLD_DIRECT;
    this.#client = new ProviderClient({ who: 'ENTSO-E', clock, secrets: [token], maxBodyBytes: MAX_BODY_BYTES });
    this.provider = factorType === 'lifecycle' ? 'entsoe' : 'entsoe-direct';
  }

  async fetch(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]> {
    const url = new URL(`${this.#settings.baseUrl ?? BASE_URL}/api`);
    url.search = new URLSearchParams({
      securityToken: this.#settings.token,
      documentType: 'A75',
      // Realised.
      processType: 'A16',
      in_Domain: this.#domain,
      periodStart: minute(Math.floor(fromMs / 3_600_000) * 3_600_000),
      periodEnd: minute(Math.ceil(toMs / 3_600_000) * 3_600_000),
    }).toString();
    const { status, headers, body } = await this.#client.get(url, { signal });
    if (status === 401)
      throw this.#client.unavailable('it refuses the token: check the secret entsoe_token', REFUSED_REST_MS);
    if (status === 429 && headers['retry-after'] === undefined)
      throw this.#client.unavailable('it answered 429: too many requests', BANNED_REST_MS);
    // "No data" comes with 200 or with 400, as a document that says so.
    if (status !== 200 && status !== 400) throw this.#client.refusal({ status, headers, body });
    const generation = this.#read(body);
    const nowMs = this.#settings.clock.nowMs();
    const past = generation.filter(({ startMs }) => startMs <= nowMs);
    return this.#client.points(past, (instant) => this.#point(instant), fromMs, toMs);
  }

  #read(body: string): Generation[] {
    try {
      return readGeneration(body, this.#domain);
    } catch (error) {
      throw this.#client.unavailable((error as Error).message);
    }
  }

  #point({ startMs, megawatts }: Generation): IntensityPoint | null {
    const { clock, zone, factorType } = this.#settings;
    const gramsPerKwh = mixIntensity(megawatts, this.#factors);
    const share = lowCarbonShare(megawatts, WORLD_LIFECYCLE);
    if (gramsPerKwh === null || share === null) return null;
    return {
      zone,
      startMs,
      endMs: startMs + QUARTER_HOUR_MS,
      gramsPerKwh,
      factorType,
      basis: 'production',
      status: 'measured',
      provider: this.provider,
      fetchedAtMs: clock.nowMs(),
      lowCarbonShare: share,
    };
  }
}

/** yyyyMMddHHmm, UTC. */
function minute(ms: number): string {
  return new Date(ms).toISOString().replace(/\D/g, '').slice(0, 12);
}
