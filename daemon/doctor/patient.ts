import { lockHolder } from '../../adapters/journal/index.ts';
import { webRequest } from '../../adapters/web-request.ts';
import type { StudioConfig } from '../../config/schema.ts';
import type { Secrets } from '../../config/secrets.ts';
import type { Clock, Random } from '../../model/clock.ts';
import type { IntensitySource } from '../../model/ports.ts';

const ANSWER_MS = 3000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** What is examined. */
export interface Patient {
  config: StudioConfig;
  /** The studio.yaml. */
  file: string;
  journalPath: string;
  env: NodeJS.ProcessEnv;
  secret: Secrets;
  clock: Clock;
  random: Random;
  /** The daemon that works on this journal now. */
  daemon: RunningDaemon | null;
  /** Stands in for the providers of grid intensity of the country. */
  intensitySources?: readonly IntensitySource[];
}

/** What a running daemon says of itself. */
export interface RunningDaemon {
  pid: number;
  /** null when its API does not tell: then `silence` says why. */
  status: DaemonStatus | null;
  silence: string | null;
  version: string | null;
}
/** The part of `GET /api/v1/status` that is used here. */
interface DaemonStatus {
  studio: { id: string };
  plugs: { id: string; online: boolean; watts: number | null; problem: { text: string } | null }[];
}

/** Where the API of this configuration is asked from this machine. */
function apiUrl({ api }: StudioConfig): URL {
  const any = api.host === '0.0.0.0' || api.host === '::';
  const host = any ? '127.0.0.1' : api.host;
  return new URL(`http://${host.includes(':') ? `[${host}]` : host}:${api.port}/`);
}

/** The daemon that works on the journal, asked by its API; null when none runs. */
export async function runningDaemon(
  config: StudioConfig,
  journalPath: string,
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<RunningDaemon | null> {
  const pid = lockHolder(journalPath);
  if (pid === null) return null;
  const headers = env.OFFAIR_TOKEN ? { authorization: `Bearer ${env.OFFAIR_TOKEN}` } : {};
  const ask = async (path: string) => {
    const options = { method: 'GET', headers, timeoutMs: ANSWER_MS, maxBodyBytes: MAX_ANSWER_BYTES, clock } as const;
    const { status, body } = await webRequest(new URL(path, apiUrl(config)), options);
    if (status === 401 || status === 403)
      throw new Error('its API asks for a token: give one with scope read as OFFAIR_TOKEN');
    if (status !== 200) throw new Error(`its API answered ${path} with ${status}`);
    return body;
  };
  try {
    const [status, metrics] = await Promise.all([ask('api/v1/status'), ask('metrics')]);
    const version = /^offair_build_info\{[^}]*version="([^"]+)"/m.exec(metrics)?.[1] ?? null;
    return { pid, status: JSON.parse(status) as DaemonStatus, silence: null, version };
  } catch (error) {
    return { pid, status: null, silence: (error as Error).message, version: null };
  }
}
