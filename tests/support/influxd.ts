import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { systemClock } from '../../daemon/clock.ts';
import { freePorts } from './ports.ts';

const BINARY = '/usr/bin/influxd';
const START_TIMEOUT_MS = 20_000;

/** For `describe.skipIf`: tests against the real server need the package influxdb (1.x). */
export const noInfluxd = !existsSync(BINARY);
if (noInfluxd) console.warn(`skipped: no ${BINARY} (apt-get install influxdb)`);

/** A real InfluxDB 1.x on free loopback ports. Stopped and started again it keeps port and data. */
export class Influxd {
  readonly #config: string;
  readonly url: string;
  #process: ChildProcess | null = null;

  private constructor(config: string, url: string) {
    this.#config = config;
    this.url = url;
  }

  /** Chooses ports and writes the configuration into `folder`; starts nothing. */
  static async in(folder: string, options: { auth?: boolean; continuousQueries?: boolean } = {}): Promise<Influxd> {
    const [httpPort, rpcPort] = await freePorts(2);
    mkdirSync(folder, { recursive: true });
    const config = join(folder, 'influxdb.conf');
    writeFileSync(
      config,
      `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
dir = "${folder}/meta"
[data]
dir = "${folder}/data"
wal-dir = "${folder}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:${httpPort}"
auth-enabled = ${options.auth ?? false}
log-enabled = false
[continuous_queries]
enabled = ${options.continuousQueries ?? false}
run-interval = "1s"
`,
    );
    return new Influxd(config, `http://127.0.0.1:${httpPort}`);
  }

  async start(): Promise<void> {
    const child = spawn(BINARY, ['run', '-config', this.#config], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-2000);
    });
    this.#process = child;
    const deadlineMs = systemClock.monotonicMs() + START_TIMEOUT_MS;
    while (!(await answersPing(this.url))) {
      if (child.exitCode !== null || systemClock.monotonicMs() > deadlineMs) {
        throw new Error(`influxd did not start: ${said}`);
      }
      await systemClock.sleep(50);
    }
  }

  /** Of the running server. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const cancel = systemClock.after(5000, () => child.kill('SIGKILL'));
    await exited;
    cancel();
  }
}

function answersPing(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request(`${url}/ping`, { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 204);
    });
    outgoing.on('error', () => resolve(false));
    outgoing.end();
  });
}
