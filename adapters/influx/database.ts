import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InfluxDB } from 'influx';
import { type InfluxSettings, RETENTION_POLICY } from './settings.ts';

const TIMEOUT_MS = 10_000;
/** The client would put a failing host aside on timers of its own; when to try again is the sink's business. */
const NO_BACKOFF = { getDelay: () => 0, next: () => NO_BACKOFF, reset: () => NO_BACKOFF };

/** The server said no: rights or credentials. */
export class InfluxRefused extends Error {
  override name = 'InfluxRefused';
}

/** Makes the database and answers queries, by the `influx` client. Points are not written through it: it forgets them. */
export class InfluxDatabase {
  readonly #settings: InfluxSettings;
  readonly #agent: HttpAgent;
  readonly #client: InfluxDB;

  constructor(settings: InfluxSettings) {
    const url = new URL(settings.url);
    const secure = url.protocol === 'https:';
    this.#settings = settings;
    this.#agent = secure ? new HttpsAgent() : new HttpAgent();
    this.#client = new InfluxDB({
      host: url.hostname,
      port: Number(url.port) || (secure ? 443 : 80),
      path: url.pathname.replace(/\/$/, ''),
      protocol: secure ? 'https' : 'http',
      database: settings.database,
      username: settings.username ?? '',
      password: settings.password ?? '',
      options: { agent: this.#agent },
      pool: { maxRetries: 0, requestTimeout: TIMEOUT_MS, backoff: NO_BACKOFF },
    });
  }

  /**
   * Makes the database and its retention policy; both may exist already.
   * @throws InfluxRefused when the server says no, Error when it can't be reached
   */
  async ensure(): Promise<void> {
    const { database, retention } = this.#settings;
    const policy = { database, duration: retention, replication: 1, isDefault: true };
    await told(this.#client.createDatabase(database));
    try {
      await told(this.#client.createRetentionPolicy(RETENTION_POLICY, policy));
    } catch (error) {
      // It exists with another duration.
      if (!(error instanceof Error && error.message.includes('already exists'))) throw error;
      await told(this.#client.alterRetentionPolicy(RETENTION_POLICY, policy));
    }
  }

  /** Rows of an InfluxQL query, `time` as a Date. */
  async query(text: string): Promise<Record<string, unknown>[]> {
    return [...(await told(this.#client.query<Record<string, unknown>>(text, { precision: 'ms' })))];
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#agent.destroy();
  }
}

/** One query with a connection of its own. @throws InfluxRefused, Error */
export async function query(settings: InfluxSettings, text: string): Promise<Record<string, unknown>[]> {
  const database = new InfluxDatabase(settings);
  try {
    return await database.query(text);
  } finally {
    database.close();
  }
}

/** The client's errors hold the whole request, credentials included: only their words go on. */
async function told<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (error) {
    const { message, code, res } = error as NodeJS.ErrnoException & { res?: { statusCode?: number } };
    if (res?.statusCode !== undefined)
      throw new InfluxRefused(message.replace(/^A (\d+).*? error occurred: /s, '$1 ').trim());
    throw new Error(message || code || 'no answer');
  }
}
