/** Secrets are planted everywhere, everything that can go wrong with them goes wrong, and whatever leaves offair is searched for them. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCESS } from '../../api/access.ts';
import { SECRET_NAMES } from '../../config/secrets.ts';
import { offair, type Running, startOffair } from '../support/offair.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const folder = tempFolder();
const config = join(folder, 'studio.yaml');
/** As somebody might type them: with what HTML, JSON, URLs and shells would change. */
const planted = new Map(SECRET_NAMES.map((name) => [name, `pl4nted-${name.replaceAll('_', '-')}`]));
/** Answers everything with an error that repeats what it was asked with, as careless servers do. */
const parrot = createServer((request, answer) => {
  answer.writeHead(401, { 'content-type': 'text/plain' });
  answer.end(`no: ${request.url} ${JSON.stringify(request.headers)}`);
});
let daemon: Running;
let url: string;
let token: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => parrot.listen(0, '127.0.0.1', resolve));
  const wrong = `127.0.0.1:${(parrot.address() as AddressInfo).port}`;
  planted.set('calendar_url', `http://${wrong}/pl4nted-calendar.ics`);
  planted.set('slack_webhook_url', `http://${wrong}/pl4nted-slack`);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const journal = join(folder, 'journal.sqlite');
  const text = {
    studio: { id: 'secrets', name: 'Secrets', country: 'FR' },
    api: { port },
    journal: { path: journal },
    discovery: { interface: '127.0.0.1' },
    mqtt: { url: `mqtt://${wrong}`, username: 'offair' },
    influx: { flavour: 2, url: `http://${wrong}`, org: 'o', bucket: 'b' },
    carbon: { providers: ['electricity-maps', 'entsoe'] },
    sessionSources: {
      obs: { url: `ws://${wrong}` },
      calendar: {},
      mediamtx: { url: `http://${wrong}`, username: 'offair' },
    },
    alarms: { webhooks: [{ kind: 'slack' }, { kind: 'generic', url: `http://${wrong}/alarm`, token: true }] },
    plugs: [
      { id: 'pc', name: 'PC', kind: 'pc', adapter: 'tapo', host: '127.0.0.1', port: Number(wrong.split(':')[1]) },
      { id: 'lamp', name: 'Lamp', kind: 'light', adapter: 'shelly', device: 'shellyplusplugs-02cc00000002' },
    ],
  };
  writeFileSync(config, JSON.stringify(text));
  mkdirSync(join(folder, 'secrets'), { mode: 0o700 });
  for (const [name, value] of planted) writeFileSync(join(folder, 'secrets', name), value, { mode: 0o600 });
  const made = await offair(['token', 'create', 'all', '--scope', 'admin', '--config', config]);
  token = made.stdout.split('\n')[0] ?? '';
  expect(token).toMatch(/^offair_admin_/);
  daemon = startOffair(['run', '--config', config], { OFFAIR_LOG_LEVEL: 'trace' });
  await until('the daemon answers', () =>
    fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    ),
  );
});
afterAll(async () => {
  daemon?.process.kill('SIGKILL');
  await new Promise((resolve) => parrot.close(resolve));
});

function searched(what: string, text: string): void {
  for (const [name, value] of [...planted, ['token', token] as const]) {
    const forms = [
      value,
      encodeURIComponent(value),
      Buffer.from(value).toString('base64'),
      value.replaceAll('/', '\\/'),
    ];
    for (const form of forms) expect(text.includes(form), `${name} in ${what}`).toBe(false);
  }
}

test('no secret is in an answer, a log, a metric, a backup, an export or the doctor’s findings', async () => {
  const headers = { authorization: `Bearer ${token}` };
  const status = async () =>
    (await (await fetch(`${url}/api/v1/status`, { headers })).json()) as { plugs: { problem: unknown }[] };
  await until('the plugs were asked in vain', async () =>
    (await status()).plugs.every(({ problem }) => problem !== null),
  );
  const routes = Object.entries(ACCESS).filter(([route, access]) => access !== 'deed' && !route.endsWith('/events'));
  for (const [route] of routes) {
    const [method = '', path = ''] = route.split(' ');
    const filled = path.replace(/:\w+/g, 'pc').replace('*', 'app.js');
    const answer = await fetch(`${url}${filled}`, { method, headers });
    searched(route, `${JSON.stringify([...answer.headers])}${await answer.text()}`);
  }
  searched(
    'an error',
    await (await fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${token}x` } })).text(),
  );

  const backup = join(folder, 'backup.sqlite');
  expect((await offair(['backup', backup, '--config', config])).code).toBe(0);
  for (const file of readdirSync(folder).filter((name) => /sqlite/.test(name)))
    searched(file, readFileSync(join(folder, file), 'latin1'));
  const exported = await offair(['export', '--from', '2020-01-01', '--what', 'switches', '--config', config]);
  expect(exported).toMatchObject({ code: 0 });
  searched('the export', exported.stdout + exported.stderr);
  const findings = await offair(['doctor', '--config', config, '--json']);
  expect(findings.stdout).toContain('"findings"');
  searched('the doctor', findings.stdout + findings.stderr);
  const checked = await offair(['check-config', config]);
  searched('check-config', checked.stdout + checked.stderr);

  daemon.process.kill('SIGTERM');
  const { stdout, stderr } = await daemon.finished;
  expect(stdout.length).toBeGreaterThan(1000);
  searched('the log', stdout + stderr);
});
