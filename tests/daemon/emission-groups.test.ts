import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import type { EmissionGroup } from '../../api/deps.ts';
import { EmissionGroups, emissionsBy } from '../../daemon/emission-groups.ts';
import { HOLD_MS, pricing } from '../../model/emissions.ts';
import { type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { PlugSpec } from '../../model/plug.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { batchOf } from '../support/journal-batch.ts';
import { tempFolder } from '../support/temp-folder.ts';

const DAY_MS = 86_400_000;
const T0 = Date.UTC(2026, 10, 20);
const QUARTERS = 5 * 96;
const TIME_ZONE = 'Europe/Paris';
const GROUPS: EmissionGroup[] = ['plug', 'kind', 'session', 'day', 'hour'];
const PLUGS = ['a', 'b', 'c'].map((id) => ({ id, kind: id === 'a' ? 'light' : 'camera' }) as PlugSpec);

const slice = fc.record({
  plug: fc.constantFrom('a', 'b', 'c'),
  startMs: fc.nat(QUARTERS - 1).map((n) => T0 + n * QUARTER_HOUR_MS),
  sessionId: fc.constantFrom(null, 's1', 's2'),
  phase: fc.constantFrom('standby' as const, 'live' as const),
  counterWh: fc.nat(100),
  integratedWh: fc.nat(10),
  gapWh: fc.nat(10),
  coveredMs: fc.nat(100_000),
});
const point = fc.record({ quarter: fc.nat(QUARTERS - 1), grams: fc.nat(90) }).map(
  ({ quarter, grams }): IntensityPoint => ({
    ...{ zone: 'FR', startMs: T0 + quarter * QUARTER_HOUR_MS, endMs: T0 + (quarter + 1) * QUARTER_HOUR_MS },
    ...{ gramsPerKwh: grams, factorType: 'lifecycle', basis: 'consumption', status: 'measured' },
    ...{ provider: 'test', fetchedAtMs: T0 },
  }),
);
const change = fc.record({
  slices: fc.array(slice, { maxLength: 40 }),
  intensities: fc.array(point, { maxLength: 5 }),
});

describe('emissions by group', () => {
  const folder = tempFolder();
  let journal: SqliteJournal;
  beforeAll(async () => {
    journal = new SqliteJournal(join(folder, `${randomUUID()}.db`), { clock: new FakeClock() });
    await journal.open();
  });
  afterAll(() => journal.close());

  const pricingOf = async (fromMs: number, toMs: number) =>
    pricing(await journal.intensities(fromMs - HOLD_MS, toMs), ['test'], null);
  const deps = () => ({
    ...{ journal, carbon: { basis: 'test', pricingOf }, plugs: PLUGS, timeZone: TIME_ZONE },
    nowMs: T0 + 4.5 * DAY_MS,
  });

  test('are the same from what was kept of whole days, whatever was written in between', async () => {
    const period = fc.tuple(fc.nat(QUARTERS), fc.nat(QUARTERS)).map(([one, other]) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other) + 1];
      return [T0 + from * QUARTER_HOUR_MS, T0 + to * QUARTER_HOUR_MS] as const;
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(change, period), { minLength: 1, maxLength: 4 }), async (changes) => {
        for (const [{ slices, intensities }, [fromMs, toMs]] of changes) {
          await journal.write(batchOf({ slices, intensities }));
          // Once to make them, once from what was made.
          for (const _ of [1, 2]) {
            for (const groupBy of GROUPS) {
              const direct = new EmissionGroups(groupBy, PLUGS, TIME_ZONE);
              direct.add(await journal.slices(fromMs, toMs), await pricingOf(fromMs, toMs));
              const found = await emissionsBy(groupBy, [fromMs, toMs], deps());
              expect(comparable(found)).toEqual(comparable(direct.list()));
            }
          }
        }
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  test('of whole days are kept, those of a day that changes while they are made are not', async () => {
    const days = async () => (await journal.dayTotals(T0, T0 + 5 * DAY_MS, `test|${TIME_ZONE}`)).days.length;
    await emissionsBy('plug', [T0, T0 + 4 * DAY_MS], deps());
    expect(await days()).toBe(4);
    const late: EnergySlice = {
      ...{ plug: 'a', startMs: T0 + DAY_MS, sessionId: null, phase: 'standby' },
      ...{ counterWh: 1, integratedWh: 0, gapWh: 0, coveredMs: 0 },
    };
    await journal.write(batchOf({ slices: [late] }));
    expect(await days()).toBe(3);
    const { change: before } = await journal.dayTotals(T0, T0 + 5 * DAY_MS, 'any');
    await journal.write(batchOf({ slices: [late] }));
    await journal.putDayTotal({ startMs: T0 + DAY_MS, json: '{}' }, `test|${TIME_ZONE}`, before);
    expect(await days()).toBe(3);
    expect((await journal.dayTotals(T0, T0 + 5 * DAY_MS, 'another factor type')).days).toEqual([]);
  });
});

/** Sums in another order differ in the last digits. */
function comparable(groups: Awaited<ReturnType<typeof emissionsBy>>): unknown {
  const rounded = JSON.stringify(
    groups.toSorted((one, other) => (one.key < other.key ? -1 : 1)),
    (key, value) => {
      if (key === 'origins')
        return value.toSorted((a: { status: string }, b: { status: string }) => (a.status < b.status ? -1 : 1));
      return typeof value === 'number' ? Number(value.toFixed(6)) : value;
    },
  );
  return JSON.parse(rounded);
}
