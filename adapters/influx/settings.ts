interface Common {
  /** `http://host:port` or `https://…`, without user or password; a path is a reverse proxy's prefix. */
  url: string;
  /** Who may have signed the server's certificate, PEM; those that Node knows when undefined. */
  ca?: string | undefined;
  /** Whether writes are compressed. */
  gzip: boolean;
  /** How long the database keeps the points: `52w`, or `INF`. */
  retention: string;
  /** Which studio writes: others may write into the same database. */
  studio: string;
  /** Whose days the daily sums are of. */
  timeZone: string;
}

/** InfluxDB 1.x, and what speaks like it: VictoriaMetrics. */
export interface Influx1 extends Common {
  flavour: 1;
  database: string;
  username?: string | undefined;
  password?: string | undefined;
}
/** InfluxDB 2.x, and InfluxDB Cloud. */
export interface Influx2 extends Common {
  flavour: 2;
  org: string;
  bucket: string;
  token?: string | undefined;
}
/** InfluxDB 3 Core and Enterprise. */
export interface Influx3 extends Common {
  flavour: 3;
  database: string;
  token?: string | undefined;
}
export type InfluxSettings = Influx1 | Influx2 | Influx3;

/** The retention policy that all points are written to, 1.x. */
export const RETENTION_POLICY = 'offair';
/** The retention policy of the summaries, which are kept for ever, 1.x. */
export const SUMMARY_POLICY = 'offair_summary';

/** The bucket of the summaries, which are kept for ever, 2.x. */
export function summaryBucket({ bucket }: Influx2): string {
  return `${bucket}_summary`;
}

const SECONDS = { h: 3600, d: 86_400, w: 604_800 };

/** A retention in seconds; 0 is for ever. @param retention `52w`, or `INF` */
export function retentionSeconds(retention: string): number {
  const unit = retention.at(-1) as keyof typeof SECONDS;
  return retention === 'INF' ? 0 : Number(retention.slice(0, -1)) * SECONDS[unit];
}

/** Whether points would go that stay now; 0 is for ever. */
export function isShorter(seconds: number, thanSeconds: number): boolean {
  return seconds !== 0 && (thanSeconds === 0 || seconds < thanSeconds);
}

/** Where the points go, in words. */
export function placeOf(settings: InfluxSettings): string {
  return settings.flavour === 2
    ? `the bucket "${settings.bucket}" of "${settings.org}"`
    : `the database "${settings.database}"`;
}

/** The URL of one of the server's addresses. */
export function endpoint({ url }: InfluxSettings, path: string, parameters: Record<string, string> = {}): URL {
  const whole = new URL(url);
  whole.pathname = `${whole.pathname.replace(/\/$/, '')}${path}`;
  whole.search = new URLSearchParams(parameters).toString();
  return whole;
}

/** The header that says who we are; empty where nobody asks. */
export function authorization(settings: InfluxSettings): Record<string, string> {
  if (settings.flavour !== 1)
    return settings.token === undefined
      ? {}
      : { authorization: `${settings.flavour === 2 ? 'Token' : 'Bearer'} ${settings.token}` };
  const { username, password } = settings;
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
}
