import type { WebAnswer } from '../web-request.ts';
import type { InfluxSettings } from './settings.ts';

/** The longest that a server may tell us to stay away. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;
/** A reason is kept with every quarantined line; the server quotes the whole line in it. */
const MAX_REASON_CHARACTERS = 500;

/** What became of one write. */
export type Verdict =
  | { kind: 'taken' }
  /**
   * Some of the lines are not acceptable, or they are too many at once; the others may have been written. `all`: the
   * server said that it dropped every one of them.
   */
  | { kind: 'unacceptable'; reason: string; all: boolean }
  /** The server does not want us: rights, a missing database, a limit, or it is no InfluxDB. */
  | { kind: 'refused'; reason: string; missing: boolean }
  /** Not now. `afterMs`: what the server asked for, or null. `answered`: false when it said nothing at all. */
  | { kind: 'later'; reason: string; afterMs: number | null; answered: boolean };

/**
 * What a status means. Only 204 is success, for all of them. The same status has different meanings: 400 is nothing
 * written in 2.x and may be some written in 1.x and 3.x; some written is 422 in 2.x; 422 in 3.x also means that the
 * server is full. Lines are written again byte-identical, so that what was written before does no harm.
 */
export function verdictOf(
  flavour: InfluxSettings['flavour'],
  answer: Pick<WebAnswer, 'status' | 'headers' | 'body'>,
  sentLines: number,
  nowMs: number,
): Verdict {
  const { status } = answer;
  if (status === 204) return { kind: 'taken' };
  const said = errorOf(answer.body);
  const reason = `${status} ${said ?? 'without a reason'}`.slice(0, MAX_REASON_CHARACTERS);
  const dropped = Number(/\bdropped=(\d+)/.exec(said ?? '')?.[1] ?? 0);
  const unacceptable: Verdict = { kind: 'unacceptable', reason, all: dropped === sentLines };
  const refused = (missing: boolean): Verdict => ({ kind: 'refused', reason, missing });

  // 1.x says 500 for a missing retention policy, as if it would pass.
  if (said && /^(database|retention policy) not found/.test(said)) return refused(true);
  if (status === 404) return refused(said !== null);
  if (status === 413) return unacceptable;
  if (status === 429 || status >= 500) {
    return { kind: 'later', reason, afterMs: retryAfterMs(answer.headers['retry-after'], nowMs), answered: true };
  }
  // 3.x is at its limit of databases, tables or columns: the lines are good.
  if (status === 422 && flavour === 3 && / would exceed /.test(answer.body)) return refused(false);
  // 1.x is at its limit of series or of values of a tag: with more studios it may be. The lines are good here too.
  if (flavour === 1 && /\bmax-(values-per-tag|series-per-database) limit exceeded/.test(said ?? ''))
    return refused(false);
  // A proxy's answer says nothing of our lines: only InfluxDB's own does.
  const ofLines = status === 400 || status === 200 || status === 201 || (status === 422 && flavour !== 1);
  return ofLines && said !== null ? unacceptable : refused(false);
}

/**
 * What InfluxDB said: `{"error": "…"}` (1.x), `{"code": "…", "message": "…"}` (2.x), or `{"error": "…", "data":
 * [{"error_message": "…"}]}` (3.x). The body may have been cut. null for anybody else's answer.
 */
export function errorOf(body: string): string | null {
  if (!/^\s*\{/.test(body)) return null;
  const said = textOf(body, 'error') ?? textOf(body, 'message');
  const detail = textOf(body, 'error_message');
  return said !== null && detail !== null ? `${said}: ${detail}` : said;
}

function textOf(body: string, name: string): string | null {
  const text = new RegExp(`"${name}"\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)`).exec(body)?.[1];
  if (text === undefined) return null;
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return text;
  }
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3), as ms from now, at most five minutes; null when absent or unreadable. */
function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms)) : null;
}
