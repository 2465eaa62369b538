import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { QuarterReport } from '../../api/quarter-schema.ts';
import { systemClock } from '../../daemon/clock.ts';
import { EMPTY_ENERGY, QUARTER_HOUR_MS } from '../../model/energy.ts';
import { batchOf } from '../support/journal-batch.ts';
import { offair } from '../support/offair.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();
const config = join(folder, 'studio.yaml');
const FROM = Date.parse('2026-05-12T18:00:00Z');

/** A live of an hour at 400 W in the second quarter of 2026, priced by RTE. */
beforeAll(async () => {
  const path = join(folder, 'journal.sqlite');
  writeFileSync(
    config,
    `studio: { id: secret-studio, name: Secret Studio, country: FR }
journal: { path: ${path} }
plugs:
  - { id: secret-lamp, name: Secret lamp, kind: light, adapter: tapo, host: 192.0.2.1 }
`,
  );
  const journal = new SqliteJournal(path, { clock: systemClock });
  await journal.open();
  await journal.putSession({
    ...{ id: 'secret-live', title: 'Secret live', startedAtMs: FROM, endedAtMs: FROM + 4 * QUARTER_HOUR_MS },
    ...{ phases: [{ phase: 'live', atMs: FROM }], startedBy: 'secret-person', endedBy: null },
  });
  const quarters = [0, 1, 2, 3].map((index) => FROM + index * QUARTER_HOUR_MS);
  await journal.write(
    batchOf({
      slices: quarters.map((startMs) => ({
        ...{ plug: 'secret-lamp', startMs, sessionId: 'secret-live', phase: 'live' as const },
        ...{ ...EMPTY_ENERGY, counterWh: 100, coveredMs: QUARTER_HOUR_MS },
      })),
      intensities: quarters.map((startMs) => ({
        ...{ zone: 'FR', startMs, endMs: startMs + QUARTER_HOUR_MS, gramsPerKwh: 25, factorType: 'lifecycle' as const },
        ...{ basis: 'production' as const, status: 'measured' as const, provider: 'rte-odre', fetchedAtMs: FROM },
      })),
    }),
  );
  await journal.close();
});

describe('offair quarter', () => {
  test('writes a report of the published form that names nobody', async () => {
    const out = join(folder, 'own.json');
    const { code, stderr } = await offair(['quarter', '--quarter', '2026Q2', '--config', config, '--out', out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = readFileSync(out, 'utf8');
    expect(text.toLowerCase()).not.toContain('secret');
    expect(QuarterReport.parse(JSON.parse(text))).toMatchObject({
      ...{ quarter: '2026Q2', lives: 1, kwh: 0.4, kgCo2e: 0.01 },
      items: { whPerLiveHour: 400, gramsPerLiveHour: 10, gramsPerKwh: 25, lightShare: 1 },
      letters: { energy: 'D', climate: 'A', overall: 'D' },
    });
  });

  test('a quarter that is none is a usage error', async () => {
    expect((await offair(['quarter', '--quarter', '2026-4', '--config', config])).code).toBe(2);
  });
});

describe('offair compare', () => {
  test('places the studio among the reports of files', async () => {
    const own = JSON.parse((await offair(['quarter', '--quarter', '2026Q2', '--config', config])).stdout);
    const files = [300, 500, 700].map((whPerLiveHour, index) => {
      const file = join(folder, `other-${index}.json`);
      writeFileSync(file, JSON.stringify({ ...own, items: { ...own.items, whPerLiveHour } }));
      return file;
    });
    const { code, stdout } = await offair(['compare', ...files, '--quarter', '2026Q2', '--config', config]);
    expect(code).toBe(0);
    expect(stdout).toContain('among 3 reports of size S');
    expect(stdout).toMatch(/whPerLiveHour +400 +500 +67 % of 3/);
  });

  test('says of a file that is no report what is wrong with it', async () => {
    const { code, stderr } = await offair(['compare', config, '--quarter', '2026Q2', '--config', config]);
    expect(code).toBe(1);
    expect(stderr).toContain('studio.yaml can not be read as a report');
    const file = join(folder, 'new.json');
    writeFileSync(file, '{"schema":"offair-quarter/2"}');
    const newer = await offair(['compare', file, '--quarter', '2026Q2', '--config', config]);
    expect(newer.stderr).toContain('no quarterly report of a version known here: schema');
  });
});
