import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { offair, type Running, startOffair } from '../support/offair.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { blocksOf } from './pages.ts';

const PAGE = 'config/docs/recipes.md';
const NAME = 'studio.example.org';
const blocks = blocksOf({ path: PAGE, text: readFileSync(new URL(`../../${PAGE}`, import.meta.url), 'utf8') });
const block = (language: string) => blocks.find((one) => one.language === language)?.text ?? '';

/** The recipes as they stand, with ports and files of this test. */
const PROXIES = {
  nginx: (offairPort: number, port: number, folder: string, certificates: Certificates) => {
    const server = block('nginx')
      .replace('listen 443', `listen 127.0.0.1:${port}`)
      .replace('127.0.0.1:8787', `127.0.0.1:${offairPort}`)
      .replace('/etc/ssl/studio.pem', certificates.path(`${NAME}.pem`))
      .replace('/etc/ssl/studio.key', certificates.path(`${NAME}.key`));
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (what) => `${what}_temp_path ${folder}/${what};`,
    );
    const http = `http { access_log off; ${places.join(' ')}\n${server} }`;
    const config = join(folder, 'nginx.conf');
    writeFileSync(config, `daemon off; pid ${folder}/nginx.pid; error_log stderr;\nevents {}\n${http}`);
    return ['nginx', '-e', 'stderr', '-p', folder, '-c', config];
  },
  caddy: (offairPort: number, port: number, folder: string) => {
    const site = block('caddyfile')
      .replace(NAME, `${NAME}:${port}`)
      .replace('127.0.0.1:8787', `127.0.0.1:${offairPort}`)
      .replace('{', '{\n\ttls internal\n\tbind 127.0.0.1');
    const config = join(folder, 'Caddyfile');
    writeFileSync(config, `{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n${site}`);
    return ['caddy', 'run', '--config', config, '--adapter', 'caddyfile'];
  },
};

describe.skipIf(process.env.OFFAIR_PROXIES === undefined)('a real reverse proxy (npm run test:proxies)', () => {
  const folder = tempFolder();
  let daemon: Running;
  let proxy: ChildProcess | null = null;
  let certificates: Certificates;
  let offairPort: number;
  let proxyPort: number;
  let token: string;

  /** Asks the proxy as a browser does that people gave the name of the studio. */
  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const to = { host: '127.0.0.1', port: proxyPort, servername: NAME, rejectUnauthorized: false };
      request({ ...to, method, path, headers: { host: NAME, ...headers } }, resolve)
        .on('error', reject)
        .end();
    });
  const statusOf = async (...asked: Parameters<typeof ask>) => {
    const answer = await ask(...asked);
    answer.destroy();
    return answer.statusCode;
  };

  beforeAll(async () => {
    certificates = makeCertificates(NAME);
    offairPort = await freePort();
    const file = join(folder, 'studio.yaml');
    const api = blocks.find(({ text }) => text.startsWith('# studio.yaml') && text.includes(NAME))?.text ?? '';
    const plug = '{ id: light, name: Light, adapter: tapo, host: 127.0.0.1, port: 1 }';
    writeFileSync(
      file,
      `${api}  port: ${offairPort}\nstudio: { id: s, name: S }\njournal: { path: ${folder}/journal.sqlite }\nplugs: [${plug}]\n`,
    );
    const account = { OFFAIR_TAPO_USERNAME: 'a', OFFAIR_TAPO_PASSWORD: 'b' };
    token = (await offair(['token', 'create', 'me', '--config', file])).stdout.split('\n')[0] ?? '';
    daemon = startOffair(['run', '--config', file], account);
    await until('offair listens', () =>
      fetch(`http://127.0.0.1:${offairPort}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  }, 60_000);
  afterEach(async () => {
    if (proxy?.exitCode !== null) return;
    proxy.kill('SIGTERM');
    await once(proxy, 'close');
  });
  afterAll(async () => {
    daemon.process.kill('SIGTERM');
    await daemon.finished;
    certificates.remove();
  });

  test.each(Object.entries(PROXIES))(
    '%s as in the recipe asks for a token, and lets pages and the live stream through',
    async (name, recipe) => {
      proxyPort = await freePort();
      const own = join(folder, name);
      mkdirSync(own);
      const [program = '', ...args] = recipe(offairPort, proxyPort, own, certificates);
      const env = { PATH: `${process.env.PATH}:/usr/sbin`, HOME: own, XDG_DATA_HOME: own };
      proxy = spawn(program, args, { env, stdio: 'ignore' });
      await until(`${name} answers`, () =>
        statusOf('GET', '/').then(
          (status) => status === 200,
          () => false,
        ),
      );

      const authorization = `Bearer ${token}`;
      expect(await statusOf('GET', '/api/v1/status')).toBe(401);
      expect(await statusOf('GET', '/api/v1/status', { authorization })).toBe(200);
      const page = { origin: `https://${NAME}`, 'sec-fetch-site': 'same-origin' };
      expect(await statusOf('POST', '/api/v1/hooks/session/live', { authorization, ...page })).toBe(200);
      expect(
        await statusOf('POST', '/api/v1/hooks/session/end', { authorization, origin: 'https://evil.example' }),
      ).toBe(403);
      const stream = await ask('GET', '/api/v1/events', { authorization });
      const [first] = await once(stream, 'data');
      stream.destroy();
      expect(String(first)).toContain('retry:');
    },
  );
});
