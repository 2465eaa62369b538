import type { Clock } from '../../model/clock.ts';
import { IntensityUnavailable } from '../../model/errors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { type WebAnswer, type WebRequest, webRequest } from '../web-request.ts';
import { inOrder, timeOf } from './values.ts';

const TIMEOUT_MS = 15_000;
const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** What a provider may ask for at the most: a slip of the pen must not silence it for ever. */
const MAX_REST_MS = 24 * 3_600_000;
/** How much of a provider's own words goes into a message. */
const MAX_WORDS = 300;

export interface ProviderClientSettings {
  /** The provider's name for people: `Energy-Charts`. */
  who: string;
  clock: Clock;
  /** Never shown, though the provider may repeat them. */
  secrets?: readonly string[];
  /** Least time between the beginnings of two requests, ms. */
  spacingMs?: number;
  maxBodyBytes?: number;
}

/** Asks a provider over HTTP, and puts what goes wrong into words. */
export class ProviderClient {
  readonly #settings: ProviderClientSettings;
  #freeAtMs = Number.NEGATIVE_INFINITY;
  /** Whatever is asked of it: the provider said so. */
  #rest: { untilMs: number; why: string } | null = null;

  constructor(settings: ProviderClientSettings) {
    this.#settings = settings;
  }

  /** Whatever the provider answers. @throws IntensityUnavailable when it does not; the signal's reason when aborted */
  async get(url: URL, options: Pick<WebRequest, 'headers' | 'signal'> = {}): Promise<WebAnswer> {
    const { clock, spacingMs = 0, maxBodyBytes = MAX_BODY_BYTES } = this.#settings;
    const { signal } = options;
    if (this.#rest && clock.monotonicMs() < this.#rest.untilMs)
      throw this.unavailable(this.#rest.why, this.#rest.untilMs - clock.monotonicMs());
    const waitMs = this.#freeAtMs - clock.monotonicMs();
    this.#freeAtMs = clock.monotonicMs() + Math.max(0, waitMs) + spacingMs;
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    try {
      return await webRequest(url, { method: 'GET', timeoutMs: TIMEOUT_MS, maxBodyBytes, clock, ...options });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw this.unavailable((error as Error).message);
    }
  }

  /** What the provider answers with 200, read as JSON. @throws IntensityUnavailable for everything else */
  async json(url: URL, options: Pick<WebRequest, 'headers' | 'signal'> = {}): Promise<unknown> {
    return this.parsed(await this.get(url, options));
  }

  /** @throws IntensityUnavailable when the answer is not 200 or no JSON */
  parsed(answer: WebAnswer): unknown {
    if (answer.status !== 200) throw this.refusal(answer);
    try {
      return JSON.parse(answer.body);
    } catch {
      throw this.unavailable('its answer is no JSON, or a part of it');
    }
  }

  /** The points that the rows give, tidied. Rows that give none are left out. @throws IntensityUnavailable when all do */
  points<Row>(
    rows: readonly Row[],
    pointOf: (row: Row) => IntensityPoint | null,
    fromMs: number,
    toMs: number,
  ): IntensityPoint[] {
    const points = rows.map(pointOf).filter((point) => point !== null);
    if (rows.length > 0 && points.length === 0) throw this.unavailable(`none of its ${rows.length} rows can be used`);
    return inOrder(points, fromMs, toMs);
  }

  /** Why an answer is no answer, in the provider's own words where it has any. */
  refusal({ status, headers, body }: WebAnswer): IntensityUnavailable {
    const { clock } = this.#settings;
    const said = wordsOf(body);
    const nowMs = clock.nowMs();
    const reasons = [`it answered ${status}`, ...said.words];
    if (said.resetTime !== null) reasons.push(`quota until ${said.resetTime}`);
    const retryAfter = headers['retry-after'];
    if (retryAfter !== undefined) reasons.push(`retry after ${retryAfter}`);
    const resetMs = (timeOf(said.resetTime) ?? nowMs) - nowMs;
    const why = reasons.join(', ');
    const restMs = Math.min(Math.max(resetMs, retryAfterMs(retryAfter, nowMs)), MAX_REST_MS);
    if (restMs > 0) this.#rest = { untilMs: clock.monotonicMs() + restMs, why };
    return this.unavailable(why, restMs);
  }

  /** @param restMs how long it is not to be asked again */
  unavailable(why: string, restMs = 0): IntensityUnavailable {
    const { who, secrets = [] } = this.#settings;
    let words = why;
    for (const secret of secrets) if (secret !== '') words = words.replaceAll(secret, '***');
    // Cut last: half a secret would not be found.
    return new IntensityUnavailable(
      `${who} has no value for us: ${words.replace(/\s+/g, ' ').slice(0, MAX_WORDS)}`,
      restMs,
    );
  }
}

/** Seconds, or the time of day. 0 when there is none, or it is over. */
function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

/** Providers say what is wrong under various names, or in plain text; a page for people says nothing. */
function wordsOf(body: string): { words: string[]; resetTime: string | null } {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    const text = body.trim();
    return { words: text === '' || text.startsWith('<') ? [] : [text], resetTime: null };
  }
  const { error, message, detail, reset_time } = Object(answer) as Record<string, unknown>;
  const inner = Object(error) as { code?: unknown; message?: unknown };
  const words = typeof error === 'object' ? [inner.code, inner.message] : [error];
  return {
    words: [...words, message, detail].filter((said) => typeof said === 'string'),
    resetTime: typeof reset_time === 'string' ? reset_time : null,
  };
}
