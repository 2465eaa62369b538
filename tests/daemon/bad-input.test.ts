/** One bad plug must not hurt the others, and everything that is wrong is told by name. */
import { join } from 'node:path';
import pino from 'pino';
import { beforeAll, describe, expect, test } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import type { Daemon } from '../../daemon/run.ts';
import { callApi } from '../support/api.ts';
import { testConfig, testDaemon } from '../support/daemon.ts';
import { endAfterAll } from '../support/ends.ts';
import { fastClock } from '../support/fast-clock.ts';
import { type Mosquitto, mosquittoPub, startMosquitto } from '../support/mosquitto.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const ACCOUNT = { username: 'me@example.com', password: 'hunter2-is-the-password' };
const SHELLY = 'shellyplusplugs-02dd00000004';

describe('a studio with bad plugs', () => {
  const clock = fastClock(10);
  const folder = tempFolder();
  const ending = endAfterAll();
  const lines: string[] = [];
  let broker: Mosquitto;
  let daemon: Daemon;
  let tapo: SimulatedTapo;

  const status = () => callApi(daemon.url, 'status');
  const plugOf = async (id: string) => (await status()).plugs.find((plug: { id: string }) => plug.id === id);

  beforeAll(async () => {
    broker = await startMosquitto();
    ending(() => broker.stop());
    const outlet = () => new SimulatedOutlet(clock, () => 100);
    const make = async (mac: string, password: string) => {
      const options = {
        model: 'P110' as const,
        nickname: 'x',
        firmware: '1.3.1',
        username: ACCOUNT.username,
        password,
      };
      const device = new SimulatedTapo({ clock, outlet: outlet(), mac, ...options });
      const port = await device.start();
      ending(() => device.stop());
      return { device, port };
    };
    const good = await make('02DD00000001', ACCOUNT.password);
    tapo = good.device;
    const wrong = await make('02DD00000002', 'another password');
    const garbage = await make('02DD00000003', ACCOUNT.password);
    garbage.device.behave({ reply: 'garbage' });
    const shelly = new SimulatedShelly({ clock, outlet: outlet(), brokerUrl: broker.url, device: SHELLY });
    await shelly.start();
    ending(() => shelly.stop());

    const plug = (id: string, port: number) => ({
      id,
      name: id,
      adapter: 'tapo',
      host: '127.0.0.1',
      port,
      pollSeconds: 2,
    });
    const secrets: Record<string, string> = { tapo_username: ACCOUNT.username, tapo_password: ACCOUNT.password };
    daemon = await testDaemon({
      config: await testConfig({
        mqtt: { url: broker.url },
        plugs: [
          plug('good', good.port),
          plug('wrong-password', wrong.port),
          plug('garbage', garbage.port),
          plug('nobody', await freePort()),
          { id: 'shelly', name: 'shelly', adapter: 'shelly', device: SHELLY, pollSeconds: 10 },
          { id: 'absent', name: 'absent', adapter: 'shelly', device: 'shellyplusplugs-02dd00000005', pollSeconds: 10 },
        ],
      }),
      journalPath: join(folder, 'journal.sqlite'),
      clock,
      log: pino({ level: 'debug' }, { write: (line: string) => lines.push(line) }),
      secret: (name) => secrets[name],
    });
    ending(() => daemon.stop());
  });

  test('each is told by name, with what to do, and the good ones are measured all the same', async () => {
    await until('both good plugs are measured', async () => (await status()).wattsFrom.plugs === 2);
    await until('every bad plug has its problem', async () => {
      const { plugs } = await status();
      return plugs.filter(({ problem }: { problem: object | null }) => problem !== null).length === 4;
    });
    expect((await plugOf('wrong-password')).problem.text).toMatch(/wrong-password.*(e-mail|password)/s);
    expect((await plugOf('garbage')).problem.text).toContain('garbage');
    expect((await plugOf('nobody')).problem.text).toMatch(/nobody.*127\.0\.0\.1/s);
    expect((await plugOf('absent')).problem.text).toContain('absent');
    for (const id of ['wrong-password', 'garbage', 'nobody', 'absent'])
      expect(await plugOf(id)).toMatchObject({ watts: null, online: false });
  });

  test('impossible watts, a huge payload and a lost broker are told and recorded as nothing', async () => {
    mosquittoPub(
      broker.port,
      `${SHELLY}/events/rpc`,
      JSON.stringify({ src: SHELLY, method: 'NotifyStatus', params: { 'switch:0': { apower: 'NaN' } } }),
    );
    await until('the impossible watts are told', async () =>
      /apower/.test((await plugOf('shelly')).problem?.text ?? ''),
    );
    expect(await (await fetch(`${daemon.url}/metrics`)).text()).toContain(
      'offair_rejected_payloads_total{adapter="shelly",reason="wrong-value"} 1\n',
    );
    mosquittoPub(broker.port, `${SHELLY}/events/rpc`, 'x'.repeat(120_000));
    await broker.down();
    await until('the plug is known to be away', async () => !(await plugOf('shelly')).online);
    expect(await plugOf('good')).toMatchObject({ online: true, watts: 100 });
    await broker.up();
    await until('it is measured again', async () => (await plugOf('shelly')).online);
    const { buckets } = await callApi(daemon.url, 'plugs/shelly/history');
    for (const { meanWatts } of buckets) expect(meanWatts).toBeCloseTo(100, 0);
  });

  test('negative and impossible watts of a Tapo plug make no energy', async () => {
    tapo.behave({ powerJson: '9e12' });
    await until('it is told', async () => (await plugOf('good')).problem !== null);
    tapo.behave({ powerJson: null });
    await until('it is well again', async () => (await plugOf('good')).problem === null);
    const { groups } = await callApi(daemon.url, 'emissions?groupBy=plug');
    expect(groups.find(({ key }: { key: string }) => key === 'good').footprint.wh).toBeLessThan(100);
  });

  test('no secret is in the log or in the API', async () => {
    const answers = await Promise.all(
      ['status', 'plugs', 'switching/log'].map(async (path) => (await fetch(`${daemon.url}/api/v1/${path}`)).text()),
    );
    for (const text of [...lines, ...answers]) {
      expect(text).not.toContain(ACCOUNT.password);
      expect(text).not.toContain(ACCOUNT.username);
    }
  });
});
