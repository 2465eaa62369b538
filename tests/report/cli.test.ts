import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { Report } from '../../model/report.ts';
import { batchOf } from '../support/journal-batch.ts';
import { offair } from '../support/offair.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { StudioOfAnEvening } from './live.ts';
import { pdfText } from './pdf-text.ts';

const folder = tempFolder();
const config = join(folder, 'studio.yaml');
const empty = join(folder, 'empty.yaml');

function studioYaml(file: string, journal: string, plugs: readonly { id: string; name: string; kind: string }[]): void {
  const lines = plugs.map(
    ({ id, name, kind }, index) =>
      `  - { id: ${id}, name: "${name}", kind: ${kind}, adapter: tapo, host: 192.0.2.${index + 1} }`,
  );
  writeFileSync(
    file,
    `studio: { id: belleville, name: Studio Belleville, country: FR }
journal: { path: ${journal} }
plugs:
${lines.join('\n')}
`,
  );
}

/** The journal of an evening's studio. */
beforeAll(async () => {
  const studio = new StudioOfAnEvening({ earlierLives: 1 });
  const path = join(folder, 'journal.sqlite');
  studioYaml(config, path, studio.plugs);
  const journal = new SqliteJournal(path, { clock: systemClock });
  await journal.open();
  const price = await studio.pricingOf();
  for (const session of await studio.sessions(9)) {
    await journal.putSession(session);
    for (const said of session.audience) await journal.addAudience(session.id, said);
    const slices = await studio.sessionSlices(session.id);
    const starts = [...new Set(slices.map(({ startMs }) => startMs))];
    await journal.write(batchOf({ slices, intensities: starts.flatMap((startMs) => price(startMs) ?? []) }));
  }
  await journal.close();
  const none = join(folder, 'none.sqlite');
  studioYaml(empty, none, studio.plugs);
  const unused = new SqliteJournal(none, { clock: systemClock });
  await unused.open();
  await unused.close();
});

const report = (...args: string[]) => offair(['report', ...args, '--config', config]);

describe('offair report', () => {
  test('prints the last live as a page, and a live by its id as data', async () => {
    const [page, data] = await Promise.all([report('last', '--lang', 'en'), report('live-1', '--format', 'json')]);
    expect({ code: page.code, stderr: page.stderr }).toEqual({ code: 0, stderr: '' });
    expect(page.stdout).toContain('Matinale spéciale');
    expect(page.stdout).toContain('1.32\u00a0kWh');
    expect((JSON.parse(data.stdout) as Report).session.id).toBe('live-1');
  });

  test('writes an image and a PDF to a file', async () => {
    const [image, pdf] = [join(folder, 'story.png'), join(folder, 'bilan.pdf')];
    const done = await report('last', '--format', 'png', '--size', 'story', '--out', image);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain(image);
    expect(readFileSync(image).readUInt32BE(20)).toBe(1920);
    expect(await report('last', '--format', 'pdf', '--out', pdf)).toMatchObject({ code: 0 });
    expect(pdfText(readFileSync(pdf))).toContain('46,9\u202fg CO₂e');
  });

  test('ends with 1 and says what there is when there is no such live', async () => {
    const [unknown, never] = await Promise.all([report('live-9'), offair(['report', 'last', '--config', empty])]);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain('there is no session "live-9"');
    expect(unknown.stderr).toContain('the last ones are live-0, live-1');
    expect(never).toMatchObject({ code: 1, stdout: '' });
    expect(never.stderr).toContain('no session has ended yet');
  });

  test('ends with 2 for what it can not make, and with 78 for a wrong configuration', async () => {
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(wrong, 'studio: {}\n');
    const [format, configuration] = await Promise.all([
      report('last', '--format', 'docx'),
      offair(['report', 'last', '--config', wrong]),
    ]);
    expect(format.code).toBe(2);
    expect(format.stderr).toContain('html, png, pdf, json');
    expect(configuration.code).toBe(78);
  });
});
