import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readFleet } from '../../adapters/influx/fleet/index.ts';
import { energyLine, healthLine, powerLine } from '../../adapters/influx/line-protocol.ts';
import { systemClock as clock } from '../../daemon/clock.ts';
import { QUARTER_HOUR_MS, quarterHourStart } from '../../model/energy.ts';
import { Api, DATABASE, daemonOf, Plugs } from '../faults/daemon-studio.ts';
import { HEALTH } from '../support/health.ts';
import { Influxd } from '../support/influxd.ts';
import { VictoriaMetrics } from '../support/victoria-metrics.ts';
import { Loads } from './loads.ts';

/** A studio: half of its plugs Tapo, half Shelly, as often asked as they are by default. */
const PLUGS = 20;
const WATCHED_MS = 60_000;
/** Few studios for long tell the bytes of a point; many for a short time what so many series cost. */
const DEEP = { studios: 100, minutes: 120 };
const WIDE = { studios: 10_000, minutes: 2 };
const READING_EVERY_MS = 10_000;
const LINES = 10_000;
const WRITERS = 2;
/** influxd compresses what has come to rest: soon, not after hours. */
const SOON = {
  INFLUXDB_DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION: '2s',
  INFLUXDB_DATA_COMPACT_FULL_WRITE_COLD_DURATION: '5s',
  INFLUXDB_DATA_INDEX_VERSION: 'tsi1',
  // 10,000 studios of 20 plugs have more than the 100,000 names that influxd allows by default.
  INFLUXDB_DATA_MAX_VALUES_PER_TAG: '0',
};
const REST_MS = 20_000;

/** What a studio writes in a second, what a database takes in a second, and what it keeps of it, from one studio to 10,000. */
export async function bench(): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'offair-fleet-'));
  Object.assign(process.env, SOON);
  try {
    const perSecond = await ofOneStudio(join(folder, 'one'));
    const lines = [...pointsOf({ studios: 1, minutes: 10 })].flat();
    const text = lines.join('\n');
    const stores: Record<string, unknown> = {};
    for (const [name, start] of [
      ['influxdb1', startInfluxd],
      ['victoriaMetrics', startVictoria],
    ] as const) {
      const deep = await fill(await start(join(folder, `${name}-deep`)), DEEP);
      const wide = await fill(await start(join(folder, `${name}-wide`)), WIDE);
      const megabytesPerStudioDay = Math.round((perSecond * 86_400 * deep.bytesPerPoint) / 1e4) / 100;
      stores[name] = { deep, wide, megabytesPerStudioDay };
    }
    const lineBytes = {
      plain: Math.round(text.length / lines.length),
      gzip: Math.round(gzipSync(text).length / lines.length),
    };
    return { plugs: PLUGS, pointsPerSecondOfAStudio: perSecond, lineBytes, ...stores };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Points that a daemon hands to InfluxDB in a second. */
async function ofOneStudio(folder: string): Promise<number> {
  const influxd = await Influxd.in(join(folder, 'influxd'));
  await influxd.start();
  const plugs = await Plugs.start(clock);
  for (let index = 0; index < PLUGS / 2; index += 1) await plugs.addShelly(`shelly-${index}`, 100);
  for (let index = 0; index < PLUGS / 2; index += 1) await plugs.addTapo(`tapo-${index}`, 100);
  const config = await plugs.config(folder, { influx: { url: influxd.url, database: DATABASE } });
  const asConfigured = (config.plugs as Record<string, unknown>[]).map(({ pollSeconds, ...plug }) => plug);
  const daemon = await daemonOf({ ...config, plugs: asConfigured }, clock);
  const api = new Api(`http://127.0.0.1:${(config.api as { port: number }).port}`);
  await api.allOnline();
  const before = (await api.books()).points.enqueued;
  await clock.sleep(WATCHED_MS);
  const points = (await api.books()).points.enqueued - before;
  await daemon.stop();
  await plugs.stop();
  await influxd.stop();
  return Math.round((points / WATCHED_MS) * 1e5) / 100;
}

interface Store {
  url: string;
  pid: number;
  folder: string;
  /** Until it has compressed what it keeps. */
  rest(): Promise<unknown>;
  stop(): Promise<void>;
}

async function startInfluxd(folder: string): Promise<Store> {
  const server = await Influxd.in(folder);
  await server.start();
  const body = new URLSearchParams({ q: `CREATE DATABASE ${DATABASE}` });
  await fetch(`${server.url}/query`, { method: 'POST', body });
  return { url: server.url, pid: server.pid, folder, rest: () => clock.sleep(REST_MS), stop: () => server.stop() };
}

async function startVictoria(folder: string): Promise<Store> {
  const server = await VictoriaMetrics.start(folder);
  const rest = async () => {
    await fetch(`${server.url}/internal/force_flush`);
    await fetch(`${server.url}/internal/force_merge`);
    await clock.sleep(REST_MS);
  };
  return { url: server.url, pid: server.pid, folder, rest, stop: () => server.stop() };
}

type Size = { studios: number; minutes: number };

async function fill(store: Store, size: Size): Promise<Record<string, number> & { bytesPerPoint: number }> {
  const startMs = clock.monotonicMs();
  let points = 0;
  const batches = pointsOf(size);
  const writer = async () => {
    for (const lines of batches) {
      const url = `${store.url}/write?db=${DATABASE}&precision=ms`;
      const answer = await fetch(url, { method: 'POST', body: lines.join('\n') });
      if (answer.status !== 204) throw new Error(`${answer.status} ${await answer.text()}`);
      points += lines.length;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const seconds = (clock.monotonicMs() - startMs) / 1000;
  await store.rest();
  const [, pages = '0'] = readFileSync(`/proc/${store.pid}/statm`, 'utf8').split(' ');
  const askedMs = clock.monotonicMs();
  const nowMs = clock.nowMs();
  const settings = {
    ...{ flavour: 1 as const, url: store.url, database: DATABASE, studio: 's' },
    ...{ retention: 'INF', gzip: false, timeZone: 'UTC' },
  };
  const studios = (await readFleet({ settings, clock }, nowMs - 86_400_000, nowMs)).length;
  if (studios !== size.studios) throw new Error(`offair fleet sees ${studios} of ${size.studios} studios`);
  const fleetSeconds = Math.round((clock.monotonicMs() - askedMs) / 10) / 100;
  await store.stop();
  return {
    ...{ ...size, points, pointsPerSecond: Math.round(points / seconds) },
    bytesPerPoint: Math.round((bytesOf(store.folder) / points) * 100) / 100,
    residentMegabytes: Math.round((Number(pages) * 4096) / 1e6),
    fleetSeconds,
  };
}

/** What studios write, up to now, by time: a reading of each plug each 10 s, a health point a minute, energy at each quarter hour. */
function* pointsOf({ studios, minutes }: Size): Generator<string[]> {
  const names = Array.from({ length: studios }, (_, n) => `studio-${n}`);
  const tags = names.map((studio) =>
    Array.from({ length: PLUGS }, (_, n) => ({
      plug: `${studio}-plug-${n}`,
      kind: 'light' as const,
      studio,
      adapter: 'tapo',
    })),
  );
  const loads = names.map(() => new Loads(PLUGS));
  const endMs = clock.nowMs();
  let lines: string[] = [];
  for (let atMs = endMs - minutes * 60_000; atMs < endMs; atMs += READING_EVERY_MS) {
    for (const [index, studio] of names.entries()) {
      const readings = loads[index]?.at(atMs, atMs, READING_EVERY_MS / 1000) ?? [];
      for (const [plug, reading] of readings.entries()) {
        const its = tags[index]?.[plug];
        if (!its) continue;
        lines.push(powerLine(reading, its) ?? '');
        if (quarterHourStart(atMs) > atMs - READING_EVERY_MS)
          lines.push(energyLine(its, quarterHourStart(atMs) - QUARTER_HOUR_MS, quarter(reading.watts ?? 0)) ?? '');
      }
      if (atMs % 60_000 < READING_EVERY_MS) lines.push(healthLine(HEALTH, studio, atMs) ?? '');
      if (lines.length >= LINES) {
        yield lines;
        lines = [];
      }
    }
  }
  if (lines.length > 0) yield lines;
}

const ORIGINS = [{ provider: 'rte-odre', factorType: 'lifecycle' as const, status: 'measured' as const, wh: 1 }];

function quarter(watts: number): Parameters<typeof energyLine>[2] {
  const wh = Math.round(watts * 25) / 100;
  return { wh, standbyWh: 0, grams: wh * 0.0321, coverage: 1, unpricedWh: 0, origins: ORIGINS };
}

/** As the disk counts: influxd makes files that are mostly holes. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks * 512, 0);
}
