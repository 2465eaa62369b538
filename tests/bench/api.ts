import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pino from 'pino';
import { studioSchema } from '../../config/schema.ts';
import { systemClock as clock, systemRandom as random } from '../../daemon/clock.ts';
import { startDaemon } from '../../daemon/run.ts';
import { freePort } from '../support/offair.ts';

const PLUGS = 100;
const COMMANDS = 8;
const STATUS_SECONDS = '12';
/** Unread streams are dropped at a heartbeat, half requests after ten seconds and the next look. */
const HOSTILE_SECONDS = '40';
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/**
 * The daemon with 100 simulated plugs, in another process: how many `GET status` it answers, what 200 live streams and 60
 * hostile clients do to it, and how long a command to a plug takes meanwhile.
 */
export async function bench(): Promise<Record<string, unknown>> {
  const names = Array.from({ length: PLUGS }, (_, n) => `shellyplugsg3-02be${n.toString(16).padStart(8, '0')}`);
  const plugs = spawn(process.execPath, [script('switching-plugs.ts'), ...names], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(plugs.stdout)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? '{}') as { brokerUrl?: string; firstMs?: number };
  const { brokerUrl } = await next();
  const folder = mkdtempSync(join(tmpdir(), 'offair-bench-'));
  const daemon = await startDaemon({
    config: studioSchema.parse({
      studio: { id: 'bench', name: 'Bench' },
      discovery: { interface: '127.0.0.1' },
      api: { port: await freePort() },
      mqtt: { url: brokerUrl },
      switching: { dryRun: false, maxSwitchesPerHour: 60 },
      plugs: names.map((device, index) => ({
        ...{ id: `plug-${index}`, name: device, adapter: 'shelly', device, pollSeconds: 10 },
        ...{ essential: false, idleWatts: 'any', quietSeconds: 0, minOnSeconds: 0, minOffSeconds: 0 },
      })),
    }),
    journalPath: join(folder, 'journal.sqlite'),
    demo: false,
    ...{ clock, random, log: pino({ level: 'silent' }), secret: () => undefined, onLost: () => {} },
    intensitySources: [],
  });
  while (!(await fetch(`${daemon.url}/readyz`)).ok) await clock.sleep(100);

  let power = 'on';
  /** From a request to the relay, ms. */
  const commands = async () => {
    const times: number[] = [];
    for (let n = 0; n < COMMANDS; n += 1) {
      power = power === 'on' ? 'off' : 'on';
      const fromMs = performance.timeOrigin + performance.now();
      const answer = await fetch(`${daemon.url}/api/v1/plugs/plug-0/commands`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ power }) },
      });
      if (!answer.ok) throw new Error(`a command was refused: ${await answer.text()}`);
      times.push(((await next()).firstMs ?? Number.NaN) - fromMs);
      await clock.sleep(1000);
    }
    times.sort((one, other) => one - other);
    return { p50Ms: Math.round(times[COMMANDS >> 1] ?? 0), mostMs: Math.round(times.at(-1) ?? 0) };
  };
  const under = async (what: string, seconds: string) => {
    const before = process.cpuUsage();
    const run = promisify(execFile)(process.execPath, [script('api-load.ts'), daemon.url, what, seconds]);
    const commandsMeanwhile = await commands();
    const load = JSON.parse((await run).stdout);
    const { user, system } = process.cpuUsage(before);
    return { ...load, commandsMeanwhile, cpuSeconds: Math.round((user + system) / 1e5) / 10 };
  };

  const quiet = await commands();
  const status = await under('status', STATUS_SECONDS);
  const hostile = await under('streams', HOSTILE_SECONDS);
  const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
  const cut = Object.fromEntries(
    [...metrics.matchAll(/^offair_api_connections_cut_total\{reason="(\w+)"\} (\d+)$/gm)].map(([, why, n]) => [
      why,
      Number(n),
    ]),
  );
  await daemon.stop();
  plugs.stdin.end();
  rmSync(folder, { recursive: true, force: true });
  return {
    ...{ plugs: PLUGS, commandsInQuiet: quiet, status },
    streamsAndHostile: { streams: 200, unread: 30, unfinished: 30, ...hostile, cut },
    wanted: { statusPerSecond: 5000, p99Ms: 20 },
  };
}
