import { openDatabase } from '../../adapters/journal/database.ts';
import { partsOf } from '../../adapters/journal/parts.ts';
import { type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import { seeded } from '../support/random.ts';
import { Loads } from './loads.ts';
import { PLUGS, SPECS } from './studio.ts';

const FLUSHES = 180;
const FLUSH_SECONDS = 5;
const DAY_MS = 86_400_000;
const NOTHING = { readings: [], slices: [], intensities: [], lines: [], state: {} };

/**
 * A journal of at least `megabytes`, cleanly closed, with readings of 100 plugs each second: a quarter hour as the daemon
 * writes it, and copies of its rows for the quarter hours before.
 */
export function longJournal(path: string, megabytes: number): void {
  const { database } = openDatabase(path, 0);
  const { sql, log, store } = partsOf(database);
  const loads = new Loads(PLUGS);
  const startMs = 1000 * DAY_MS;
  const readings = (flush: number) =>
    Array.from({ length: FLUSH_SECONDS }, (_, second) => (flush * FLUSH_SECONDS + second) * 1000).flatMap((ms) =>
      loads.at(startMs + ms, ms, 1),
    );
  for (let flush = 0; flush < FLUSHES; flush++) store.write({ ...NOTHING, readings: readings(flush) });
  // The first of the next quarter hour closes this one.
  store.write({ ...NOTHING, readings: readings(FLUSHES) });
  const size = () =>
    Number(sql.one('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')?.bytes);
  for (let copy = 1; size() < megabytes * 1e6; copy++) {
    const [ids, ms] = [copy * FLUSHES + FLUSHES, copy * QUARTER_HOUR_MS];
    sql.transaction(() => {
      sql.run(
        `INSERT INTO flush SELECT id + ?1, base_id + ?1, first_seq, 0, 0, readings, 0, 0, body FROM flush WHERE id <= ?2`,
        ...[ids, FLUSHES],
      );
      sql.run(
        `INSERT INTO segment SELECT first_id + ?1, last_id + ?1, from_ms + ?2, to_ms + ?2, readings, 1, 0, 0, 0
         FROM segment WHERE first_id = 1`,
        ...[ids, ms],
      );
      sql.run(
        `INSERT OR IGNORE INTO bucket SELECT start_ms + ?1, plug, readings, sum_watts, min_watts, max_watts, minutes
         FROM bucket WHERE start_ms = ?2`,
        ...[ms, startMs],
      );
    });
  }
  sql.transaction(() => {
    log.remember();
    sql.setCounter('booked', log.lastId);
  });
  sql.close();
}

/** Energy of 100 plugs in each of the quarter hours of `days` days from `fromMs` on, and the grid's intensities. */
export function energyJournal(path: string, fromMs: number, days: number): void {
  const { database } = openDatabase(path, 0);
  const { sql, store } = partsOf(database);
  const random = seeded(30);
  for (let dayMs = fromMs; dayMs < fromMs + days * DAY_MS; dayMs += DAY_MS) {
    const slices: EnergySlice[] = [];
    const intensities: IntensityPoint[] = [];
    for (let startMs = dayMs; startMs < dayMs + DAY_MS; startMs += QUARTER_HOUR_MS) {
      for (const { id } of SPECS)
        slices.push({
          ...{ plug: id, startMs, sessionId: null, phase: 'standby', counterWh: random() * 50 },
          ...{ integratedWh: random(), gapWh: 0, coveredMs: QUARTER_HOUR_MS },
        });
      intensities.push({
        ...{ zone: 'FR', startMs, endMs: startMs + QUARTER_HOUR_MS, gramsPerKwh: 10 + random() * 60 },
        ...{
          factorType: 'lifecycle',
          basis: 'consumption',
          status: 'measured',
          provider: 'bench',
          fetchedAtMs: startMs,
        },
      } as IntensityPoint);
    }
    store.write({ ...NOTHING, slices, intensities });
  }
  sql.close();
}
