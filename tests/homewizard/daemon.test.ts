import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { SimulatedHomewizard } from '../../adapters/simulator/homewizard.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { parseConfig } from '../../config/load.ts';
import { testDaemon } from '../support/daemon.ts';
import { fastClock } from '../support/fast-clock.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { MAC } from './bench.ts';

const clock = fastClock(20);
const folder = tempFolder();
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Row {
  to: string;
  outcome: string;
  detail: string;
}

test('a person switches a socket off and on; one that is locked is told of, and why it was not switched', async () => {
  const outlet = new SimulatedOutlet(clock, () => 60);
  const socket = new SimulatedHomewizard(outlet, MAC);
  const port = await socket.start();
  closing.push(() => socket.stop());
  const yaml = `studio: { id: a, name: A }
api: { port: ${await freePort()} }
discovery: { interface: 127.0.0.1 }
switching: { dryRun: false }
plugs:
  - { id: lamp, name: Lamp, adapter: homewizard, host: 127.0.0.1, port: ${port}, mac: ${MAC}, pollSeconds: 2,
      essential: false, idleWatts: any, minOnSeconds: 0, minOffSeconds: 0 }
`;
  const daemon = await testDaemon({
    config: parseConfig(yaml, 'studio.yaml'),
    ...{ journalPath: join(folder, 'socket.sqlite'), clock },
  });
  closing.push(() => daemon.stop());
  const api = `${daemon.url}/api/v1`;
  const get = async (path: string) => (await fetch(`${api}/${path}`)).json();
  const status = async () =>
    (await get('plugs/lamp')) as { watts: number | null; relay: boolean | null; problem: { text: string } | null };
  const log = async () => ((await get('switching/log')) as { entries: Row[] }).entries;
  const order = async (power: 'on' | 'off'): Promise<Row> => {
    const before = (await log()).length;
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ power });
    const { status: code } = await fetch(`${api}/plugs/lamp/commands`, { method: 'POST', headers, body });
    expect(code).toBeLessThan(300);
    await until('it is in the log', async () => (await log()).length > before);
    return (await log())[0] as Row;
  };

  await until('it is read', async () => (await status()).watts === 60);
  expect(await order('off')).toMatchObject({ to: 'off', outcome: 'verified' });
  expect(outlet.relay).toBe(false);
  expect(await order('on')).toMatchObject({ to: 'on', outcome: 'verified' });
  expect(outlet.relay).toBe(true);

  socket.switchLock = true;
  await until('the lock is told', async () => /switch lock/.test((await status()).problem?.text ?? ''));
  expect(await order('off')).toMatchObject({ outcome: 'failed', detail: expect.stringMatching(/is locked/) });
  expect(outlet.relay).toBe(true);
  expect(socket.executed).toEqual([{ on: false }, { on: true }]);
}, 30_000);
