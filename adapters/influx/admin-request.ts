import type { Clock } from '../../model/clock.ts';
import { webRequest } from '../web-request.ts';
import { InfluxRefused } from './set-up.ts';
import { authorization, endpoint, type InfluxSettings } from './settings.ts';
import { errorOf } from './verdict.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

interface AdminRequest {
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  parameters?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
}

/**
 * One request to the JSON interface of InfluxDB 2.x or 3.x; gives the text of the answer.
 * @throws InfluxRefused when the server says no, Error when it can't be reached or does not work now
 */
export async function adminRequest(
  settings: InfluxSettings,
  { method, path, parameters, body }: AdminRequest,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const answer = await webRequest(endpoint(settings, path, parameters), {
    method,
    headers: { 'content-type': 'application/json', ...authorization(settings) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    timeoutMs: TIMEOUT_MS,
    maxBodyBytes: MAX_ANSWER_BYTES,
    ...{ ca: settings.ca, clock, signal },
  });
  const { status } = answer;
  if (status >= 200 && status < 300) return answer.body;
  const reason = `${status} ${errorOf(answer.body) ?? 'without a reason'}`;
  if (status === 429 || status >= 500) throw new Error(reason);
  throw new InfluxRefused(reason);
}
