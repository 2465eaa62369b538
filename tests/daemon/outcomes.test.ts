import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import type * as outcomes from '../../api/outcome-schemas.ts';
import type { Status } from '../../api/schemas.ts';
import type { Daemon } from '../../daemon/run.ts';
import { callApi } from '../support/api.ts';
import { testConfig, testDaemon } from '../support/daemon.ts';
import { endAfterAll } from '../support/ends.ts';
import { fastClock } from '../support/fast-clock.ts';
import { openBroker } from '../support/open-broker.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const DEVICE = { lamp: 'shellyplugsg3-8cbfeaa133f1', mixer: 'shellyplugsg3-8cbfeaa133f2' };

describe('what comes of a live', () => {
  const clock = fastClock(30);
  const folder = tempFolder();
  const ending = endAfterAll();
  const hooked: { change: string; alarm: { code: string } }[] = [];
  const said = new Map<string, string[]>();
  const shellys: Partial<Record<keyof typeof DEVICE, SimulatedShelly>> = {};
  let port: number;
  let brokerUrl: string;
  let hookUrl: string;
  let daemon: Daemon;

  const start = async () => {
    const plug = { adapter: 'shelly', pollSeconds: 10 };
    const lamp = { essential: false, idleWatts: 'any', minOnSeconds: 0, minOffSeconds: 0, quietSeconds: 0 };
    daemon = await testDaemon({
      config: await testConfig({
        api: { port },
        mqtt: { url: brokerUrl },
        tariff: { euroPerKwh: 0.2 },
        switching: { dryRun: false, graceSeconds: 30, maxSwitchesPerHour: 60 },
        alarms: { webhooks: [{ kind: 'generic', url: hookUrl, minSeverity: 'info' }] },
        plugs: [
          { ...plug, ...lamp, id: 'lamp', name: 'Lamp', device: DEVICE.lamp },
          { ...plug, id: 'mixer', name: 'Mixer', device: DEVICE.mixer },
        ],
      }),
      journalPath: join(folder, 'journal.sqlite'),
      clock,
    });
  };
  const api = <T>(path: string, body?: object) => callApi<T>(daemon.url, path, body);
  const savings = () => api<z.output<typeof outcomes.Savings>>('savings?groupBy=gap');
  const alarms = async () => (await api<z.output<typeof outcomes.Alarms>>('alarms')).alarms;
  const status = () => api<z.output<typeof Status>>('status');

  beforeAll(async () => {
    const broker = await openBroker();
    ending(() => broker.stop());
    brokerUrl = broker.url;
    for (const [id, watts] of [
      ['lamp', 80],
      ['mixer', 30],
    ] as const) {
      const outlet = new SimulatedOutlet(clock, () => watts);
      const shelly = new SimulatedShelly({ clock, outlet, brokerUrl, device: DEVICE[id] });
      await shelly.start();
      ending(() => shelly.stop());
      shellys[id] = shelly;
    }
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      hooked.push(JSON.parse(body));
      response.end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    ending(async () => server.close());
    hookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const other = await mqtt.connectAsync(brokerUrl);
    ending(() => other.endAsync());
    other.on('message', (topic, payload) => said.set(topic, [...(said.get(topic) ?? []), payload.toString()]));
    await other.subscribeAsync('offair/studio-a/alarm/#');
    port = await freePort();
    await start();
    ending(() => daemon.stop());
  });

  test('a cut saves what was drawn before it, goes on saving across a restart, and ends with the next live', async () => {
    await until('the plugs are read', async () => (await status()).plugs.every(({ watts }) => watts !== null));
    const { id } = await api<{ id: string }>('sessions', { phase: 'live' });
    await clock.sleep(30_000);
    await api('sessions/current/end', {});
    await until('a minute is saved', async () => (await savings()).saved.offSeconds >= 60);
    const before = await savings();
    expect(before.running).toMatchObject([{ plug: 'lamp', dryRun: false }]);
    expect(before.running[0]?.standbyWatts).toBeCloseTo(80, 0);
    expect(before.groups.map(({ key }) => key)).toEqual([id]);
    expect(before.wouldHaveSaved.cuts).toBe(0);

    await daemon.stop();
    await start();
    await until('more is saved', async () => (await savings()).saved.offSeconds >= before.saved.offSeconds + 60);
    await api('sessions', { phase: 'setup' });
    await until('it is on again', async () => (await savings()).running.length === 0);
    const { saved } = await savings();
    expect(saved).toMatchObject({ cuts: 1 });
    const hours = saved.offSeconds / 3600;
    expect(saved.grossWh).toBeCloseTo(80 * hours, 1);
    expect(saved.wh).toBeCloseTo(saved.grossWh - 1.5 * hours, 5);
    expect(saved.euro).toBeCloseTo((saved.wh / 1000) * 0.2, 9);
    expect(saved.coverage).toBeLessThanOrEqual(1);
    expect(saved.origins).not.toEqual([]);
  }, 30_000);

  test('an essential plug that is away in a live is an alarm, everywhere, until it is back', async () => {
    await api('sessions/current/phase', { phase: 'live' });
    await shellys.mixer?.stop();
    await until('it is told', async () => (await status()).alarms.some(({ code }) => code === 'essential-unreachable'));
    const [alarm] = (await status()).alarms;
    expect(alarm).toMatchObject({ severity: 'critical', plug: 'mixer', acknowledged: null });
    expect(await api(`alarms/${alarm?.id}/acknowledge`, {})).toMatchObject({ acknowledged: { by: 'api' } });

    await daemon.stop();
    await start();
    expect((await status()).alarms.find(({ id }) => id === alarm?.id)).toMatchObject({ acknowledged: { by: 'api' } });
    await shellys.mixer?.start();
    await until('it is over', async () => (await alarms()).find(({ id }) => id === alarm?.id)?.clearedAt !== null);
    const mine = (changes: { change: string; alarm: { code: string } }[]) =>
      changes.filter(({ alarm: { code } }) => code === 'essential-unreachable').map(({ change }) => change);
    const topic = () => (said.get('offair/studio-a/alarm') ?? []).map((text) => JSON.parse(text));
    await until('the webhook has it', () => mine(hooked).includes('cleared'));
    expect(mine(hooked)).toEqual(['raised', 'acknowledged', 'cleared']);
    await until('the broker has it', () => mine(topic()).includes('cleared'));
    expect(mine(topic())).toEqual(['raised', 'acknowledged', 'cleared']);
    const open = JSON.parse(said.get('offair/studio-a/alarm/open')?.at(-1) ?? 'null') as { code: string }[];
    expect(open.map(({ code }) => code)).not.toContain('essential-unreachable');
  }, 30_000);
});
