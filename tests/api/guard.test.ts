import { connect } from 'node:net';
import fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACCESS } from '../../api/access.ts';
import { installGuard } from '../../api/guard.ts';
import { ADMIN_TOKEN, CONTROL_TOKEN, FakeStudio, HOST, OVERLAY_TOKEN, READ_TOKEN } from '../support/fake-api-deps.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { problemOf, TestApi } from './inject.ts';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

describe('the Host header', () => {
  test.each(['127.0.0.1:8787', 'localhost:8787', 'LOCALHOST:8787', 'Studio-Pi.Local:8787', '[::1]:8787'])(
    '%s is one of ours',
    async (host) => {
      expect((await api.get('/api/v1/status', { host })).status).toBe(200);
    },
  );

  test.each([
    'evil.test',
    'evil.test:8787',
    '127.0.0.1:8787.evil.test',
    'studio-pi.local.evil.test:8787',
    '127.0.0.1',
    '127.0.0.1:80',
    '127.0.0.1:08787',
    'localhost.:8787',
    'localhost:8787.',
    '[::1]',
    '[::ffff:127.0.0.1]:8787',
    '2130706433:8787',
    '0.0.0.0:8787',
    'user@127.0.0.1:8787',
    '127.0.0.1:8787/..',
    '127.0.0.1:8787?',
    '127.0.0.1:8787, evil.test',
    '',
  ])('%j is not, on any route', async (host) => {
    for (const url of ['/api/v1/status', '/', '/web/app.js', '/healthz', '/docs', '/no/such/route']) {
      expect(problemOf(await api.get(url, { host }))).toMatchObject({ status: 403, code: 'host-refused' });
    }
    expect((await api.post('/api/v1/plugs/key-light/commands', { power: 'off' }, { host })).status).toBe(403);
    expect(api.studio.commands).toEqual([]);
  });

  test('is the only one that counts: forwarded names change nothing', async () => {
    const forwarded = { 'x-forwarded-host': HOST, forwarded: `host=${HOST}`, 'x-forwarded-for': '127.0.0.1' };
    expect((await api.get('/api/v1/status', { host: 'evil.test', ...forwarded })).status).toBe(403);
    expect((await api.get('/api/v1/status', { 'x-forwarded-host': 'evil.test' })).status).toBe(200);
  });

  test('may be neither missing nor doubled on the wire', async () => {
    const address = new URL(await api.app.listen({ host: '127.0.0.1', port: 0 }));
    api.studio.allowedHosts.push(address.host);
    const port = Number(address.port);
    const path = 'GET /api/v1/status HTTP/1';
    expect(await firstLine(port, `${path}.0\r\n\r\n`)).toContain('403');
    expect(await firstLine(port, `${path}.1\r\nConnection: close\r\n\r\n`)).toContain('400');
    const twice = `Host: ${HOST}\r\nHost: evil.test\r\nConnection: close\r\n`;
    expect(await firstLine(port, `${path}.1\r\n${twice}\r\n`)).toMatch(/40[03]/);
    expect(await firstLine(port, `${path}.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`)).toContain('200');
  });
});

describe('pages of other sites', () => {
  test.each(['http://127.0.0.1:8787', 'https://studio-pi.local:8787', 'HTTP://LOCALHOST:8787'])(
    'are not: %s',
    async (origin) => {
      expect((await api.get('/api/v1/status', { origin })).status).toBe(200);
    },
  );

  test.each([
    'http://evil.test',
    'http://127.0.0.1',
    'http://127.0.0.1:8787.evil.test',
    'http://evil.test/127.0.0.1:8787',
    'file://127.0.0.1:8787',
    'chrome-extension://127.0.0.1:8787',
    'null',
    '',
  ])('are refused by their Origin: %j', async (origin) => {
    expect(problemOf(await api.get('/api/v1/status', { origin })).code).toBe('origin-refused');
    expect((await api.post('/api/v1/sessions', {}, { origin })).status).toBe(403);
    expect(api.studio.current).toBeNull();
  });

  test('are refused even when their name was rebound to this machine', async () => {
    const rebound = { host: 'evil.test:8787', origin: 'http://evil.test:8787' };
    expect(problemOf(await api.post('/api/v1/sessions', {}, rebound)).code).toBe('host-refused');
  });

  test.each([
    ['same-origin', 200],
    ['none', 200],
    ['same-site', 403],
    ['cross-site', 403],
    ['', 403],
  ])('are told by Sec-Fetch-Site: %j', async (site, status) => {
    expect((await api.get('/api/v1/status', { 'sec-fetch-site': site })).status).toBe(status);
  });

  test('get no permission by CORS', async () => {
    const answer = await api.get('/api/v1/status', { origin: `http://${HOST}` });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('headers', () => {
  test.each(['/', '/docs', '/api/v1/status', '/no/such/route'])(
    'of %s forbid framing, sniffing and foreign code',
    async (url) => {
      const { headers } = await api.get(url);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).toContain("script-src 'self'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
    },
  );
});

describe('tokens', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const parameters = (url: string) =>
    url.replace(':id', 'key-light').replace(':action', 'live').replace(':viewers', '12').replace('*', 'app.js');
  const routes = Object.entries(ACCESS).map(([route, access]) => {
    const [method = '', url = ''] = route.split(' ');
    return { route, access, method: method as 'GET' | 'POST', url: parameters(url) };
  });
  /** The stream never ends: it is called only where it is refused. */
  const ending = routes.filter(({ url }) => !url.endsWith('/events'));

  test('are not needed on loopback, but for what changes something by GET', async () => {
    for (const { method, url, route, access } of ending) {
      const answer = await api.call(method, url);
      if (access === 'deed') expect(problemOf(answer).code, route).toBe('token-needed');
      else expect([401, 403], route).not.toContain(answer.status);
    }
  });

  test('beyond loopback are needed for everything that is of this studio', async () => {
    api.studio.tokenRequired = true;
    for (const { method, url, route, access } of routes) {
      const answer = await api.call(method, url);
      if (access === 'open') expect([401, 403], route).not.toContain(answer.status);
      else if (access === 'hook') expect([answer.status, answer.text], route).toEqual([204, '']);
      else {
        expect(problemOf(answer).code, route).toBe('token-needed');
        expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
        expect(answer.text).not.toContain('Key light');
      }
    }
  });

  test('to read open what reads, and only that', async () => {
    api.studio.tokenRequired = true;
    for (const { method, url, route, access } of ending) {
      const answer = await api.call(method, url, undefined, bearer(READ_TOKEN));
      if (access === 'control' || access === 'admin' || access === 'deed')
        expect(problemOf(answer).code, route).toBe('token-scope');
      else expect([401, 403], route).not.toContain(answer.status);
    }
  });

  test('of the overlay open what it shows, and only that', async () => {
    api.studio.tokenRequired = true;
    const opened: string[] = [];
    for (const { method, url, route, access } of ending) {
      const answer = await api.call(method, url, undefined, bearer(OVERLAY_TOKEN));
      if (access !== 'overlay' && access !== 'open' && access !== 'hook')
        expect(problemOf(answer).code, route).toBe('token-scope');
      if (access === 'overlay') opened.push(route);
    }
    expect(opened).toEqual(['GET /api/v1/overlay']);
    expect((await api.get('/api/v1/overlay', bearer(OVERLAY_TOKEN))).status).toBe(200);
    expect((await api.get('/api/v1/status', bearer(OVERLAY_TOKEN))).text).not.toContain('Key light');
  });

  test('to control open the studio, and not offair itself', async () => {
    api.studio.tokenRequired = true;
    for (const { method, url, route, access } of ending) {
      const answer = await api.call(method, url, undefined, bearer(CONTROL_TOKEN));
      if (access === 'admin') expect(problemOf(answer).code, route).toBe('token-scope');
      else expect([401, 403], route).not.toContain(answer.status);
    }
  });

  test('of an administrator open all', async () => {
    api.studio.tokenRequired = true;
    for (const { method, url, route } of ending) {
      const answer = await api.call(method, url, undefined, bearer(ADMIN_TOKEN));
      expect([401, 403], route).not.toContain(answer.status);
    }
  });

  test('that are wrong make their address wait, each time twice as long, and no other address', async () => {
    const from = (address: string, token: string) =>
      api.call('GET', '/api/v1/status', undefined, bearer(token), address);
    for (let n = 0; n < 11; n++) expect((await from('192.0.2.7', `guess${n}`)).status).toBe(401);
    const held = await from('192.0.2.7', CONTROL_TOKEN);
    expect([held.status, held.headers['retry-after']]).toEqual([429, '1']);
    expect(problemOf(held).code).toBe('too-many-guesses');
    expect((await from('192.0.2.8', CONTROL_TOKEN)).status).toBe(200);
    await (api.studio.clock as FakeClock).advance(1000);
    expect((await from('192.0.2.7', 'guess')).status).toBe(401);
    expect((await from('192.0.2.7', CONTROL_TOKEN)).headers['retry-after']).toBe('2');
    await (api.studio.clock as FakeClock).advance(2000);
    expect((await from('192.0.2.7', CONTROL_TOKEN)).status).toBe(200);
    expect((await from('192.0.2.7', 'guess')).status).toBe(401);
  });

  test('that are wrong from this machine keep nobody out: behind a proxy everybody comes from here', async () => {
    for (let n = 0; n < 30; n++) expect((await api.get('/api/v1/status', bearer(`guess${n}`))).status).toBe(401);
    expect((await api.get('/api/v1/status', bearer(CONTROL_TOKEN))).status).toBe(200);
  });

  test.each([
    'Bearer wrong',
    'Bearer',
    'Bearer ',
    `Basic ${CONTROL_TOKEN}`,
    CONTROL_TOKEN,
    `Bearer ${CONTROL_TOKEN} x`,
    `Bearer ${'x'.repeat(500)}`,
  ])('that are sent must be right, also where none is needed: %j', async (authorization) => {
    const answer = await api.get('/api/v1/status', { authorization });
    expect(problemOf(answer).code).toBe('token-unknown');
    expect((await api.post('/api/v1/sessions', {}, { authorization })).status).toBe(401);
    expect(answer.text).not.toContain(CONTROL_TOKEN);
  });

  test('may not come in the address', async () => {
    api.studio.tokenRequired = true;
    expect((await api.get(`/api/v1/plugs?token=${CONTROL_TOKEN}&access_token=${CONTROL_TOKEN}`)).status).toBe(401);
  });
});

describe('the access table', () => {
  test('names every route that exists, and no other', async () => {
    const registered = new Set<string>();
    api.app.addHook('onRoute', ({ method, url }) => {
      // Of a route with and without trailing slash, Fastify announces the second by its HEAD alone.
      for (const one of [method].flat()) registered.add(`${one.replace('HEAD', 'GET')} ${url}`);
    });
    await api.app.ready();
    expect([...registered].sort()).toEqual(Object.keys(ACCESS).sort());
  });

  test('stops a server that has a route it does not name', async () => {
    const app = fastify();
    installGuard(app, new FakeStudio());
    expect(() => app.get('/api/v1/secrets', () => 'x')).toThrow(/GET \/api\/v1\/secrets is not in the access table/);
    await app.close();
  });
});

function firstLine(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let text = '';
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    socket.on('error', reject).on('close', () => resolve(text.split('\r\n', 1)[0] ?? ''));
  });
}
