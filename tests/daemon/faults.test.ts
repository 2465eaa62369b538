/** What a plug reports of itself is told to the technician, by the plug's name and in words, for as long as it lasts. */
import { join } from 'node:path';
import pino from 'pino';
import { beforeAll, describe, expect, test } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import type { Daemon } from '../../daemon/run.ts';
import { callApi } from '../support/api.ts';
import { testConfig, testDaemon } from '../support/daemon.ts';
import { endAfterAll } from '../support/ends.ts';
import { fastClock } from '../support/fast-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const ACCOUNT = { username: 'me@example.com', password: 'hunter2-is-the-password' };

describe('a plug that overheats', () => {
  const clock = fastClock(10);
  const folder = tempFolder();
  const ending = endAfterAll();
  const lines: string[] = [];
  let daemon: Daemon;
  let tapo: SimulatedTapo;

  const problems = async (): Promise<string[]> => {
    const status = await callApi(daemon.url, 'status');
    return status.problems.map(({ text }: { text: string }) => text);
  };
  const metrics = async () => (await fetch(`${daemon.url}/metrics`)).text();
  const ALARM = 'Key light: its plug reports overheating';

  beforeAll(async () => {
    const outlet = new SimulatedOutlet(clock, () => 100);
    const identity = { mac: '02DD00000011', model: 'P110' as const, nickname: 'x', firmware: '1.3.1' };
    tapo = new SimulatedTapo({ clock, outlet, ...identity, ...ACCOUNT });
    const port = await tapo.start();
    ending(() => tapo.stop());
    const plug = { id: 'key-light', name: 'Key light', kind: 'light', adapter: 'tapo', host: '127.0.0.1' };
    daemon = await testDaemon({
      config: await testConfig({
        plugs: [{ ...plug, port, pollSeconds: 2 }],
      }),
      journalPath: join(folder, 'journal.sqlite'),
      clock,
      log: pino({ level: 'info' }, { write: (line: string) => lines.push(line) }),
      secret: (name) => (name === 'tapo_username' ? ACCOUNT.username : ACCOUNT.password),
    });
    ending(() => daemon.stop());
  });

  test('is among the problems and in the metrics while it reports it, and in the log once', async () => {
    await until('a reading', async () =>
      (await metrics()).includes('offair_plug_online{plug="key-light",kind="light"} 1'),
    );
    expect(await problems()).not.toContain(ALARM);
    tapo.behave({ overheated: true });
    await until('the alarm', async () => (await problems()).includes(ALARM));
    expect(await metrics()).toContain('offair_plug_fault{plug="key-light",flag="overheated"} 1');
    const readings = tapo.asked.get('get_device_info') ?? 0;
    await until('more readings', () => (tapo.asked.get('get_device_info') ?? 0) > readings + 2);
    expect(lines.filter((line) => line.includes('its plug reports overheating'))).toHaveLength(1);
    expect(tapo.executed).toEqual([]);
    tapo.behave({ overheated: false });
    await until('the end of the alarm', async () => !(await problems()).includes(ALARM));
    expect(await metrics()).not.toContain('offair_plug_fault');
  });
});
