import pino from 'pino';
import { InfluxSink } from '../../adapters/influx/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { Journal } from '../../model/ports.ts';

/** The way to InfluxDB of the process that is killed, and of the one that comes after the last kill. */
export function killSink(journal: Journal, url: string, database: string) {
  const settings = { flavour: 1, url, database, retention: 'INF', gzip: false, studio: 's', timeZone: 'UTC' } as const;
  return new InfluxSink(settings, { journal, clock: systemClock, random: () => 0, log: pino({ level: 'silent' }) });
}
