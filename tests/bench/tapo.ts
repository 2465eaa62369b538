import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { powerLine } from '../../adapters/influx/line-protocol.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { tapoAdapter } from '../../adapters/tapo/index.ts';
import { systemClock as clock, systemRandom as random } from '../../daemon/clock.ts';
import { Pipeline } from '../../daemon/pipeline.ts';
import { poll } from '../../daemon/poller.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { startPeer } from './peer.ts';
import { PLUGS, SPECS } from './studio.ts';
import { spreadOf } from './timing.ts';

const ACCOUNT = { username: 'bench@example.com', password: 'a password for the bench' };
/** The fastest that the configuration allows. */
const POLL_SECONDS = 2;
const LENGTH_MS = 60_000;

/**
 * Simulated Tapo plugs, in another process, polled by the real adapter, poller, pipeline and journal.
 * A poll is missed when it fails, or takes so long that the next one was due.
 */
export async function bench(): Promise<Record<string, unknown>> {
  const plugs = await startPeer('tapo-plugs.ts', String(PLUGS), ACCOUNT.username, ACCOUNT.password);
  const ports: number[] = plugs.first;

  const log = pino({ level: 'silent' });
  const create = tapoAdapter.factory(
    adapterDeps({
      clock,
      random,
      log,
      secret: (name) => (name === 'tapo_username' ? ACCOUNT.username : ACCOUNT.password),
    }),
  );
  const devices = new Map<string, PlugDevice>();
  for (const [index, { id }] of SPECS.entries()) {
    const settings = { adapter: 'tapo', host: '127.0.0.1', port: ports[index], pollSeconds: POLL_SECONDS };
    devices.set(id, create({ id }, tapoAdapter.schema.parse(settings)));
  }

  const folder = mkdtempSync(join(tmpdir(), 'offair-bench-'));
  const journal = new SqliteJournal(join(folder, 'journal.sqlite'), { clock });
  await journal.open();
  const pipeline = new Pipeline({
    ...{ clock, log, journal, runId: 'bench', plugs: SPECS, devices, labels: () => [] },
    powerLine: (reading) => powerLine(reading, { plug: reading.plug, kind: 'other', adapter: 'tapo', studio: 'bench' }),
    energyLine: () => null,
    pricing: async () => () => null,
    onFlushed: () => {},
  });
  await pipeline.start();

  const latencies: Latencies = { first: [], later: [] };
  let failed = 0;
  const events = {
    reading: (reading: Parameters<Pipeline['reading']>[0]) => pipeline.reading(reading),
    asked(problem: object | null) {
      if (problem !== null) failed += 1;
    },
  };
  const polling = new AbortController();
  const startCpu = process.cpuUsage();
  const loops = [...devices.values()].map((device) =>
    poll(
      watched(device, latencies),
      { clock, random, log, events, wake: new EventTarget(), plugs: PLUGS },
      polling.signal,
    ),
  );
  await clock.sleep(LENGTH_MS);
  const cpu = process.cpuUsage(startCpu);
  polling.abort();
  await Promise.all(loops);
  await pipeline.stop();
  await journal.close();
  await Promise.all([...devices.values()].map((device) => device.stop()));
  await plugs.stop();
  rmSync(folder, { recursive: true });

  const all = [...latencies.first, ...latencies.later];
  return {
    plugs: PLUGS,
    pollSeconds: POLL_SECONDS,
    seconds: LENGTH_MS / 1000,
    polls: all.length,
    missedPolls: failed + all.filter((ms) => ms > POLL_SECONDS * 1000).length,
    // The first of each plug logs in and waits between its requests, as plugs need it.
    firstLatency: spreadOf(latencies.first),
    latency: spreadOf(latencies.later),
    cpuSeconds: Math.round((cpu.user + cpu.system) / 10_000) / 100,
    residentMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
}

/** How long the readings took, ms: the first of each plug, and all others. */
interface Latencies {
  first: number[];
  later: number[];
}

/** The same device; how long each successful reading took is noted. */
function watched(device: PlugDevice, { first, later }: Latencies): PlugDevice {
  const read = device.read.bind(device);
  let noted = first;
  device.read = async () => {
    const startMs = clock.monotonicMs();
    const reading = await read();
    noted.push(clock.monotonicMs() - startMs);
    noted = later;
    return reading;
  };
  return device;
}
