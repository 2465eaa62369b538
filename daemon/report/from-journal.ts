import { pino } from 'pino';
import { createIntensity } from '../../adapters/carbon/index.ts';
import { gridOf } from '../../config/carbon.ts';
import { loadConfig } from '../../config/load.ts';
import { secretsOf } from '../../config/secrets.ts';
import { Carbon } from '../carbon.ts';
import { systemClock } from '../clock.ts';
import { specsOf } from '../devices.ts';
import { withJournal } from '../with-journal.ts';
import type { ReportDeps } from './content.ts';
import { reportDeps } from './deps.ts';

/**
 * Works with what reports are made of, from the journal alone, beside a daemon that may be running. It prices with what the
 * daemon kept: nothing is started, so no provider is asked.
 * @param file the studio.yaml
 */
export function fromJournal<T>(file: string, work: (deps: ReportDeps, path: string) => Promise<T>): Promise<T> {
  const config = loadConfig(file);
  const log = pino({ level: 'silent' });
  return withJournal(file, 'fail', (journal, path) => {
    const grid = createIntensity(gridOf(config), { clock: systemClock, log, secret: secretsOf(process.env, file) });
    const carbon = new Carbon({ clock: systemClock, log, journal, ...grid, onPoints: () => {} });
    const deps = reportDeps({
      ...{ config, demo: false, plugs: specsOf(config, new Map()), journal, carbon },
      ...{ nowMs: () => systemClock.nowMs(), flush: async () => {} },
    });
    return work(deps, path);
  });
}
