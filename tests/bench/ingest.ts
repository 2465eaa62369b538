import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../daemon/clock.ts';
import { Influxd } from '../support/influxd.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { startOffair } from '../support/offair.ts';
import { freePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { deviceOf, PUBLISHED_VOLTS, type Round } from './ingest-plugs.ts';
import { startPeer } from './peer.ts';

/** How long the points may take to be there. */
const PATIENCE_MS = 60_000;
/** `USER_HZ`, the unit of CPU time in /proc: 100 on every Linux. */
const TICK_MS = 10;
/** A burst, for the ceiling: all in all, enough CPU time to be measured. */
const CEILING_MESSAGES = 60_000;

interface Case {
  plugs: number;
  messages: number;
  round: Round;
  /** InfluxDB is stopped this long after the start, for this long, s. */
  outage?: { afterSeconds: number; seconds: number };
}

const CASES: Record<string, Case> = {
  burst: { plugs: 200, messages: 60_000, round: { burst: 60_000 } },
  steady: { plugs: 100, messages: 6000, round: { perSecond: 100, seconds: 60 } },
  outage: {
    plugs: 50,
    messages: 2250,
    round: { perSecond: 50, seconds: 45 },
    outage: { afterSeconds: 15, seconds: 10 },
  },
};

/**
 * From a plug's message to InfluxDB: the daemon as a service runs it, real mosquitto, real influxd and the plugs, each a
 * process of its own on this machine.
 */
export async function bench(): Promise<Record<string, unknown>> {
  const only = process.env.OFFAIR_BENCH_CASE;
  const results: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(CASES))
    if (only === undefined || only === name) results[name] = await measured(one);
  return results;
}

async function measured({ plugs, messages, round, outage }: Case): Promise<Record<string, number>> {
  const ceilingCpuMs = await ceiling(plugs);
  const folder = mkdtempSync(join(tmpdir(), 'offair-ingest-'));
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const broker = await startMosquitto();
    ends.push(() => broker.stop());
    const influxd = await Influxd.in(join(folder, 'influx'));
    await influxd.start();
    ends.push(() => influxd.stop());
    const publisher = await startPublisher(broker.url, plugs);
    ends.push(() => publisher.stop());

    const port = await freePort();
    const config = join(folder, 'studio.yaml');
    writeFileSync(config, JSON.stringify(studioOf(plugs, port, broker.url, influxd.url, folder)));
    const daemon = startOffair(['run', '--config', config]);
    const pid = daemon.process.pid ?? 0;
    ends.push(async () => {
      daemon.process.kill('SIGTERM');
      await daemon.finished;
    });
    await until('every plug was asked once', () => {
      if (daemon.process.exitCode !== null) throw new Error(`offair ended: ${daemon.output()}`);
      return isReady(port);
    });

    const cpuBeforeMs = cpuMs(pid);
    const startMs = systemClock.monotonicMs();
    const done = publisher.run(round);
    if (outage) {
      await systemClock.sleep(outage.afterSeconds * 1000);
      await influxd.stop();
      await systemClock.sleep(outage.seconds * 1000);
      await influxd.start();
    }
    await done;
    const publishedMs = systemClock.monotonicMs();
    let points = 0;
    while (points < messages && systemClock.monotonicMs() - publishedMs < PATIENCE_MS) {
      points = await pointsIn(influxd.url);
      if (points < messages) await systemClock.sleep(20);
    }
    const endMs = systemClock.monotonicMs();
    const ownCpuMs = (cpuMs(pid) - cpuBeforeMs) / messages;
    return {
      plugs,
      messages,
      points,
      lost: messages - points,
      secondsToPublish: seconds(publishedMs - startMs),
      secondsUntilAllWereThere: seconds(endMs - publishedMs),
      secondsFromFirstToAll: seconds(endMs - startMs),
      cpuMsPerMessage: rounded(ownCpuMs, 4),
      ceilingCpuMsPerMessage: rounded(ceilingCpuMs, 4),
      timesCeiling: rounded(ownCpuMs / ceilingCpuMs, 1),
      peakMegabytes: Math.round(peakKilobytes(pid) / 1024),
    };
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

/** CPU time per message of a bare mqtt.js client that parses what as many plugs publish, ms: what this machine could do. */
async function ceiling(plugs: number): Promise<number> {
  const ends: (() => unknown)[] = [];
  try {
    const broker = await startMosquitto();
    ends.push(() => broker.stop());
    const publisher = await startPublisher(broker.url, plugs);
    ends.push(() => publisher.stop());
    const client = await startPeer('ingest-ceiling.ts', broker.url);
    ends.push(() => client.stop());
    const cpuBeforeMs = cpuMs(client.pid);
    await publisher.run({ burst: CEILING_MESSAGES });
    // Of those that it took by now: the broker may have thrown some away.
    client.say(null);
    const messages = Number(await client.said());
    return (cpuMs(client.pid) - cpuBeforeMs) / messages;
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

function studioOf(plugs: number, port: number, mqtt: string, influx: string, folder: string): object {
  return {
    studio: { id: 'bench', name: 'Bench', country: 'PL' },
    api: { port },
    mqtt: { url: mqtt },
    discovery: { interface: '127.0.0.1' },
    influx: { url: influx },
    journal: { path: join(folder, 'journal.sqlite') },
    plugs: Array.from({ length: plugs }, (_, index) => ({
      id: `plug-${index}`,
      name: `Plug ${index}`,
      kind: 'light',
      essential: index % 2 === 0,
      idleWatts: 5,
      adapter: 'shelly',
      device: deviceOf(index),
    })),
  };
}

async function startPublisher(url: string, plugs: number) {
  const peer = await startPeer('ingest-publisher.ts', url, String(plugs));
  return {
    ...peer,
    /** Resolves when the broker has all messages. */
    async run(round: Round): Promise<void> {
      peer.say(round);
      await peer.said();
    },
  };
}

async function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function pointsIn(url: string): Promise<number> {
  const q = `SELECT count(watts) FROM power WHERE volts = ${PUBLISHED_VOLTS}`;
  const answer = await fetch(`${url}/query?${new URLSearchParams({ db: 'offair', q })}`);
  const { results } = (await answer.json()) as { results: { series?: { values: number[][] }[] }[] };
  return results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
}

/** CPU time that the process took, all its threads, user and system. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [, , , , , , , , , , , user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(user) + Number(system)) * TICK_MS;
}

/** The most memory it ever had since its start. */
function peakKilobytes(pid: number): number {
  return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

function seconds(ms: number): number {
  return rounded(ms / 1000, 2);
}

function rounded(value: number, decimals: number): number {
  return Math.round(value * 10 ** decimals) / 10 ** decimals;
}
