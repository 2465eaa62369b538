import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import type { Alarm } from '../../model/alarms.ts';
import { beginCut } from '../../model/savings.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();
const clock = new FakeClock();
const open = async () => {
  const journal = new SqliteJournal(join(folder, 'outcomes.sqlite'), { clock });
  await journal.open();
  return journal;
};
let journal: SqliteJournal;
beforeEach(async () => {
  journal = await open();
});
afterEach(() => journal.close());

test('cuts are there after a restart, as they were last written, by the time that they touch', async () => {
  const early = { ...beginCut('tv', false, 1000, { watts: 12, readings: 30 }), endedAtMs: 2000 };
  const late = beginCut('lamp', false, 5000, { watts: 40, readings: 3 });
  await journal.putCut({ ...early, endedAtMs: null });
  await journal.putCut(early);
  await journal.putCut(late);
  await journal.close();
  journal = await open();
  expect(await journal.cuts(0, 10_000)).toEqual([early, late]);
  expect(await journal.cuts(2001, 10_000)).toEqual([late]);
  expect(await journal.cuts(0, 5000)).toEqual([early]);
  expect(await journal.cuts(900_000, 900_001)).toEqual([late]);
});

test('alarms come newest first, and an open one is never left out', async () => {
  const alarm = (id: string, raisedAtMs: number, clearedAtMs: number | null): Alarm => ({
    ...{ id, raisedAtMs, clearedAtMs, code: 'source-lost', of: 'obs', severity: 'warning', plug: null },
    ...{ data: { name: 'obs' }, acknowledged: null },
  });
  for (const one of [alarm('a', 1, null), alarm('b', 2, 3), alarm('c', 4, 5), alarm('d', 6, 7)])
    await journal.putAlarm(one);
  expect((await journal.alarms(2)).map(({ id }) => id)).toEqual(['d', 'c', 'a']);
  await journal.putAlarm({ ...alarm('a', 1, 9), acknowledged: { atMs: 8, by: 'Ana' } });
  expect((await journal.alarms(4)).at(-1)).toMatchObject({ id: 'a', clearedAtMs: 9, acknowledged: { by: 'Ana' } });
});
