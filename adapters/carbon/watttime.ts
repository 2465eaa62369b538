import type { Clock } from '../../model/clock.ts';
import type { MarginalPoint } from '../../model/intensity.ts';
import { iso } from '../../model/iso.ts';
import type { MarginalSource } from '../../model/ports.ts';
import { ProviderClient } from './provider-client.ts';
import { gramsPerKwhOf, numberOf, timeOf } from './values.ts';

const BASE_URL = 'https://api.watttime.org';
const SIGNAL = 'co2_moer';
const UNITS = 'lbs_co2_per_mwh';
/** g in a pound over kWh in a MWh. */
const GRAMS_PER_KWH_OF_POUNDS_PER_MWH = 0.45359237;
const HOUR_MS = 3_600_000;
/** Of history, at once: the API allows 32 days. */
const MAX_HISTORY_MS = 30 * 24 * HOUR_MS;
const MAX_HORIZON_HOURS = 72;
/** A token lives 30 minutes. */
const TOKEN_MS = 25 * 60_000;
const REFUSED_REST_MS = HOUR_MS;

/** A region as WattTime names it (`CAISO_NORTH`), or the place it is to be found for. */
export type WattTimePlace = string | { latitude: number; longitude: number };

export interface WattTimeSettings {
  clock: Clock;
  username: string;
  password: string;
  place: WattTimePlace;
  baseUrl?: string;
}

/**
 * WattTime's marginal emissions: what one kWh more or less changes, every five minutes. Its points are of a type of
 * their own, so that no total can be made with them. Attribution: "WattTime".
 */
export class WattTime implements MarginalSource {
  readonly provider = 'watttime';
  readonly #settings: WattTimeSettings;
  readonly #client: ProviderClient;
  readonly #baseUrl: string;
  /** What must not be told; the newest token last. */
  readonly #secrets: string[];
  #token: { value: string; untilMs: number } | null = null;
  #loggingIn: Promise<string> | null = null;
  #region: string | null;

  constructor(settings: WattTimeSettings) {
    const { clock, username, password, place, baseUrl } = settings;
    this.#settings = settings;
    this.#secrets = [basicOf(username, password), username, password];
    this.#client = new ProviderClient({ who: 'WattTime', clock, secrets: this.#secrets });
    this.#baseUrl = baseUrl ?? BASE_URL;
    this.#region = typeof place === 'string' ? place : null;
  }

  fetch(fromMs: number, toMs: number, signal?: AbortSignal): Promise<MarginalPoint[]> {
    const start = iso(Math.max(fromMs, toMs - MAX_HISTORY_MS));
    return this.#points('historical', { start, end: iso(toMs) }, 'estimated', fromMs, toMs, signal);
  }

  forecast(fromMs: number, toMs: number, signal?: AbortSignal): Promise<MarginalPoint[]> {
    const hours = Math.ceil((toMs - this.#settings.clock.nowMs()) / HOUR_MS);
    const horizon = { horizon_hours: String(Math.min(Math.max(hours, 1), MAX_HORIZON_HOURS)) };
    return this.#points('forecast', horizon, 'forecast', fromMs, toMs, signal);
  }

  async #points(
    path: string,
    parameters: Record<string, string>,
    status: MarginalPoint['status'],
    fromMs: number,
    toMs: number,
    signal: AbortSignal | undefined,
  ): Promise<MarginalPoint[]> {
    const region = await this.#regionHere(signal);
    const answer = Object(await this.#ask(path, { region, signal_type: SIGNAL, ...parameters }, signal));
    const { data, meta } = answer as { data?: unknown; meta?: unknown };
    const told = Object(meta) as Record<string, unknown>;
    if (!Array.isArray(data)) throw this.#client.unavailable('its answer has no data');
    if (told.region !== region)
      throw this.#client.unavailable(`it answered for the region ${told.region} when asked for ${region}`);
    if (told.signal_type !== SIGNAL || told.units !== UNITS)
      throw this.#client.unavailable(`it answered ${told.signal_type} in ${told.units}, not ${SIGNAL} in ${UNITS}`);
    const slotMs = (numberOf(told.data_point_period_seconds) ?? 300) * 1000;
    const fetchedAtMs = this.#settings.clock.nowMs();
    const points = data.flatMap((row): MarginalPoint[] => {
      const { point_time, value } = Object(row) as { point_time?: unknown; value?: unknown };
      const startMs = timeOf(point_time);
      const pounds = numberOf(value);
      const grams = gramsPerKwhOf(pounds === null ? null : pounds * GRAMS_PER_KWH_OF_POUNDS_PER_MWH);
      if (startMs === null || grams === null) return [];
      const endMs = startMs + slotMs;
      return [
        { zone: region, startMs, endMs, marginalGramsPerKwh: grams, status, provider: this.provider, fetchedAtMs },
      ];
    });
    if (data.length > 0 && points.length === 0)
      throw this.#client.unavailable(`none of its ${data.length} rows can be used`);
    const bySlot = new Map(points.map((point) => [point.startMs, point]));
    return [...bySlot.values()]
      .filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs)
      .sort((a, b) => a.startMs - b.startMs);
  }

  async #regionHere(signal: AbortSignal | undefined): Promise<string> {
    const { place } = this.#settings;
    if (this.#region === null && typeof place !== 'string') {
      const coordinates = { latitude: String(place.latitude), longitude: String(place.longitude) };
      const answer = await this.#ask('region-from-loc', { ...coordinates, signal_type: SIGNAL }, signal);
      const { region } = Object(answer) as { region?: unknown };
      if (typeof region !== 'string') throw this.#client.unavailable('it knows no region for the place');
      this.#region = region;
    }
    return this.#region ?? '';
  }

  /** A token that was thrown away early is fetched anew, once. */
  async #ask(path: string, parameters: Record<string, string>, signal: AbortSignal | undefined): Promise<unknown> {
    const url = new URL(`${this.#baseUrl}/v3/${path}`);
    url.search = new URLSearchParams(parameters).toString();
    const send = async () => {
      const authorization = `Bearer ${await this.#login(signal)}`;
      return this.#client.get(url, { headers: { authorization }, signal });
    };
    let answer = await send();
    if (answer.status === 401) {
      this.#token = null;
      answer = await send();
    }
    if (answer.status === 403)
      throw this.#client.unavailable(
        `the account is good, but its plan does not have ${path} for this region`,
        REFUSED_REST_MS,
      );
    return this.#client.parsed(answer);
  }

  /** Those who ask at the same time log in once. */
  async #login(signal: AbortSignal | undefined): Promise<string> {
    if (this.#token && this.#settings.clock.monotonicMs() < this.#token.untilMs) return this.#token.value;
    this.#loggingIn ??= this.#newToken(signal).finally(() => {
      this.#loggingIn = null;
    });
    return this.#loggingIn;
  }

  async #newToken(signal: AbortSignal | undefined): Promise<string> {
    const { clock, username, password } = this.#settings;
    const authorization = `Basic ${basicOf(username, password)}`;
    const answer = await this.#client.get(new URL(`${this.#baseUrl}/login`), { headers: { authorization }, signal });
    if (answer.status === 401 || answer.status === 403)
      throw this.#client.unavailable(
        'it refuses the account: check the secrets watttime_username and watttime_password',
        REFUSED_REST_MS,
      );
    const { token } = Object(this.#client.parsed(answer)) as { token?: unknown };
    if (typeof token !== 'string') throw this.#client.unavailable('it gave no token');
    this.#secrets[3] = token;
    this.#token = { value: token, untilMs: clock.monotonicMs() + TOKEN_MS };
    return token;
  }
}

function basicOf(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}
