import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Running, startOffair } from '../support/offair.ts';
import { freePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { blocksOf, pages } from './pages.ts';

/** curl's own code for a stream that goes on. */
const STILL_RUNS = 28;

const withCurl = pages()
  .map((page) => ({
    path: page.path,
    commands: blocksOf(page)
      .filter(({ language }) => language === 'sh')
      // A command goes on over the lines of an open quote.
      .flatMap(({ text }) => text.match(/^curl (?:'[^']*'|[^'\n])*/gm) ?? []),
  }))
  .filter(({ path, commands }) => commands.length > 0 && !path.endsWith('.fr.md'));

describe('what the documentation has one type', () => {
  let demo: Running;
  let folder: string;
  let port: number;
  const run = (command: string) =>
    new Promise<{ code: number; said: string }>((resolve) => {
      // Whatever the person has in a .curlrc of their own, an answer that is an error must be one here.
      const env = { PATH: process.env.PATH ?? '', CURL_HOME: folder, HOME: folder };
      execFile('sh', ['-c', command], { cwd: folder, env, timeout: 60_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: stderr + stdout.slice(0, 500) }),
      );
    });
  const post = (path: string) => fetch(`http://127.0.0.1:${port}/api/v1/${path}`, { method: 'POST' });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'offair-docs-'));
    writeFileSync(join(folder, '.curlrc'), 'fail\nsilent\nshow-error\n');
    port = await freePort();
    demo = startOffair(['run', '--port', String(port)]);
    const status = () => fetch(`http://127.0.0.1:${port}/api/v1/status`).then((answer) => answer.json());
    await until('the demo has measured something', async () =>
      status().then(
        ({ watts }) => watts > 0,
        () => false,
      ),
    );
    // A live of the past, for what is asked of one.
    await post('sessions');
  });
  afterAll(async () => {
    demo.process.kill('SIGTERM');
    await demo.finished;
    rmSync(folder, { recursive: true });
  });

  test.each(withCurl)(
    '$path: every curl works on the demo studio',
    async ({ commands }) => {
      // The day of the demo has lives of its own.
      await post('sessions/current/end');
      for (const command of commands) {
        const [{ id = '' } = {}] = await (await fetch(`http://127.0.0.1:${port}/api/v1/sessions`)).json();
        const here = command
          .replaceAll('127.0.0.1:8787', `127.0.0.1:${port}`)
          .replaceAll(/"ID"/g, `"${id}"`)
          .replaceAll('/sessions/ID', `/sessions/${id}`);
        const endless = / -N\b/.test(here);
        const { code, said } = await run(endless ? `${here} --max-time 2` : here);
        expect({ command, code, said }).toMatchObject({ code: endless ? STILL_RUNS : 0 });
      }
    },
    120_000,
  );
});
