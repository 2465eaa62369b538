import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { offair } from '../support/offair.ts';
import { tempFolder } from '../support/temp-folder.ts';

const EXAMPLE = fileURLToPath(new URL('../../config/studio.example.yaml', import.meta.url));
const folder = tempFolder();

describe('the command line', () => {
  test('--help tells what there is; --version tells which', async () => {
    const help = await offair(['--help']);
    expect(help.code).toBe(0);
    for (const word of ['run', 'check-config', 'token']) expect(help.stdout).toContain(word);
    expect((await offair(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('a command or option that does not exist is a usage error: 2', async () => {
    for (const args of [
      ['fly'],
      ['run', '--fast'],
      ['run', '--port', '0'],
      ['token', 'create'],
      ['token', 'create', 'x', '--scope', 'all'],
    ]) {
      const { code, stderr } = await offair(args);
      expect(code, args.join(' ')).toBe(2);
      expect(stderr).not.toContain('    at ');
    }
  });

  test('check-config says what a right file means, and exits 78 with every mistake of a wrong one', async () => {
    const right = await offair(['check-config', EXAMPLE]);
    expect(right).toMatchObject({ code: 0, stderr: '' });
    expect(right.stdout).toContain('6 plugs, 3 of them may be cut; dry run');
    expect(right.stdout).toMatch(/but tapo_password is not set: write it alone into .*config\/secrets\/tapo_password/);

    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(wrong, 'studio: { id: a, nme: A }\nplugs: []\n');
    const { code, stderr } = await offair(['check-config', wrong]);
    expect(code).toBe(78);
    expect(stderr).toContain('studio.nme');
    expect(stderr).toContain('Did you mean name?');
    expect(stderr).toContain('at least one plug');
  });

  test('influx-setup prints what an administrator runs, and nothing else', async () => {
    const { code, stdout, stderr } = await offair(['influx-setup', '--config', EXAMPLE]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const statements = stdout.trimEnd().split('\n');
    expect(statements.every((statement) => /^(CREATE|GRANT) .*;$/.test(statement))).toBe(true);
    expect(statements).toContain('GRANT ALL ON "offair" TO "offair";');
    expect((await offair(['influx-setup'])).code).toBe(2);
  });

  test('run with a wrong or missing configuration exits 78 before it touches anything', async () => {
    expect(await offair(['run', '--config', join(folder, 'none.yaml')])).toMatchObject({ code: 78 });
  });

  test('a secret file that can not be read is named, and nothing of it is shown', async () => {
    const config = join(folder, 'studio.yaml');
    const journal = join(folder, 'journal.sqlite');
    writeFileSync(
      config,
      `studio: { id: a, name: A }\ndiscovery: { interface: 127.0.0.1 }\njournal: { path: ${journal} }\nplugs:\n  - { id: camera, name: C, adapter: tapo, host: 127.0.0.1, port: 9 }\n`,
    );
    const { code, stderr } = await offair(['run', '--config', config], {
      OFFAIR_TAPO_PASSWORD_FILE: join(folder, 'absent'),
      OFFAIR_TAPO_USERNAME: 'me@example.com',
    });
    expect(code).toBe(78);
    expect(stderr).toContain('OFFAIR_TAPO_PASSWORD_FILE');
    expect(stderr).not.toContain('me@example.com');
  });

  test('a token is shown once, listed without its secret, and worthless after it was revoked', async () => {
    const home = { XDG_STATE_HOME: join(folder, 'state') };
    const made = await offair(['token', 'create', 'stream deck'], home);
    expect(made.stdout).toMatch(/^offair_control_[\w-]{43}\nid [0-9a-f]{8}, scope control/);
    const secret = made.stdout.split('\n')[0] ?? '';
    const id = /id ([0-9a-f]{8})/.exec(made.stdout)?.[1] ?? '';
    const listed = await offair(['token', 'list'], home);
    expect(listed.stdout).toContain(`${id}  control  stream deck`);
    expect(listed.stdout).not.toContain(secret);
    expect((await offair(['token', 'revoke', id], home)).code).toBe(0);
    expect((await offair(['token', 'list'], home)).stdout).toBe('no tokens\n');
    expect(await offair(['token', 'revoke', id], home)).toMatchObject({ code: 1 });
  });

  test('tokens are made beside a running daemon, and a damaged journal is left to the daemon', async () => {
    const home = join(folder, 'beside');
    const path = join(home, 'offair', 'journal.sqlite');
    const journal = new SqliteJournal(path, { clock: systemClock });
    await journal.open();
    expect(await offair(['token', 'create', 'overlay'], { XDG_STATE_HOME: home })).toMatchObject({ code: 0 });
    expect(await journal.tokens()).toMatchObject([{ label: 'overlay' }]);
    await journal.close();

    writeFileSync(path, 'not a database '.repeat(1000));
    for (const args of [['create', 'x'], ['list'], ['revoke', 'x']]) {
      const { code, stderr } = await offair(['token', ...args], { XDG_STATE_HOME: home });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^The journal .*Restart offair.*\n$/),
      });
    }
    expect(readFileSync(path, 'utf8')).toContain('not a database');
  });

  test('tokens of a journal that is not there are not listed as none', async () => {
    const { code, stderr } = await offair(['token', 'list'], { XDG_STATE_HOME: join(folder, 'nowhere') });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('there is no such file') });
  });

  test.skipIf(process.getuid?.() === 0)('a state folder that may not be written is told in one line', async () => {
    const locked = join(folder, 'locked');
    writeFileSync(locked, '');
    chmodSync(locked, 0o400);
    const { code, stderr } = await offair(['token', 'list'], { XDG_STATE_HOME: locked });
    expect(code).toBe(1);
    expect(stderr).toContain(locked);
  });

  test('mqtt-user makes, lists and removes users of the embedded broker; a password is shown once', async () => {
    const config = join(folder, 'broker.yaml');
    writeFileSync(
      config,
      `studio: { id: a, name: A }\ndiscovery: { interface: 127.0.0.1 }\njournal: { path: ${join(folder, 'users.sqlite')} }\nplugs:\n  - { id: camera, name: C, adapter: tapo, host: 127.0.0.1, port: 9 }\n`,
    );
    const user = (...args: string[]) => offair(['mqtt-user', ...args, '--config', config]);
    const made = await user('add', 'desk', '--device', 'shellyplugsg3-8cbfeaa133f0');
    expect(made.stdout).toMatch(/^user desk\npassword [a-z2-9]{20}\n/);
    const listed = await user('list');
    expect(listed.stdout).toBe('desk  own topics shellyplugsg3-8cbfeaa133f0, shellies/shellyplugsg3-8cbfeaa133f0\n');
    expect((await user('add', 'desk')).stderr).toContain('--device ID for a plug');
    expect((await user('add', 'offair', '--publish', '#')).code).toBe(1);
    expect((await user('remove', 'desk')).code).toBe(0);
    expect((await user('list')).stdout).toBe('no users\n');
    expect((await user('remove', 'desk')).stderr).toContain('no user desk');
  });
});
