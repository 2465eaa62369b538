/** The whole daemon over real sockets: what a person asks of the switching, and a computer that is shut down. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import type { studioSchema } from '../../config/schema.ts';
import { systemClock as clock } from '../../daemon/clock.ts';
import type { Daemon } from '../../daemon/run.ts';
import { testConfig, testDaemon } from '../support/daemon.ts';
import { endAfterAll } from '../support/ends.ts';
import { openBroker } from '../support/open-broker.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const IDS = ['light', 'monitor', 'pc'] as const;
const deviceOf = (id: string) => `shellyplugsg3-02ab0000000${IDS.indexOf(id as (typeof IDS)[number])}`;

interface LogEntry {
  plug: string;
  to: string;
  by: string;
  source: string | null;
  outcome: string;
  reasons: { code: string }[];
  wattsBefore: number | null;
}

describe('the switching of a studio', () => {
  const folder = tempFolder();
  const outlets = { light: outlet(80), monitor: outlet(30), pc: outlet(12) };
  const ending = endAfterAll();
  let config: ReturnType<typeof studioSchema.parse>;
  let daemon: Daemon;

  function outlet(watts: number): SimulatedOutlet {
    return new SimulatedOutlet(clock, () => watts);
  }
  const start = () => testDaemon({ config, journalPath: join(folder, 'journal.sqlite') });
  const api = async <T = Record<string, never>>(method: string, path: string, body?: object): Promise<T> => {
    const json = body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {};
    const answer = await fetch(`${daemon.url}/api/v1/${path}`, { method, ...json });
    return (await answer.json()) as T;
  };
  const preview = async (id: string) => {
    const { plugs } = await api<{ plugs: { plug: string; action: string; reasons: { code: string }[] }[] }>(
      'GET',
      'policy/preview',
    );
    return plugs.find(({ plug }) => plug === id);
  };
  const codes = (entry: Awaited<ReturnType<typeof preview>>) => entry?.reasons.map(({ code }) => code).join();
  const says = (id: string, code: string) =>
    until(`${id}: ${code}`, async () => (await preview(id))?.reasons.some((reason) => reason.code === code) ?? false);
  const log = async () => (await api<{ entries: LogEntry[] }>('GET', 'switching/log')).entries;

  beforeAll(async () => {
    const broker = await openBroker();
    ending(() => broker.stop());
    for (const id of IDS) {
      const shelly = new SimulatedShelly({ clock, outlet: outlets[id], brokerUrl: broker.url, device: deviceOf(id) });
      await shelly.start();
      ending(() => shelly.stop());
    }
    // What the computer runs to shut itself down.
    const hook = createServer((_request, answer) => {
      outlets.pc.setLoad(() => 1.5);
      answer.writeHead(204).end();
    }).listen(0, '127.0.0.1');
    ending(async () => hook.close());
    await once(hook, 'listening');
    const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/off`;
    const plug = (id: string, more: object) => ({
      ...{ id, name: id, adapter: 'shelly', device: deviceOf(id), pollSeconds: 10, essential: false },
      ...{ idleWatts: 'any', quietSeconds: 0, minOnSeconds: 0, minOffSeconds: 0, ...more },
    });
    config = await testConfig({
      mqtt: { url: broker.url },
      switching: { dryRun: false, graceSeconds: 3600, staggerSeconds: 0, maxSwitchesPerHour: 60 },
      plugs: [
        plug('light', {}),
        plug('monitor', { poweredIn: ['live'] }),
        plug('pc', { kind: 'pc', idleWatts: 20, shutdown: { http: { url } } }),
      ],
    });
    daemon = await start();
    ending(() => daemon.stop());
    await until('all plugs are read', async () => (await fetch(`${daemon.url}/readyz`)).ok);
    await api('POST', 'sessions', { phase: 'live' });
    await api('POST', 'sessions/current/end');
  });

  test('a hold keeps everything on, over a restart too, until it is ended', async () => {
    await api('POST', 'policy/hold', { minutes: 30 });
    const refused = await api<{ reasons: { code: string }[] }>('POST', 'plugs/light/commands', { power: 'off' });
    expect(refused.reasons.map(({ code }) => code)).toEqual(['held']);
    await daemon.stop();
    daemon = await start();
    const { hold } = await api<{ hold: { by: string } | null }>('GET', 'status');
    expect(hold?.by).toBe('api');
    await says('light', 'held');
    await api('DELETE', 'policy/hold');
    for (const id of IDS)
      await until(`only the grace period holds ${id}`, async () => codes(await preview(id)) === 'grace');
  });

  test('cut now goes without the grace period and nothing else; the computer is shut down, and cut when its watts agree', async () => {
    const { confirm, plugs } = await api<{ confirm: string; plugs: { plug: string; action: string }[] }>(
      'GET',
      'policy/cut-now',
    );
    expect(plugs).toMatchObject([{ action: 'cut' }, { action: 'cut' }, { plug: 'pc', action: 'shut-down' }]);
    await api('POST', 'policy/cut-now', { confirm });
    await until('all are off', () => IDS.every((id) => !outlets[id].relay));
    await until('the log has them', async () => (await log()).length === 4);
    const entries = await log();
    expect(entries.every(({ by, reasons }) => by === 'api' && reasons[0]?.code !== 'idle')).toBe(true);
    const ofPc = entries
      .filter(({ plug }) => plug === 'pc')
      .map(({ to, outcome, wattsBefore }) => ({ to, outcome, wattsBefore }));
    expect(ofPc).toEqual([
      { to: 'off', outcome: 'verified', wattsBefore: 1.5 },
      { to: 'shut-down', outcome: 'asked', wattsBefore: 12 },
    ]);
    // Good for one time.
    expect(await api('POST', 'policy/cut-now', { confirm })).toMatchObject({ reasons: [{ code: 'confirm-lapsed' }] });
  });

  test('each plug is restored for the phase that it is powered in, and the log says from which source', async () => {
    await api('POST', 'hooks/session/setup');
    await until('the light is on', () => outlets.light.relay && outlets.pc.relay);
    await says('monitor', 'not-in-phase');
    expect(outlets.monitor.relay).toBe(false);
    await api('POST', 'hooks/session/live');
    await until('the monitor is on', () => outlets.monitor.relay);
    await until('it is in the log', async () => (await log())[0]?.plug === 'monitor');
    expect((await log())[0]).toMatchObject({
      to: 'on',
      by: 'policy',
      source: 'api',
      reasons: [{ code: 'session-phase' }],
    });
    const { plugs } = await api<{ plugs: { ifEndedNow: { reasons: { code: string }[] } | null }[] }>(
      'GET',
      'policy/preview',
    );
    expect(plugs[0]?.ifEndedNow?.reasons.map(({ code }) => code)).toContain('grace');
  });

  test('what a hand switched is left alone until it is given back', async () => {
    await api('POST', 'sessions/current/end');
    outlets.light.switchTo(false);
    await says('light', 'override');
    await api('DELETE', 'plugs/light/override');
    await says('light', 'off-already');
  });
});
