import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { systemClock } from '../../daemon/clock.ts';
import { ReloadableDaemon } from '../../daemon/reload.ts';
import { callApi } from '../support/api.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { startOffair } from '../support/offair.ts';
import { freePort } from '../support/ports.ts';
import { seeded } from '../support/random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const folder = tempFolder();
const DEVICES = ['shellyplugsg3-02aa00000011', 'shellyplugsg3-02aa00000012'];

interface Status {
  phase: string;
  studio: { name: string };
  plugs: { id: string; name: string; online: boolean; relay: boolean; watts: number }[];
}

let broker: Mosquitto;
let shellys: SimulatedShelly[] = [];
beforeAll(async () => {
  broker = await startMosquitto();
  shellys = DEVICES.map((device) => {
    const outlet = new SimulatedOutlet(systemClock, () => 60);
    return new SimulatedShelly({ clock: systemClock, outlet, brokerUrl: broker.url, device });
  });
  for (const shelly of shellys) await shelly.start();
});
afterAll(async () => {
  for (const shelly of shellys) await shelly.stop();
  await broker.stop();
});

/** A studio.yaml that can be written anew. */
async function studio(): Promise<{ file: string; port: number; write(more?: object, plugs?: object[]): void }> {
  const home = mkdtempSync(join(folder, 'studio-'));
  const port = await freePort();
  const file = join(home, 'studio.yaml');
  const write = (more: object = {}, plugs: object[] = [plug(0), plug(1)]) => {
    const config = {
      studio: { id: 'a', name: 'A', country: 'NZ', timeZone: 'Pacific/Auckland' },
      ...{ api: { port }, mqtt: { url: broker.url }, journal: { path: join(home, 'journal.sqlite') } },
      switching: { dryRun: false, graceSeconds: 0 },
      discovery: { interface: '127.0.0.1' },
      ...{ plugs, ...more },
    };
    writeFileSync(file, stringify(config));
  };
  write();
  return { file, port, write };
}

function plug(index: number, more: object = {}): object {
  const cut = { essential: false, idleWatts: 'any', minOnSeconds: 0, minOffSeconds: 0, quietSeconds: 0 };
  return {
    id: `plug-${index}`,
    name: `Plug ${index}`,
    adapter: 'shelly',
    device: DEVICES[index],
    pollSeconds: 10,
    ...cut,
    ...more,
  };
}

const call = <T>(port: number, path: string, body?: object) => callApi<T>(`http://127.0.0.1:${port}`, path, body);
const status = (port: number) => call<Status>(port, 'status').catch(() => null);

async function running(file: string): Promise<{ daemon: ReloadableDaemon; logged(event: string): number }> {
  const lines: string[] = [];
  const daemon = await ReloadableDaemon.start({
    ...{ file, env: {}, clock: systemClock, random: seeded(1), intensitySources: [], onLost: () => {} },
    log: pino({}, { write: (line: string) => lines.push(line) }),
  });
  return { daemon, logged: (event) => lines.filter((line) => line.includes(`"event":"${event}"`)).length };
}

describe('a configuration that changes while the daemon runs', () => {
  test('is taken whole: names, new plugs and settings, while the live goes on, history stays and no relay moves', async () => {
    const { file, port, write } = await studio();
    write({}, [plug(0)]);
    const { daemon, logged } = await running(file);
    try {
      await until('it is read', async () => (await status(port))?.plugs[0]?.online === true);
      await call(port, 'sessions', { title: 'Live', phase: 'live' });
      expect(daemon.reload()).toMatchObject({ outcome: 'unchanged' });

      write({ studio: { id: 'b', name: 'Another name', country: 'NZ' } }, [plug(0, { name: 'Renamed' }), plug(1)]);
      const answer = await call<{ outcome: string; changes: { path: string; needsRestart: boolean }[] }>(
        port,
        'config/reload',
        {},
      );
      expect(answer.outcome).toBe('applying');
      expect(answer.changes.filter(({ needsRestart }) => needsRestart).map(({ path }) => path)).toEqual(['studio.id']);
      await until('the new one is in use', async () => (await status(port))?.plugs.length === 2);
      await until('both are read', async () => (await status(port))?.plugs.every(({ online }) => online) ?? false);
      const now = await status(port);
      expect(now).toMatchObject({ phase: 'live', studio: { name: 'Another name', id: 'a' } });
      expect(now?.plugs.map(({ id, name, relay }) => [id, name, relay])).toEqual([
        ['plug-0', 'Renamed', true],
        ['plug-1', 'Plug 1', true],
      ]);
      expect(shellys.map(({ executed }) => executed)).toEqual([[], []]);

      // Removed and added again, a plug has its history still.
      write({}, [plug(1)]);
      daemon.reload();
      await until('it is gone', async () => (await status(port))?.plugs.length === 1);
      write({}, [plug(0), plug(1)]);
      daemon.reload();
      await until('it is back', async () => (await status(port))?.plugs.length === 2);
      const day = 86_400_000;
      const [from, to] = [systemClock.nowMs() - day, systemClock.nowMs() + day].map((ms) => new Date(ms).toISOString());
      const history = await call<{ buckets: { readings: number }[] }>(
        port,
        `plugs/plug-0/history?from=${from}&to=${to}&step=3600`,
      );
      expect(history.buckets.reduce((sum, { readings }) => sum + readings, 0)).toBeGreaterThan(1);
    } finally {
      await daemon.stop();
    }
    expect(logged('config-applied')).toBe(3);
  });

  test('that is changed back before it was taken is not left in use', async () => {
    const { file, port, write } = await studio();
    const { daemon, logged } = await running(file);
    try {
      write({}, [plug(0, { name: 'A mistake' }), plug(1)]);
      expect(daemon.reload().outcome).toBe('applying');
      write();
      expect(daemon.reload().outcome).toBe('applying');
      await until('both are taken', () => logged('config-applied') === 2);
      await until('it answers', async () => (await status(port))?.plugs[0]?.name === 'Plug 0');
    } finally {
      await daemon.stop();
    }
  });

  test('that is wrong, or does not start, leaves all as it is', async () => {
    const { file, port, write } = await studio();
    const { daemon, logged } = await running(file);
    const taken = createServer();
    try {
      write({ switching: { dryRun: 'perhaps' } });
      expect(daemon.reload()).toMatchObject({ outcome: 'wrong', problems: [{ path: 'switching.dryRun' }] });

      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const address = taken.address();
      write({ api: { port: typeof address === 'object' ? address?.port : 0 } });
      expect(daemon.reload()).toMatchObject({ outcome: 'applying' });
      await until('it is back to the old one', () => logged('config-rolled-back') === 1);
      await until('it answers', async () => (await status(port))?.plugs.length === 2);
    } finally {
      await daemon.stop();
      await new Promise((resolve) => taken.close(resolve));
    }
  });

  test('is read anew at SIGHUP, and a file that is wrong does not end the daemon', async () => {
    const { file, port, write } = await studio();
    const daemon = startOffair(['run', '--config', file]);
    try {
      await until('it answers', async () => (await status(port)) !== null);
      writeFileSync(file, 'plugs: []\n');
      daemon.process.kill('SIGHUP');
      await until('it is told', () => daemon.output().includes('all stays as it is'));
      write({}, [plug(0, { name: 'By signal' })]);
      daemon.process.kill('SIGHUP');
      await until('it is taken', async () => (await status(port))?.plugs[0]?.name === 'By signal');
    } finally {
      daemon.process.kill('SIGTERM');
      expect((await daemon.finished).code).toBe(0);
    }
  });
});
