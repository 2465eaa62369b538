import type { Clock } from '../../model/clock.ts';
import { webRequest } from '../web-request.ts';
import { query } from './set-up-1.ts';
import { authorization, endpoint, type InfluxSettings, RETENTION_POLICY } from './settings.ts';
import type { Verdict } from './verdict.ts';
import { writeLines } from './writer.ts';

const PING_MS = 5000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** A line that is a comment: rights and database are looked at, and no point is written. */
const NO_POINT = '# offair';

export interface Inspection {
  /** What answers there: `1.6.7`; null when it does not say. */
  version: string | null;
  /** The server's clock, UTC ms, to the second; null when it does not say. */
  serverAtMs: number | null;
  /** What becomes of what offair writes. */
  write: Verdict;
  /** How long points are kept, in the server's words; null when it does not say. */
  retention: string | null;
}

/**
 * Looks whether the server is there and would take what offair writes. Writes nothing, makes nothing.
 * @throws Error when it can't be reached
 */
export async function inspect(settings: InfluxSettings, clock: Clock, signal: AbortSignal): Promise<Inspection> {
  const { headers, body } = await webRequest(endpoint(settings, '/ping'), {
    method: 'GET',
    headers: authorization(settings),
    timeoutMs: PING_MS,
    maxBodyBytes: MAX_ANSWER_BYTES,
    cutBody: true,
    ...{ ca: settings.ca, clock, signal },
  });
  const said = headers['x-influxdb-version'] ?? /"version"\s*:\s*"([^"]+)"/.exec(body)?.[1] ?? null;
  const serverAtMs = Date.parse(headers.date ?? '');
  return {
    version: typeof said === 'string' ? said : null,
    serverAtMs: Number.isNaN(serverAtMs) ? null : serverAtMs,
    write: await writeLines([NO_POINT], settings, clock, signal),
    retention: await retentionOf(settings),
  };
}

/** Only 1.x tells it to who may write. */
async function retentionOf(settings: InfluxSettings): Promise<string | null> {
  if (settings.flavour !== 1) return null;
  const rows = await query(settings, `SHOW RETENTION POLICIES ON "${settings.database}"`).catch(() => []);
  const policy = rows.find(({ name }) => name === RETENTION_POLICY);
  return typeof policy?.duration === 'string' ? policy.duration : null;
}
