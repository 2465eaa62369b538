import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../daemon/clock.ts';
import { freePort } from './ports.ts';

const MOSQUITTO = '/usr/sbin/mosquitto';

export interface Mosquitto {
  port: number;
  url: string;
  /** Ends the broker; what it retained is forgotten. */
  down(): Promise<void>;
  /** Starts it again on the same port; resolves when it listens. */
  up(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A real mosquitto on a free loopback port.
 * @param users when given, nobody else may connect
 * @param more further lines of its configuration
 */
export async function startMosquitto(users?: Record<string, string>, more: string[] = []): Promise<Mosquitto> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'offair-mosquitto-'));
  const config = join(folder, 'mosquitto.conf');
  // Without nodelay each answer waits 40 ms for the other side's acknowledgement.
  const lines = [`listener ${port} 127.0.0.1`, 'persistence false', 'set_tcp_nodelay true'];
  lines.push(`allow_anonymous ${users === undefined}`);
  // As root it would become the user mosquitto, who may not read the folder.
  if (process.getuid?.() === 0) lines.push('user root');
  if (users) {
    const file = join(folder, 'passwords');
    writeFileSync(file, '');
    for (const [name, password] of Object.entries(users)) run('mosquitto_passwd', ['-b', file, name, password]);
    lines.push(`password_file ${file}`);
  }
  writeFileSync(config, `${[...lines, ...more].join('\n')}\n`);
  let broker: ChildProcess | null = null;

  const down = async () => {
    const ending = broker;
    broker = null;
    if (!ending || ending.exitCode !== null) return;
    const gone = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill('SIGTERM');
    await gone;
  };
  const up = async () => {
    // A broker that a failed test forgot ends with the test's process.
    const started = spawn('setpriv', ['--pdeathsig', 'TERM', MOSQUITTO, '-c', config], { stdio: 'ignore' });
    broker = started;
    for (let tries = 0; !(await listens(port)); tries += 1) {
      if (started.exitCode !== null || tries > 500) throw new Error(`${MOSQUITTO} does not listen on ${port}`);
      await systemClock.sleep(10);
    }
  };
  const stop = async () => {
    await down();
    rmSync(folder, { recursive: true, force: true });
  };
  await up();
  return { port, url: `mqtt://127.0.0.1:${port}`, down, up, stop };
}

/** Somebody else on the broker. `retain` leaves the message there; `user` has its name for its password. */
export function mosquittoPub(port: number, topic: string, payload: string, retain = false, user?: string): void {
  const account = user === undefined ? [] : ['-u', user, '-P', user];
  const args = ['-h', '127.0.0.1', '-p', String(port), ...account, '-t', topic, '-m', payload];
  run('mosquitto_pub', [...args, ...(retain ? ['-r'] : [])]);
}

/** The retained message on a topic as somebody else sees it, or '' when there is none. */
export function mosquittoRetained(port: number, topic: string): string {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-t', topic, '-C', '1', '-W', '1', '--retained-only', '-N'];
  return spawnSync('mosquitto_sub', args, { encoding: 'utf8' }).stdout;
}

function run(program: string, args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
