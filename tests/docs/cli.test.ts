import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf, pages } from './pages.ts';

const PROGRAM = fileURLToPath(new URL('../../daemon/offair.ts', import.meta.url));
const STUDIO = `
studio: { id: studio-a, name: Studio A }
journal: { path: journal.sqlite }
sessionSources: { obs: { url: "ws://127.0.0.1:1" }, calendar: {} }
plugs: [{ id: light, name: Light, adapter: tapo, host: 127.0.0.1 }]
`;
/** Of each kind the first. Reports and what is done with a journal have tests of their own: tests/report, tests/cli. */
const commands = Map.groupBy(
  pages()
    .flatMap(blocksOf)
    .filter(({ language, page }) => language === 'sh' && !page.endsWith('.fr.md'))
    .flatMap(({ text }) => text.match(/^npx offair (?!report|backup|restore|export).*$/gm) ?? []),
  (command) => command.split(/ [-/]| \w+\.\w+/)[0],
);

describe('what the documentation has one type', () => {
  let folder: string;
  const run = (command: string) =>
    new Promise<number>((resolve) => {
      const env = { PATH: process.env.PATH ?? '', NODE: process.execPath, PROGRAM };
      execFile('sh', ['-c', command], { cwd: folder, env, timeout: 60_000 }, (error) =>
        resolve(error === null ? 0 : Number(error.code ?? -1)),
      );
    });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'offair-docs-'));
    mkdirSync(join(folder, 'secrets'), { mode: 0o700 });
    for (const name of ['tapo_username', 'tapo_password', 'obs_password'])
      writeFileSync(join(folder, 'secrets', name), 'x\n', { mode: 0o600 });
    writeFileSync(join(folder, 'secrets', 'calendar_url'), 'http://127.0.0.1:1/live.ics\n', { mode: 0o600 });
    writeFileSync(join(folder, 'studio.yaml'), STUDIO);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('every kind of offair command works', async () => {
    expect(commands.size).toBeGreaterThan(3);
    // A list needs a journal: the first token makes it.
    const makesJournal = ([command = '']: string[]) => Number(command.includes('token create'));
    for (const [command = ''] of [...commands.values()].sort((a, b) => makesJournal(b) - makesJournal(a))) {
      const here = command.replace('npx offair', '"$NODE" "$PROGRAM"');
      expect({ command, code: await run(here) }).toEqual({ command, code: 0 });
    }
  }, 120_000);
});
