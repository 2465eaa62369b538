import type { Agent } from 'node:http';
import { InfluxDB, ResultError } from 'influx';
import type { Clock } from '../../model/clock.ts';
import { http, https } from '../http.ts';
import { InfluxRefused, type Prepared, type SetUp } from './set-up.ts';
import { type Influx1, isShorter, RETENTION_POLICY, retentionSeconds, SUMMARY_POLICY } from './settings.ts';
import { SUMMARIES, type Summary, wholeWindows } from './summaries.ts';

const TIMEOUT_MS = 10_000;
/** The client would put a failing host aside on timers of its own; when to try again is the sink's business. */
const NO_BACKOFF = { getDelay: () => 0, next: () => NO_BACKOFF, reset: () => NO_BACKOFF };

/** One thing to be made, and how when it exists already and differs. */
interface Step {
  create: string;
  change: readonly string[];
  /** Whether it stays as it is. */
  kept?: () => Promise<boolean>;
}
export type Influx1Access = Pick<Influx1, 'url' | 'database' | 'username' | 'password'> & Partial<Pick<Influx1, 'ca'>>;

/** Sets InfluxDB 1.x up and answers queries, by the `influx` client. Points are not written through it: it forgets them. */
export class SetUp1 implements SetUp {
  readonly #settings: Influx1;
  readonly #clock: Clock;
  readonly #connection: Connection;
  /** Ends the waiting for the answer that is due. */
  #waiting = new AbortController();

  constructor(settings: Influx1, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#connection = new Connection(settings);
  }

  async prepare(): Promise<Prepared> {
    let keptFor: string[] = [];
    const [database, policy, ...rest] = databaseSteps(this.#settings);
    const kept = async () => {
      if (await this.#wouldShorten()) keptFor = await this.#others();
      return keptFor.length > 0;
    };
    return {
      database: await this.#make([database, { ...policy, kept }, ...rest]),
      summaries: await this.#make(summarySteps(this.#settings)),
      keptFor,
    };
  }

  async summarise(fromMs: number, toMs: number): Promise<void> {
    for (const summary of SUMMARIES) {
      const period = wholeWindows(summary, fromMs, toMs, this.#settings.timeZone);
      await this.#query(selection(this.#settings, summary, period));
    }
  }

  close(): void {
    this.#waiting.abort(new Error('it was closed'));
    this.#connection.close();
  }

  /** The client by itself waits for ever for the rest of an answer that has begun. */
  async #query(text: string): Promise<Record<string, unknown>[]> {
    const waiting = new AbortController();
    this.#waiting = waiting;
    const late = this.#clock.sleep(TIMEOUT_MS, waiting.signal).then(() => {
      this.#connection.close();
      throw new Error(`no answer within ${TIMEOUT_MS / 1000} s`);
    });
    try {
      return await Promise.race([this.#connection.query(text), late]);
    } finally {
      waiting.abort();
      late.catch(() => {});
    }
  }

  /** Why one of them could not be made; null when all are there. Those after it are tried all the same. */
  async #make(steps: readonly Step[]): Promise<string | null> {
    let refused: string | null = null;
    for (const { create, change, kept } of steps) {
      try {
        await this.#query(create).catch(async (error: Error) => {
          if (!error.message.includes('already exists')) throw error;
          if (await kept?.()) return [];
          for (const statement of change) await this.#query(statement);
          return [];
        });
      } catch (error) {
        if (!(error instanceof InfluxRefused)) throw error;
        refused ??= error.message;
      }
    }
    return refused;
  }

  async #wouldShorten(): Promise<boolean> {
    const rows = await this.#query(`SHOW RETENTION POLICIES ON "${this.#settings.database}"`);
    // As Go writes it: 8736h0m0s, or 0s for ever.
    const written = String(rows.find(({ name }) => name === RETENTION_POLICY)?.duration ?? '');
    const [, hours = 0, minutes = 0] = /^(?:(\d+)h)?(?:(\d+)m)?\d+s$/.exec(written) ?? [];
    return isShorter(retentionSeconds(this.#settings.retention), Number(hours) * 3600 + Number(minutes) * 60);
  }

  /** Who else writes here. */
  async #others(): Promise<string[]> {
    const rows = await this.#query(`SHOW TAG VALUES ON "${this.#settings.database}" FROM "health" WITH KEY = "studio"`);
    return rows.map(({ value }) => String(value)).filter((value) => value !== this.#settings.studio);
  }
}

/** What an administrator runs when our user may not. */
export function statements1(settings: Influx1): { database: string; all: string } {
  const { database, username } = settings;
  const grant = username === undefined ? [] : [`GRANT ALL ON "${database}" TO "${username}"`];
  const made = [...databaseSteps(settings).map(({ create }) => create), ...grant];
  const all = [...made, ...summarySteps(settings).map(({ create }) => create)];
  return { database: made.join('; '), all: all.map((statement) => `${statement};`).join('\n') };
}

/** Rows of one InfluxQL query with a connection of its own, `time` as a Date. @throws InfluxRefused, Error */
export async function query(access: Influx1Access, text: string): Promise<Record<string, unknown>[]> {
  const connection = new Connection(access);
  try {
    return await connection.query(text);
  } finally {
    connection.close();
  }
}

function databaseSteps({ database, retention }: Influx1): [database: Step, policy: Step, summaries: Step] {
  const on = `ON "${database}" DURATION`;
  const step = (policy: string): Step => ({ create: `CREATE ${policy}`, change: [`ALTER ${policy}`] });
  return [
    { create: `CREATE DATABASE "${database}"`, change: [] },
    step(`RETENTION POLICY "${RETENTION_POLICY}" ${on} ${retention} REPLICATION 1 DEFAULT`),
    step(`RETENTION POLICY "${SUMMARY_POLICY}" ${on} INF REPLICATION 1`),
  ];
}

function summarySteps(settings: Influx1): Step[] {
  return SUMMARIES.map((summary) => {
    // Days are those of one studio, in its time zone; the others are the same for all who write here.
    const own = summary.every === '1d' ? `_${settings.studio}` : '';
    const name = `"offair_${summary.name}${own}" ON "${settings.database}"`;
    const create = `CREATE CONTINUOUS QUERY ${name} RESAMPLE EVERY ${summary.run} FOR ${summary.back} BEGIN ${selection(settings, summary)} END`;
    return { create, change: [`DROP CONTINUOUS QUERY ${name}`, create] };
  });
}

/**
 * @param period of our studio alone, UTC ms, when the summary is made anew: each studio mends its own. Otherwise of all,
 * but days are always of one
 */
function selection(
  { database, studio, timeZone }: Influx1,
  { name, from, every, fields }: Summary,
  period?: { fromMs: number; toMs: number },
): string {
  const columns = fields.map(({ is, aggregate, of }) => `${aggregate}("${of}") AS "${is}"`).join(', ');
  const into = `"${database}"."${SUMMARY_POLICY}"."${name}"`;
  const source = `"${database}"."${RETENTION_POLICY}"."${from}"`;
  const zone = every === '1d' ? `TZ('${timeZone}')` : '';
  const conditions = [
    ...(period || every === '1d' ? [`"studio" = '${studio}'`] : []),
    ...(period ? [`time >= ${period.fromMs}ms`, `time < ${period.toMs}ms`] : []),
  ];
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const text = `SELECT ${columns} INTO ${into} FROM ${source} ${where} GROUP BY time(${every}), * ${zone}`;
  return text.replaceAll(/ +/g, ' ').trim();
}

class Connection {
  readonly #agent: Agent;
  readonly #client: InfluxDB;

  constructor({ url, ca, database, username, password }: Influx1Access) {
    const { protocol, hostname, port, pathname } = new URL(url);
    const secure = protocol === 'https:';
    this.#agent = secure ? new https.Agent({ ca }) : new http.Agent();
    this.#client = new InfluxDB({
      host: hostname,
      port: Number(port) || (secure ? 443 : 80),
      path: pathname.replace(/\/$/, ''),
      protocol: secure ? 'https' : 'http',
      ...{ database, username: username ?? '', password: password ?? '' },
      options: { agent: this.#agent },
      pool: { maxRetries: 0, requestTimeout: TIMEOUT_MS, backoff: NO_BACKOFF },
    });
  }

  /** The client's errors hold the whole request, credentials included: only their words go on. */
  async query(text: string): Promise<Record<string, unknown>[]> {
    try {
      return [...(await this.#client.query<Record<string, unknown>>(text, { precision: 'ms', method: 'POST' }))];
    } catch (error) {
      if (error instanceof ResultError) throw new InfluxRefused(error.message.replace(/^Error from InfluxDB: /, ''));
      // What it can't read: a proxy's page, or another kind of server.
      if (error instanceof SyntaxError || error instanceof TypeError)
        throw new InfluxRefused("its answer is not one of InfluxDB 1's");
      const { message, code, res } = error as NodeJS.ErrnoException & { res?: { statusCode?: number } };
      if (res?.statusCode !== undefined)
        throw new InfluxRefused(message.replace(/^A (\d+).*? error occurred: /s, '$1 ').trim());
      throw new Error(message || code || 'no answer');
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}
