import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../daemon/clock.ts';
import { within } from '../../daemon/within.ts';
import { until } from '../support/until.ts';

const MIRROR = 'http://deb.debian.org/debian';
/** Of Debian: nothing else of this machine's environment is its. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const POWER_OFF_MS = 20_000;
const PACKAGES = 'systemd,systemd-sysv,dbus,adduser,init-system-helpers,libstdc++6';

export interface Machine {
  /** Its root folder. */
  root: string;
  /** @throws Error with what it said when it fails */
  run(...command: string[]): string;
  /** The exit code and all that it said. */
  attempt(...command: string[]): { code: number | null; said: string };
  stop(): Promise<void>;
}

/** A Debian 12 with nothing in it but systemd, in a folder: needs root, debootstrap and the mirror. */
export function bootstrap(): string {
  const root = mkdtempSync(join(tmpdir(), 'offair-debian-'));
  // The root folder of its services, which are other users.
  chmodSync(root, 0o755);
  execFileSync('debootstrap', ['--variant=minbase', `--include=${PACKAGES}`, 'bookworm', root, MIRROR], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return root;
}

/** Boots it: its own processes, network and systemd, under the real kernel. */
export async function boot(root: string): Promise<Machine> {
  const options = ['--boot', '--private-network', '--register=no', '--keep-unit', '--console=pipe'];
  const container = spawn('systemd-nspawn', ['--quiet', '--directory', root, ...options], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => container.once('exit', () => resolve()));
  const leader = () => {
    const { stdout } = spawnSync('ps', ['--ppid', String(container.pid), '-o', 'pid=', '--no-headers'], {
      encoding: 'utf8',
    });
    return stdout.trim().split('\n')[0]?.trim() ?? '';
  };
  const inside = (command: string[]) => ['--target', leader(), ...'-m -u -i -n -p --'.split(' '), ...command];
  const attempt = (...command: string[]) => {
    const { status, stdout, stderr } = spawnSync('nsenter', inside(command), { encoding: 'utf8', env: { PATH } });
    return { code: status, said: `${stdout}${stderr}` };
  };
  const machine: Machine = {
    root,
    attempt,
    run: (...command) => {
      const { code, said } = attempt(...command);
      if (code !== 0) throw new Error(`${command.join(' ')}: ${code}: ${said}`);
      return said.trim();
    },
    async stop() {
      attempt('systemctl', 'poweroff');
      await within(systemClock, POWER_OFF_MS, ended);
      container.kill('SIGKILL');
      rmSync(root, { recursive: true, force: true });
    },
  };
  try {
    await until('systemd is up', () => attempt('systemctl', 'is-system-running').said.trim() === 'running');
  } catch (error) {
    await machine.stop();
    throw error;
  }
  return machine;
}
