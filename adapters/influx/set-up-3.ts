import type { Clock } from '../../model/clock.ts';
import { adminRequest } from './admin-request.ts';
import { InfluxRefused, type Prepared, type SetUp } from './set-up.ts';
import type { Influx3 } from './settings.ts';

/** Sets InfluxDB 3 up. It has no continuous queries and no tasks, so there are no summaries. */
export class SetUp3 implements SetUp {
  readonly #settings: Influx3;
  readonly #clock: Clock;
  readonly #abort = new AbortController();

  constructor(settings: Influx3, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** A database that exists keeps its retention: 3 Core can't change it. */
  async prepare(): Promise<Prepared> {
    const { database, retention } = this.#settings;
    const period = retention === 'INF' ? {} : { retention_period: retention };
    const body = { db: database, ...period };
    try {
      const request = { method: 'POST', path: '/api/v3/configure/database', body } as const;
      await adminRequest(this.#settings, request, this.#clock, this.#abort.signal);
    } catch (error) {
      if (!(error instanceof InfluxRefused)) throw error;
      // 409: it exists.
      if (!error.message.startsWith('409 ')) return { database: error.message, summaries: null, keptFor: [] };
    }
    return { database: null, summaries: null, keptFor: [] };
  }

  async summarise(): Promise<void> {}

  close(): void {
    this.#abort.abort(new Error('stopped'));
  }
}

/** What an administrator runs when our token may not. */
export function commands3({ database, retention }: Influx3): { database: string; all: string } {
  const period = retention === 'INF' ? '' : `--retention-period ${retention} `;
  const command = `influxdb3 create database ${period}${database}`;
  return { database: command, all: command };
}
