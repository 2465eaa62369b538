import type { Clock } from '../../model/clock.ts';
import { type WebAnswer, webRequest } from '../web-request.ts';
import { type InfluxSettings, RETENTION_POLICY } from './settings.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** The longest that a server may tell us to stay away. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;
/** A reason is kept with every quarantined line; the server quotes the whole line in it. */
const MAX_REASON_CHARACTERS = 500;

/** What became of one write. */
export type Verdict =
  | { kind: 'taken' }
  /** At least one of the lines is not acceptable, or they are too many at once; the others may have been written. */
  | { kind: 'unacceptable'; reason: string }
  /** The server does not want us: rights, a missing database, or it is no InfluxDB. */
  | { kind: 'refused'; reason: string; missing: boolean }
  /** Not now. `afterMs`: what the server asked for, or null. */
  | { kind: 'later'; reason: string; afterMs: number | null };

/** Writes lines to InfluxDB 1.x, one request at a time. Never throws; never takes anything but 204 for success. */
export async function writeLines(
  lines: readonly string[],
  settings: InfluxSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<Verdict> {
  const url = new URL(settings.url);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/write`;
  url.search = new URLSearchParams({ db: settings.database, rp: RETENTION_POLICY, precision: 'ms' }).toString();
  const headers: Record<string, string> = { 'content-type': 'text/plain; charset=utf-8' };
  if (settings.username !== undefined) {
    const credentials = Buffer.from(`${settings.username}:${settings.password ?? ''}`).toString('base64');
    headers.authorization = `Basic ${credentials}`;
  }
  try {
    const body = lines.join('\n');
    const options = { method: 'POST', headers, body, timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_ANSWER_BYTES } as const;
    return verdictOf(await webRequest(url, { ...options, clock, signal }), clock.nowMs());
  } catch (error) {
    return { kind: 'later', reason: error instanceof Error ? error.message : String(error), afterMs: null };
  }
}

function verdictOf(answer: WebAnswer, nowMs: number): Verdict {
  const { status } = answer;
  if (status === 204) return { kind: 'taken' };
  const said = errorOf(answer.body);
  const reason = `${status} ${said ?? 'without a reason'}`.slice(0, MAX_REASON_CHARACTERS);
  // A missing retention policy is a 500, as if it would pass.
  if (said && /^(database|retention policy) not found/.test(said)) return { kind: 'refused', reason, missing: true };
  if (status === 413) return { kind: 'unacceptable', reason };
  // A proxy's 400 says nothing of our lines: only InfluxDB's own does.
  if (status === 400 && said !== null) return { kind: 'unacceptable', reason };
  if (status === 429 || status >= 500) {
    return { kind: 'later', reason, afterMs: retryAfterMs(answer.headers['retry-after'], nowMs) };
  }
  return { kind: 'refused', reason, missing: false };
}

/** InfluxDB answers errors as `{"error": "…"}`; null for anybody else's answer. */
function errorOf(body: string): string | null {
  try {
    const { error } = JSON.parse(body);
    return typeof error === 'string' ? error : null;
  } catch {
    return null;
  }
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3), as ms from now, at most five minutes; null when absent or unreadable. */
function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms)) : null;
}
