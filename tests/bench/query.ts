import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import type { EmissionGroup } from '../../api/deps.ts';
import { systemClock as clock } from '../../daemon/clock.ts';
import { emissionsBy } from '../../daemon/emission-groups.ts';
import { HOLD_MS, pricing } from '../../model/emissions.ts';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import { energyJournal } from './big-journal.ts';
import { SPECS } from './studio.ts';
import { spreadOf } from './timing.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;
const ROUNDS = 100;

/**
 * Emissions of 30 days and 100 plugs, by plug and by day, from the journal as the API asks it: the first time, and with a
 * booking of the energy of now between each two of a hundred times.
 */
export async function bench(): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'offair-bench-'));
  const path = join(folder, 'journal.sqlite');
  const nowMs = 20_800 * DAY_MS + DAY_MS - QUARTER_HOUR_MS;
  energyJournal(path, nowMs - DAYS * DAY_MS, DAYS);
  const journal = new SqliteJournal(path, { clock });
  await journal.open();
  const carbon = {
    basis: 'bench',
    pricingOf: async (fromMs: number, toMs: number) =>
      pricing(await journal.intensities(fromMs - HOLD_MS, toMs), ['bench'], null),
  };
  const deps = { journal, carbon, plugs: SPECS, timeZone: 'Europe/Paris', nowMs };
  const ask = async (groupBy: EmissionGroup) => {
    const startMs = clock.monotonicMs();
    await emissionsBy(groupBy, [nowMs - DAYS * DAY_MS, nowMs], deps);
    return clock.monotonicMs() - startMs;
  };
  const firstMs = Math.round(await ask('plug'));
  const times: Record<'plug' | 'day', number[]> = { plug: [], day: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const slice = { plug: 'plug-0', startMs: nowMs - QUARTER_HOUR_MS, sessionId: null, phase: 'standby' as const };
    const slices = [{ ...slice, counterWh: 1, integratedWh: 0, gapWh: 0, coveredMs: 1000 }];
    await journal.write({ readings: [], slices, intensities: [], lines: [], state: {} });
    for (const groupBy of ['plug', 'day'] as const) times[groupBy].push(await ask(groupBy));
  }
  await journal.close();
  rmSync(folder, { recursive: true });
  return { firstMs, byPlug: spreadOf(times.plug), byDay: spreadOf(times.day) };
}
