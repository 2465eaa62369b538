import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock as clock } from '../../daemon/clock.ts';
import { startSwitchableStudio } from './switchable-studio.ts';
import { spreadOf } from './timing.ts';

const PLUGS = 100;
const COMMANDS = 8;
const STATUS_SECONDS = '12';
/** Unread streams are dropped at a heartbeat, half requests after ten seconds and the next look. */
const HOSTILE_SECONDS = '40';
const LOAD = fileURLToPath(new URL('api-load.ts', import.meta.url));

/**
 * The daemon with 100 simulated plugs, in another process: how many `GET status` it answers, what 200 live streams and 60
 * hostile clients do to it, and how long a command to a plug takes meanwhile.
 */
export async function bench(): Promise<Record<string, unknown>> {
  const studio = await startSwitchableStudio(PLUGS, {});
  let power = 'on';
  /** From a request to the relay, ms. */
  const commands = async () => {
    const times: number[] = [];
    for (let n = 0; n < COMMANDS; n += 1) {
      power = power === 'on' ? 'off' : 'on';
      const fromMs = performance.timeOrigin + performance.now();
      const answer = await fetch(`${studio.url}/api/v1/plugs/plug-0/commands`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ power }) },
      });
      if (!answer.ok) throw new Error(`a command was refused: ${await answer.text()}`);
      times.push((await studio.relayMs()) - fromMs);
      await clock.sleep(1000);
    }
    return spreadOf(times);
  };
  const under = async (what: string, seconds: string) => {
    const before = process.cpuUsage();
    const run = promisify(execFile)(process.execPath, [LOAD, studio.url, what, seconds]);
    const commandsMeanwhile = await commands();
    const load = JSON.parse((await run).stdout);
    const { user, system } = process.cpuUsage(before);
    return { ...load, commandsMeanwhile, cpuSeconds: Math.round((user + system) / 1e5) / 10 };
  };

  const quiet = await commands();
  const status = await under('status', STATUS_SECONDS);
  const hostile = await under('streams', HOSTILE_SECONDS);
  const metrics = await (await fetch(`${studio.url}/metrics`)).text();
  const cut = Object.fromEntries(
    [...metrics.matchAll(/^offair_api_connections_cut_total\{reason="(\w+)"\} (\d+)$/gm)].map(([, why, n]) => [
      why,
      Number(n),
    ]),
  );
  await studio.stop();
  return {
    ...{ plugs: PLUGS, commandsInQuiet: quiet, status },
    streamsAndHostile: { streams: 200, unread: 30, unfinished: 30, ...hostile, cut },
    wanted: { statusPerSecond: 5000, p99Ms: 20 },
  };
}
