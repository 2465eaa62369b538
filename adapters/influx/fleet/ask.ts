import type { Clock } from '../../../model/clock.ts';
import { webRequest } from '../../web-request.ts';
import { InfluxRefused } from '../set-up.ts';
import { authorization, endpoint, type InfluxSettings } from '../settings.ts';
import { errorOf } from '../verdict.ts';

/** Ten thousand studios are asked for a row each: some MB. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

export interface Asking {
  settings: InfluxSettings;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/**
 * One question to the database; gives the JSON of the answer.
 * @throws InfluxRefused when it says no or answers with something else, Error when it can't be reached
 */
export async function ask(
  { settings, clock, signal }: Asking,
  path: string,
  { parameters, body }: { parameters?: Record<string, string>; body?: unknown },
): Promise<unknown> {
  const answer = await webRequest(endpoint(settings, path, parameters), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...authorization(settings) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    timeoutMs: TIMEOUT_MS,
    maxBodyBytes: MAX_ANSWER_BYTES,
    ...{ ca: settings.ca, clock, signal },
  });
  const { status } = answer;
  if (status < 200 || status > 299) throw new InfluxRefused(`${status} ${errorOf(answer.body) ?? 'without a reason'}`);
  try {
    return JSON.parse(answer.body);
  } catch {
    throw new InfluxRefused('its answer is not JSON');
  }
}
