/** What was acknowledged is on the disk before the answer leaves: seen from outside, by the system calls. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '../../daemon/clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { Api, Plugs } from './daemon-studio.ts';

const STRACE = '/usr/bin/strace';
const PROGRAM = fileURLToPath(new URL('../../daemon/offair.ts', import.meta.url));
const skip = !existsSync(STRACE);
if (skip) console.warn(`skipped: no ${STRACE} (apt-get install strace)`);

const folder = tempFolder();

test.skipIf(skip)(
  'a command and a session are synced to the card before they are acknowledged',
  async () => {
    const plugs = await Plugs.start(systemClock);
    const trace = join(folder, 'trace');
    try {
      await plugs.addShelly('light', 100);
      const config = await plugs.config(folder, { switching: { dryRun: false } });
      const file = join(folder, 'studio.yaml');
      writeFileSync(file, JSON.stringify(config));
      const api = new Api(`http://127.0.0.1:${(config.api as { port: number }).port}`);
      const calls = 'fsync,fdatasync,read,write,writev,sendmsg';
      // -D: what is spawned is the daemon itself, and strace watches from outside.
      const traced = ['-D', '-f', '-y', '-s', '80', '-e', `trace=${calls}`, '-o', trace, process.execPath, PROGRAM];
      const daemon = spawn(STRACE, [...traced, 'run', '--config', file], {
        env: { PATH: process.env.PATH },
        stdio: 'ignore',
      });
      const ended = once(daemon, 'exit');
      try {
        await until('the daemon answers', () =>
          api.call('status').then(
            () => true,
            () => false,
          ),
        );
        await api.allOnline();
        expect(await api.call('plugs/light/commands', { power: 'off' })).toMatchObject({ status: 202 });
        expect(await api.call('sessions', { phase: 'live' })).toMatchObject({ status: 201 });
      } finally {
        daemon.kill('SIGTERM');
        await ended;
      }
      await until('strace has written it all', () => readFileSync(trace, 'utf8').endsWith(' +++\n'));
      const lines = readFileSync(trace, 'utf8').split('\n');
      expect(syncsBetween(lines, 'POST /api/v1/plugs/light/commands', 'HTTP/1.1 202')).toBeGreaterThan(0);
      expect(syncsBetween(lines, 'POST /api/v1/sessions', 'HTTP/1.1 201')).toBeGreaterThan(0);
    } finally {
      await plugs.stop();
    }
  },
  60_000,
);

/** How often the journal was synced, with success, after a request was read and before its answer was written. */
function syncsBetween(lines: readonly string[], request: string, answer: string): number {
  const from = lines.findIndex((line) => line.includes(request));
  const to = lines.findIndex((line, index) => index > from && line.includes(answer));
  expect([from, to], `${request} … ${answer} in the trace`).not.toContain(-1);
  const between = lines.slice(from, to);
  const begun = new Set(
    between.filter((line) => /f(data)?sync\(\d+<[^>]*journal\.sqlite/.test(line)).map((line) => line.split(' ')[0]),
  );
  return between.filter((line) => begun.has(line.split(' ')[0]) && /f(data)?sync.*= 0$/.test(line)).length;
}
