import { pino } from 'pino';
import { type StudioConfig, studioSchema } from '../../config/schema.ts';
import { systemClock } from '../../daemon/clock.ts';
import { type Daemon, type DaemonOptions, startDaemon } from '../../daemon/run.ts';
import { freePort } from './ports.ts';
import { seeded } from './random.ts';

export const silent = pino({ level: 'silent' });

/** The configuration of a studio with an API on a free port and a search that stays on loopback. */
export async function testConfig(own: Record<string, unknown>): Promise<StudioConfig> {
  return studioSchema.parse({
    studio: { id: 'studio-a', name: 'Studio A' },
    discovery: { interface: '127.0.0.1' },
    api: { port: await freePort() },
    ...own,
  });
}

/** The real daemon, silent and without secrets or providers of grid intensity unless told otherwise. */
export function testDaemon(
  own: Partial<DaemonOptions> & Pick<DaemonOptions, 'config' | 'journalPath'>,
): Promise<Daemon> {
  return startDaemon({
    ...{ demo: false, clock: systemClock, random: seeded(1), log: silent, intensitySources: [] },
    secret: () => undefined,
    onLost: (error) => {
      throw error;
    },
    ...own,
  });
}
