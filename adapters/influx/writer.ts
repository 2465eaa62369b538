import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Clock } from '../../model/clock.ts';
import { wordsOf } from '../../model/errors.ts';
import { webRequest } from '../web-request.ts';
import { authorization, endpoint, type InfluxSettings, RETENTION_POLICY } from './settings.ts';
import { type Verdict, verdictOf } from './verdict.ts';

const TIMEOUT_MS = 10_000;
/** The server quotes lines that it does not like. */
const MAX_ANSWER_BYTES = 64 * 1024;
const compress = promisify(gzip);

/** Writes lines to InfluxDB, one request at a time. Never throws; never takes anything but 204 for success. */
export async function writeLines(
  lines: readonly string[],
  settings: InfluxSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<Verdict> {
  try {
    const text = lines.join('\n');
    const { gzip: compressed, ca } = settings;
    const answer = await webRequest(writeUrl(settings), {
      method: 'POST',
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        ...(compressed ? { 'content-encoding': 'gzip' } : {}),
        ...authorization(settings),
      },
      body: compressed ? await compress(text, { level: constants.Z_BEST_SPEED }) : text,
      timeoutMs: TIMEOUT_MS,
      maxBodyBytes: MAX_ANSWER_BYTES,
      cutBody: true,
      ...{ ca, clock, signal },
    });
    return verdictOf(settings.flavour, answer, lines.length, clock.nowMs());
  } catch (error) {
    const reason = wordsOf(error);
    return { kind: 'later', reason, afterMs: null, answered: false };
  }
}

/** Always with the precision: 3.x would guess it from the size of the number, and a clock may be at 1970. */
function writeUrl(settings: InfluxSettings): URL {
  const precision = 'ms';
  switch (settings.flavour) {
    case 1:
      return endpoint(settings, '/write', { db: settings.database, rp: RETENTION_POLICY, precision });
    case 2:
      return endpoint(settings, '/api/v2/write', { org: settings.org, bucket: settings.bucket, precision });
    case 3:
      // All or nothing, and synced to the disk before the answer (`no_sync` stays false).
      return endpoint(settings, '/api/v3/write_lp', { db: settings.database, precision, accept_partial: 'false' });
  }
}
