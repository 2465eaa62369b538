import type { Clock } from '../../model/clock.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { iso } from '../../model/iso.ts';
import type { IntensitySource } from '../../model/ports.ts';
import type { WebAnswer } from '../web-request.ts';
import { ProviderClient } from './provider-client.ts';
import { gramsPerKwhOf, timeOf } from './values.ts';

const BASE_URL = 'https://api.electricitymaps.com';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Asking again does not make a token valid or a plan larger. */
const REFUSED_REST_MS = HOUR_MS;
/** What the plan allows is asked once a day. */
const PLAN_MS = DAY_MS;
/** Hours ahead that v4 forecasts are cut to. */
const HORIZONS = [6, 24, 48, 72];
/** Of a plan that is not told: what every plan has had so far. */
const ASSUMED_ACCESS = ['carbon-intensity/history', 'carbon-intensity/latest'];
const SLOT_MS: Record<string, number> = { hourly: HOUR_MS, '15_minutes': HOUR_MS / 4 };

export interface ElectricityMapsSettings {
  clock: Clock;
  token: string;
  /** As Electricity Maps names it: `FR`, `FR-COR`, `CA-QC`. */
  zone: string;
  /** v3 is kept for tokens of that time. */
  api?: 'v4' | 'v3';
  factorType: IntensityPoint['factorType'];
  /** Without the version; by default Electricity Maps itself. */
  baseUrl?: string;
}

/**
 * Electricity Maps: hours of any zone in the world, by consumption (imports are in it), with a token. The latest hours
 * are estimates, what is measured comes about two hours later and is restated for most of a day. Its free plan is for
 * private use. Attribution: "Electricity Maps".
 */
export class ElectricityMaps implements IntensitySource {
  readonly provider: string;
  readonly #settings: ElectricityMapsSettings;
  readonly #client: ProviderClient;
  readonly #baseUrl: string;
  readonly #isV4: boolean;
  #plan: { access: ReadonlySet<string>; untilMs: number } | null = null;

  constructor(settings: ElectricityMapsSettings) {
    const { clock, token, api = 'v4', baseUrl = BASE_URL, factorType } = settings;
    this.#settings = settings;
    this.#client = new ProviderClient({ who: 'Electricity Maps', clock, secrets: [token] });
    this.#isV4 = api === 'v4';
    this.#baseUrl = `${baseUrl}/${api}`;
    this.provider = factorType === 'lifecycle' ? 'electricity-maps' : 'electricity-maps-direct';
  }

  async fetch(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]> {
    const access = await this.#access(signal);
    const can = (what: string) => access.has('*') || access.has(`carbon-intensity/${what}`);
    const nowMs = this.#settings.clock.nowMs();
    let body: unknown;
    // History is of the last 24 hours; what is older needs a plan that has past-range.
    if (fromMs < nowMs - DAY_MS && can('past-range'))
      body = await this.#ask('carbon-intensity/past-range', { start: iso(fromMs), end: iso(toMs) }, signal);
    else if (can('history')) body = await this.#ask('carbon-intensity/history', {}, signal);
    else if (can('latest')) body = await this.#ask('carbon-intensity/latest', {}, signal);
    else if (!this.#isV4) return this.#homeAssistant(fromMs, toMs, signal);
    else throw this.#notInPlan('carbon-intensity/latest');
    const slots = this.#slots(body).filter(({ startMs }) => startMs === null || startMs <= nowMs);
    return this.#points(slots, fromMs, toMs);
  }

  async forecast(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]> {
    const hours = Math.ceil((toMs - this.#settings.clock.nowMs()) / HOUR_MS);
    const horizonHours = String(HORIZONS.find((horizon) => horizon >= hours) ?? HORIZONS.at(-1));
    const body = await this.#ask('carbon-intensity/forecast', this.#isV4 ? { horizonHours } : {}, signal);
    // Its rows tell nothing but their time and value.
    const slots = this.#slots(body).map((slot) => ({ ...slot, status: 'forecast' as const }));
    return this.#points(slots, fromMs, toMs);
  }

  /** What the plan of the token allows for the zone. @throws IntensityUnavailable when that is nothing */
  async #access(signal?: AbortSignal): Promise<ReadonlySet<string>> {
    const { clock, zone } = this.#settings;
    if (this.#plan && clock.monotonicMs() < this.#plan.untilMs) return this.#plan.access;
    const answer = await this.#client.get(new URL(`${this.#baseUrl}/zones`), { headers: this.#headers(), signal });
    if (answer.status === 401 || answer.status === 403) throw this.#denied(answer, 'zones');
    const zones = Object(this.#client.parsed(answer)) as Record<string, unknown>;
    if (!Object.hasOwn(zones, zone)) {
      const some = Object.keys(zones).slice(0, 5).join(', ');
      const why = `the plan of this token has no zone ${zone} (it has ${some || 'none'})`;
      throw this.#client.unavailable(
        `${why}: set carbon.zone, or other providers in carbon.providers`,
        REFUSED_REST_MS,
      );
    }
    const { access } = Object(zones[zone]) as { access?: unknown };
    const allowed = new Set(Array.isArray(access) ? access.map(String) : ASSUMED_ACCESS);
    this.#plan = { access: allowed, untilMs: clock.monotonicMs() + PLAN_MS };
    return allowed;
  }

  async #ask(path: string, parameters: Record<string, string>, signal?: AbortSignal): Promise<unknown> {
    const { zone, factorType } = this.#settings;
    const url = new URL(`${this.#baseUrl}/${path}`);
    // Without the last one an unknown zone would be answered with the one of the caller's address.
    const noGuess = this.#isV4 ? { disableCallerLookup: 'true' } : { shouldUseFallbackCallerLookup: 'false' };
    const granularity = this.#isV4 ? { temporalGranularity: 'hourly' } : {};
    url.search = new URLSearchParams({
      zone,
      emissionFactorType: factorType,
      ...parameters,
      ...granularity,
      ...noGuess,
    }).toString();
    const answer = await this.#client.get(url, { headers: this.#headers(), signal });
    if (answer.status === 401 || answer.status === 403) throw this.#denied(answer, path);
    const body = this.#client.parsed(answer);
    const answered = (Object(body) as { zone?: unknown; countryCode?: unknown }).zone ?? Object(body).countryCode;
    this.#checkZone(answered);
    return body;
  }

  /** The API of Home Assistant's integration: the one value that old free tokens may ask for. */
  async #homeAssistant(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]> {
    if (this.#settings.factorType !== 'lifecycle') throw this.#notInPlan('direct factors');
    const { data } = Object(await this.#ask('home-assistant', {}, signal)) as { data?: unknown };
    const { datetime, carbonIntensity } = Object(data) as { datetime?: unknown; carbonIntensity?: unknown };
    // Now and then it has no value, with or without saying so.
    if (datetime === undefined || carbonIntensity === undefined) return [];
    const slot = {
      startMs: timeOf(datetime),
      endMs: 0,
      value: carbonIntensity,
      status: 'estimated',
      basis: 'consumption',
    } as const;
    return this.#points([{ ...slot, endMs: (slot.startMs ?? 0) + HOUR_MS }], fromMs, toMs);
  }

  /** Rows of history, past-range and forecast; latest is a row by itself. Newest word first. */
  #slots(body: unknown): Slot[] {
    const answer = Object(body) as Record<string, unknown>;
    const rows = answer.history ?? answer.data ?? answer.forecast ?? [answer];
    if (!Array.isArray(rows)) throw this.#client.unavailable('its answer has no rows');
    const granularity = String(answer.temporalGranularity ?? 'hourly');
    const slotMs = SLOT_MS[granularity];
    if (slotMs === undefined) throw this.#client.unavailable(`its rows are ${granularity}, not hourly`);
    return rows
      .map((row) => Object(row) as Record<string, unknown>)
      .sort((a, b) => (timeOf(b.updatedAt) ?? 0) - (timeOf(a.updatedAt) ?? 0))
      .map((row) => {
        if (row.zone !== undefined) this.#checkZone(row.zone);
        const factorType = row.emissionFactorType ?? this.#settings.factorType;
        if (factorType !== this.#settings.factorType)
          throw this.#client.unavailable(`it gave ${factorType} factors when asked for ${this.#settings.factorType}`);
        const startMs = timeOf(row.datetime);
        return {
          startMs,
          endMs: (startMs ?? 0) + slotMs,
          value: row.carbonIntensity,
          status: row.isEstimated === false ? 'measured' : 'estimated',
          basis: row.flowTraced === false ? 'production' : 'consumption',
        };
      });
  }

  #points(slots: readonly Slot[], fromMs: number, toMs: number): IntensityPoint[] {
    const { clock, zone, factorType } = this.#settings;
    return this.#client.points(
      slots,
      ({ startMs, endMs, value, status, basis }) => {
        const gramsPerKwh = gramsPerKwhOf(value);
        if (startMs === null || gramsPerKwh === null) return null;
        const fetchedAtMs = clock.nowMs();
        return { zone, startMs, endMs, gramsPerKwh, factorType, basis, status, provider: this.provider, fetchedAtMs };
      },
      fromMs,
      toMs,
    );
  }

  #headers(): Record<string, string> {
    return { 'auth-token': this.#settings.token };
  }

  #checkZone(answered: unknown): void {
    const { zone } = this.#settings;
    if (answered === zone) return;
    throw this.#client.unavailable(
      `it answered for the zone ${answered} when asked for ${zone}: not used; set carbon.zone to a zone it knows`,
      REFUSED_REST_MS,
    );
  }

  /** The same status stands for a bad token and for what the plan does not have: the words tell. */
  #denied(answer: WebAnswer, path: string) {
    if (answer.status === 403 || /requestType=|do not have access/i.test(answer.body)) return this.#notInPlan(path);
    return this.#client.unavailable(
      `it refuses the token (${answer.status}): check the secret electricitymaps_token`,
      REFUSED_REST_MS,
    );
  }

  #notInPlan(path: string) {
    return this.#client.unavailable(
      `the token is good, but its plan does not have ${path} for the zone ${this.#settings.zone}: choose another plan, ` +
        'or other providers in carbon.providers',
      REFUSED_REST_MS,
    );
  }
}

interface Slot {
  startMs: number | null;
  endMs: number;
  value: unknown;
  status: IntensityPoint['status'];
  basis: IntensityPoint['basis'];
}
