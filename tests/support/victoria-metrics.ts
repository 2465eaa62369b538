import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { systemClock } from '../../daemon/clock.ts';
import { freePorts } from './ports.ts';
import { until } from './until.ts';

const BINARY = '/usr/bin/victoria-metrics';

/** For `describe.skipIf`: tests against it need the package victoria-metrics. */
export const noVictoriaMetrics = !existsSync(BINARY);
if (noVictoriaMetrics) console.warn(`skipped: no ${BINARY} (apt-get install victoria-metrics)`);

/** A real VictoriaMetrics on a free loopback port; it takes the lines of InfluxDB 1 and 2. */
export class VictoriaMetrics {
  readonly #process: ChildProcess;
  readonly url: string;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  static async start(folder: string): Promise<VictoriaMetrics> {
    const [port] = await freePorts(1);
    const options = [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${folder}`,
      // A line that is sent again is then one sample, as in InfluxDB.
      '-dedup.minScrapeInterval=1ms',
      '-retentionPeriod=10y',
    ];
    const child = spawn(BINARY, options, { stdio: 'ignore' });
    const url = `http://127.0.0.1:${port}`;
    await until('VictoriaMetrics is up', async () => {
      if (child.exitCode !== null) throw new Error(`${BINARY} ended with ${child.exitCode}`);
      return fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
    return new VictoriaMetrics(child, url);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const cancel = systemClock.after(5000, () => this.#process.kill('SIGKILL'));
    await exited;
    cancel();
  }

  /** Samples of each series of a metric in a period, oldest first: `[UTC ms, value]`. */
  async samples(metric: string, startMs: number, endMs: number): Promise<[number, number][]> {
    // What came a moment ago is not seen by queries yet.
    await fetch(`${this.url}/internal/force_flush`);
    const query = new URLSearchParams({ 'match[]': metric, start: `${startMs / 1000}`, end: `${endMs / 1000}` });
    const text = await (await fetch(`${this.url}/api/v1/export?${query}`)).text();
    const series = text.split('\n').filter(Boolean);
    return series
      .flatMap((line) => {
        const { timestamps, values } = JSON.parse(line) as { timestamps: number[]; values: number[] };
        return timestamps.map((atMs, n): [number, number] => [atMs, values[n] ?? Number.NaN]);
      })
      .sort((a, b) => a[0] - b[0]);
  }
}
