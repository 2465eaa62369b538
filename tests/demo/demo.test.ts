import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { type Running, startOffair } from '../support/offair.ts';
import { freePort } from '../support/ports.ts';
import { until } from '../support/until.ts';

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('offair-demo-'));

describe('the demo studio', () => {
  let demo: Running | null = null;
  afterEach(async () => {
    demo?.process.kill('SIGTERM');
    await demo?.finished;
  });

  test('runs within seconds, says DEMO, measures eight plugs by their protocols, plays its day, and ends cleanly', async () => {
    const before = folders();
    const port = await freePort();
    demo = startOffair(['run', '--port', String(port)]);
    const url = `http://127.0.0.1:${port}`;
    const status = async () => (await fetch(`${url}/api/v1/status`)).json();
    await until('the page is there', () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    await until('the log says DEMO', () => demo?.output().includes('DEMO') ?? false);
    await until('all eight plugs are measured', async () => (await status()).wattsFrom.plugs === 8);

    const now = await status();
    expect(now).toMatchObject({ demo: true, influx: { state: 'off' }, intensity: { provider: 'simulated-rte' } });
    expect(now.plugs.filter(({ adapter }: { adapter: string }) => adapter === 'tapo').length).toBe(3);
    expect(now.plugs.filter(({ adapter }: { adapter: string }) => adapter === 'shelly').length).toBe(5);
    expect(now.problems).toEqual([]);
    await until('each plug has said its model and firmware', async () =>
      (await status()).plugs.every(({ about }: { about: object | null }) => about !== null),
    );
    await until('the first live of the day is set up', async () => (await status()).phase === 'setup');

    // A person's session is theirs: the demo's own is ended, and the day does not take the new one over.
    const post = (path: string) => fetch(`${url}/api/v1/${path}`, { method: 'POST' });
    expect((await post('sessions/current/end')).status).toBe(200);
    expect((await post('sessions')).status).toBe(201);
    await until('energy is metered', async () => (await status()).session.footprint.wh > 0.05);

    demo.process.kill('SIGTERM');
    const { code, stderr, stdout } = await demo.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('every relay stays as it is');
    expect(stdout).not.toMatch(/"level":(50|60)/);
    expect(folders()).toEqual(before);
  }, 60_000);

  test('a port that is taken is told in one line', async () => {
    const port = await freePort();
    demo = startOffair(['run', '--port', String(port)]);
    await until('the page is there', () =>
      fetch(`http://127.0.0.1:${port}`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    const { code, stderr } = await startOffair(['run', '--port', String(port)]).finished;
    expect(code).toBe(1);
    expect(stderr).toContain(`${port}`);
    expect(stderr).not.toContain('    at ');
  }, 60_000);
});
