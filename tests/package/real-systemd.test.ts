import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { boot, bootstrap, type Machine } from './systemd-root.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const architecture = arch() === 'arm64' ? 'arm64' : 'amd64';
const LATER = '999.0.0';
const STUDIO = `studio: { id: test, name: Test }
mqtt: { embedded: { host: 127.0.0.1, port: 1883 } }
plugs:
  - { id: lamp, name: Lamp, kind: light, adapter: shelly, device: shellyplusplugs-02cc00000002 }
`;

/** The same package under a later version. */
function later(deb: string, to: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'offair-later-'));
  execFileSync('dpkg-deb', ['--raw-extract', deb, folder]);
  const control = join(folder, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${LATER}`));
  execFileSync('dpkg-deb', ['-Zgzip', '-z1', '--root-owner-group', '--build', folder, to], { stdio: 'ignore' });
  rmSync(folder, { recursive: true });
}

// `npm run test:package`: builds the package and takes some minutes.
describe.skipIf(!process.env.OFFAIR_PACKAGE)('the Debian package under a real systemd (npm run test:package)', () => {
  let machine: Machine;
  const etc = () => join(machine.root, 'etc/offair');
  const shown = (property: string) => machine.run('systemctl', 'show', 'offair', '--value', '-p', property);
  const answers = () => {
    const script =
      "fetch('http://127.0.0.1:8787/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))";
    return machine.attempt('/usr/lib/offair/bin/node', '-e', script).code === 0;
  };

  beforeAll(async () => {
    execFileSync('npm', ['run', '--silent', 'package', '--', architecture], { cwd: project, stdio: 'inherit' });
    const deb = join(project, 'build', `offair_${version}_${architecture}.deb`);
    const root = bootstrap();
    cpSync(deb, join(root, 'root/now.deb'));
    later(deb, join(root, 'root/later.deb'));
    machine = await boot(root);
  }, 900_000);
  afterAll(async () => machine?.stop(), 60_000);

  test('is installed without any network, and waits for a studio.yaml', () => {
    machine.run('dpkg', '--install', '/root/now.deb');
    expect(machine.run('systemctl', 'is-enabled', 'offair')).toBe('enabled');
    expect(shown('ActiveState')).toBe('inactive');
    expect(machine.run('offair', '--version')).toBe(version);
  });

  test('runs in its sandbox, ready when it measures, and is well', async () => {
    mkdirSync(etc(), { recursive: true });
    writeFileSync(join(etc(), 'studio.yaml'), STUDIO);
    machine.run('systemctl', 'start', 'offair');
    expect(shown('ActiveState')).toBe('active');
    expect(answers()).toBe(true);
    const status = machine.run('cat', `/proc/${shown('MainPID')}/status`);
    expect(status).toMatch(/^CapEff:\s0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s1$/m);
    expect(status).toMatch(/^Seccomp:\s2$/m);
    expect(machine.run('stat', '--format=%U', '/var/lib/offair/journal.sqlite')).toBe('offair');
    const doctor = machine.attempt('offair', 'doctor', '--config', '/etc/offair/studio.yaml', '--part', 'journal');
    expect(doctor).toMatchObject({ code: 0, said: expect.stringContaining('All is well') });
    await until('systemd heard that it is well', () => shown('WatchdogTimestamp') !== '');
  });

  test('takes a changed studio.yaml when told to, and never a wrong one', async () => {
    const running = shown('MainPID');
    writeFileSync(join(etc(), 'studio.yaml'), `${STUDIO}colour: blue\n`);
    const { code } = machine.attempt('systemctl', 'reload', 'offair');
    expect(code).not.toBe(0);
    expect(answers()).toBe(true);
    writeFileSync(join(etc(), 'studio.yaml'), STUDIO.replace('Lamp', 'Key light'));
    machine.run('systemctl', 'reload', 'offair');
    await until('it is taken', () =>
      machine.run('journalctl', '-u', 'offair', '--no-pager').includes('config-applied'),
    );
    expect(shown('MainPID')).toBe(running);
  });

  test('a wrong studio.yaml is not tried again and again', () => {
    writeFileSync(join(etc(), 'studio.yaml'), `${STUDIO}colour: blue\n`);
    expect(machine.attempt('systemctl', 'restart', 'offair').code).not.toBe(0);
    expect(shown('ActiveState')).toBe('failed');
    expect(shown('ExecMainStatus')).toBe('78');
    writeFileSync(join(etc(), 'studio.yaml'), STUDIO);
    machine.run('systemctl', 'start', 'offair');
  });

  test('one that hangs is started anew', async () => {
    const dropIn = join(machine.root, 'etc/systemd/system/offair.service.d');
    mkdirSync(dropIn, { recursive: true });
    writeFileSync(join(dropIn, 'soon.conf'), '[Service]\nWatchdogSec=3\n');
    machine.run('systemctl', 'daemon-reload');
    machine.run('systemctl', 'restart', 'offair');
    const hanging = shown('MainPID');
    machine.run('/bin/sh', '-c', `kill -STOP ${hanging}`);
    await until('it was started anew', () => ![hanging, '0'].includes(shown('MainPID')) && answers());
    expect(machine.run('journalctl', '-u', 'offair', '--no-pager')).toContain('Watchdog timeout');
    rmSync(dropIn, { recursive: true });
    machine.run('systemctl', 'daemon-reload');
  }, 120_000);

  test('an update keeps what was measured and set, and starts it anew', () => {
    const journal = join(machine.root, 'var/lib/offair/journal.sqlite');
    const before = shown('MainPID');
    machine.run('offair', 'token', 'create', 'kept', '--config', '/etc/offair/studio.yaml');
    machine.run('dpkg', '--install', '/root/later.deb');
    expect(shown('ActiveState')).toBe('active');
    expect(shown('MainPID')).not.toBe(before);
    expect(readFileSync(join(etc(), 'studio.yaml'), 'utf8')).toBe(STUDIO);
    expect(existsSync(journal)).toBe(true);
    expect(machine.run('offair', 'token', 'list', '--config', '/etc/offair/studio.yaml')).toContain('kept');
  });

  test('its removal leaves them, a purge takes them', () => {
    machine.run('dpkg', '--remove', 'offair');
    expect(shown('ActiveState')).toBe('inactive');
    expect(existsSync(join(machine.root, 'usr/lib/offair'))).toBe(false);
    expect(existsSync(join(machine.root, 'var/lib/offair/journal.sqlite'))).toBe(true);
    expect(existsSync(join(etc(), 'studio.yaml'))).toBe(true);
    machine.run('dpkg', '--purge', 'offair');
    for (const folder of ['etc/offair', 'var/lib/offair', 'var/cache/offair'])
      expect(existsSync(join(machine.root, folder))).toBe(false);
    expect(machine.attempt('getent', 'passwd', 'offair').code).not.toBe(0);
  });
});
