import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { batchOf, readingOf } from '../support/journal-batch.ts';
import { offair, startOffair } from '../support/offair.ts';
import { tempFolder } from '../support/temp-folder.ts';

const T0 = Date.UTC(2026, 10, 24, 12, 0, 0);
const QUARTER_MS = 15 * 60_000;
const folder = tempFolder();
let run = 0;
let home: string;
let path: string;
let journal: SqliteJournal;

const env = () => ({ XDG_STATE_HOME: home });
const session = (id: string, atMs: number, title: string) => ({
  ...{ id, title, startedAtMs: atMs, endedAtMs: null, startedBy: 'api', endedBy: null },
  phases: [{ phase: 'live' as const, atMs }],
});
const quarterHour = (n: number) =>
  batchOf({
    readings: Array.from({ length: 90 }, (_, index) =>
      readingOf({ atMs: T0 + n * QUARTER_MS + index * 10_000, watts: index, counterWh: 100 + n }),
    ),
    slices: [
      {
        ...{ plug: 'key-light', startMs: T0 + n * QUARTER_MS, sessionId: null, phase: 'standby' as const },
        ...{ counterWh: 1, integratedWh: 0.5, gapWh: 0, coveredMs: 900_000 },
      },
    ],
  });

beforeEach(async () => {
  run += 1;
  home = join(folder, String(run));
  path = join(home, 'offair', 'journal.sqlite');
  journal = new SqliteJournal(path, { clock: new FakeClock(T0) });
  await journal.open();
});
afterEach(() => journal.close());

describe('backup and restore', () => {
  test('a backup taken while the daemon writes is one moment of it, whole, and for its owner alone', async () => {
    for (let n = 0; n < 40; n++) await journal.write(quarterHour(n));
    const file = join(home, 'backup.sqlite');
    const backup = startOffair(['backup', file], env());
    let ended = false;
    void backup.finished.then(() => {
      ended = true;
    });
    let written = 0;
    for (; !ended; written++) await journal.write(batchOf({ lines: [`n=${written}`], state: { last: written } }));
    const { code, stdout, stderr } = await backup.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('backup: 100 %\n') });
    expect(stdout).toContain(`${file} has everything of ${path}`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(home).toSorted()).toEqual(['backup.sqlite', 'offair']);

    const copy = new DatabaseSync(file, { readOnly: true });
    const one = (sql: string) => Number(Object.values(copy.prepare(sql).get() ?? {})[0]);
    expect(one('SELECT total(readings) FROM flush')).toBe(3600);
    // What one write brought is all there or not at all.
    expect(one('SELECT total(lines) FROM flush')).toBe(one("SELECT json FROM state WHERE name = 'last'") + 1);
    copy.close();
  });

  test('a backup never replaces a file', async () => {
    const file = join(home, 'precious');
    writeFileSync(file, 'keep me');
    const { code, stderr } = await offair(['backup', file], env());
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('exists already') });
    expect(readFileSync(file, 'utf8')).toBe('keep me');
  });

  test('a restore puts the backup in its place, keeps what was there, and nobody knows whether a live runs', async () => {
    await journal.write(quarterHour(0));
    await journal.putSession(session('s1', T0, 'Running at the time'));
    const file = join(home, 'backup.sqlite');
    expect(await offair(['backup', file], env())).toMatchObject({ code: 0 });
    await journal.write(batchOf({ state: { later: true } }));
    const busy = await offair(['restore', file], env());
    expect({ code: busy.code, stderr: busy.stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/another offair \(process \d+\) works on it: stop that one/),
    });
    await journal.close();

    const { code, stdout } = await offair(['restore', file], env());
    expect(code).toBe(0);
    const old = /before is (.*)\n/.exec(stdout)?.[1] ?? '';
    expect(existsSync(old)).toBe(true);
    await journal.open();
    expect(await journal.state('later')).toBeUndefined();
    expect(await journal.state('session-unknown')).toBe(true);
    expect((await journal.runningSession())?.id).toBe('s1');
    expect(await journal.history('key-light', T0, T0 + QUARTER_MS, QUARTER_MS)).toMatchObject([{ readings: 90 }]);
    const before = new DatabaseSync(old, { readOnly: true });
    expect(before.prepare("SELECT json FROM state WHERE name = 'later'").get()).toEqual({ json: 'true' });
    before.close();
  });

  test('what is no sound journal is not restored, and the journal stays', async () => {
    await journal.write(batchOf({ state: { here: 1 } }));
    await journal.close();
    const files = {
      text: join(home, 'text'),
      other: join(home, 'other.sqlite'),
      damaged: join(home, 'damaged.sqlite'),
    };
    writeFileSync(files.text, 'not a database '.repeat(100));
    const other = new DatabaseSync(files.other);
    other.exec('CREATE TABLE note (text)');
    other.close();
    expect(await offair(['backup', files.damaged], env())).toMatchObject({ code: 0 });
    const bytes = readFileSync(files.damaged);
    writeFileSync(files.damaged, bytes.fill(0xa5, 8192, 16_384));
    for (const file of [...Object.values(files), join(home, 'absent')]) {
      const { code, stderr } = await offair(['restore', file], env());
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/not a journal|damaged|no file|malformed/),
      });
    }
    await journal.open();
    expect(await journal.state('here')).toBe(1);
    expect(readdirSync(dirname(path)).filter((name) => name.includes('restore'))).toEqual([]);
  });
});

describe('export', () => {
  const rowsOf = async (...args: string[]) => {
    const { code, stdout, stderr } = await offair(['export', '--from', '2026-11-24', ...args], env());
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('export: 100 %') });
    return stdout;
  };
  const json = (text: string) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  test('of readings has each one once and in order, those of the last minutes included', async () => {
    for (let n = 0; n < 3; n++) await journal.write(quarterHour(n));
    const all = json(await rowsOf('--to', '2026-11-25', '--format', 'ndjson'));
    expect(all).toHaveLength(270);
    expect(all[1]).toEqual({
      ...{ at: '2026-11-24T12:00:10.000Z', plug: 'key-light', detail: 'reading', watts: 1, minWatts: 1, maxWatts: 1 },
      ...{ readings: 1, counterWh: 100, relay: true, volts: null, amps: null, celsius: null, flags: '' },
    });
    const part = await rowsOf('--from', '2026-11-24T12:00:30', '--to', '2026-11-24T13:16+01:00', '--format', 'csv');
    const lines = part.split('\r\n');
    expect(lines[0]).toMatch(/^at,plug,detail,watts,minWatts,/);
    expect(lines[1]).toMatch(/^2026-11-24T12:00:30.000Z,key-light,reading,3,3,3,1,100,true,,,,$/);
    expect(lines).toHaveLength(1 + 87 + 6 + 1);
  });

  test('of energy, sessions and switchings has a row each; a text can not be a formula, whatever is in it', async () => {
    await journal.write(quarterHour(0));
    await journal.putSession(session('s1', T0, '=HYPERLINK("http://evil.test","click")'));
    await journal.addAudience('s1', { atMs: T0, viewers: 12 });
    await journal.addSwitch({
      ...{ commandId: 'c1', atMs: T0, plug: 'key-light', to: 'off', by: 'policy', reason: 'a, "b"\nc' },
      ...{ reasons: [], source: null, wattsBefore: null, outcome: 'verified', detail: '-1+1', tookMs: 12.5 },
    });
    const [energy] = json(await rowsOf('--what', 'energy', '--format', 'ndjson'));
    expect(energy).toMatchObject({
      start: '2026-11-24T12:00:00.000Z',
      plug: 'key-light',
      wh: 1.5,
      coveredSeconds: 900,
    });
    const sessions = await rowsOf('--what', 'sessions');
    expect(sessions).toContain(`"'=HYPERLINK(""http://evil.test"",""click"")"`);
    expect(sessions).toContain(',12\r\n');
    const switches = await rowsOf('--what', 'switches');
    expect(switches).toContain(`"a, ""b""\nc",,,verified,'-1+1,12.5\r\n`);
  });

  test('of what was thinned has the minutes that are left', async () => {
    await journal.close();
    const days = { rawDays: 1, minuteDays: 400, quarterHourDays: 400 };
    journal = new SqliteJournal(path, { clock: new FakeClock(T0), retention: days });
    await journal.open();
    for (let n = 0; n < 120; n++) await journal.write(quarterHour(n));
    const all = json(await rowsOf('--to', '2027-01-01', '--format', 'ndjson'));
    expect(all[0]).toMatchObject({
      at: '2026-11-24T12:00:00.000Z',
      detail: 'minute',
      watts: 2.5,
      minWatts: 0,
      maxWatts: 5,
      readings: 6,
    });
    expect(all.reduce((sum, { readings }) => sum + readings, 0)).toBe(120 * 90);
    expect(all.at(-1)).toMatchObject({ detail: 'reading' });
    expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted());
  });

  test('goes into a new file, or to whoever stops reading early; a wrong time or word is a usage error', async () => {
    await journal.write(quarterHour(0));
    const file = join(home, 'energy.csv');
    mkdirSync(home, { recursive: true });
    expect(
      (await rowsOf('--what', 'energy', '-o', file)) === '' && readFileSync(file, 'utf8').startsWith('start,plug'),
    ).toBe(true);
    expect((await offair(['export', '--from', '2026-11-24', '-o', file], env())).code).toBe(1);
    const early = startOffair(['export', '--from', '2026-11-24', '--format', 'ndjson'], env());
    early.process.stdout?.destroy();
    const [code] = await once(early.process, 'exit');
    expect(code).toBe(0);
    for (const args of [
      [],
      ['--from', 'yesterday'],
      ['--from', '2026-11-24', '--what', 'all'],
      ['--from', '2026-11-24', '--format', 'xls'],
    ])
      expect((await offair(['export', ...args], env())).code).toBe(2);
    expect((await offair(['export', '--from', '2026-11-24', '--to', '2026-11-23'], env())).code).toBe(1);
  });
});
