import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestApi } from '../api/inject.ts';
import { HOST } from '../support/fake-api-deps.ts';

const WEB = fileURLToPath(new URL('../../api/web/', import.meta.url));
const MOST_BYTES = 150_000;
const html = readFileSync(join(WEB, 'index.html'), 'utf8');

let api: TestApi;
beforeAll(() => {
  api = new TestApi();
});
afterAll(() => api.app.close());

/** The modules that a script imports when it starts, as addresses. */
function graphOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const code = readFileSync(join(WEB, file), 'utf8');
  for (const [, name = ''] of code.matchAll(/^import .*?from '(\.{1,2}\/[^']+\.js)';/gms))
    graphOf(relative(WEB, join(WEB, dirname(file), name)), seen);
  return seen;
}

test('what the page needs at once is asked for at once, not module by module', () => {
  const preloaded = [...html.matchAll(/rel="modulepreload" href="\/web\/([^"]+)"/g)].map(([, file]) => file);
  expect(preloaded.toSorted()).toEqual([...graphOf('app.js')].filter((file) => file !== 'app.js').toSorted());
});

test('the first load is small: page, styles, scripts, words and the chart library, as they are sent', async () => {
  const files = ['/', ...[...html.matchAll(/(?:href|src)="(\/web\/[^"]+)"/g)].map(([, url = '']) => url)];
  let bytes = 0;
  for (const url of new Set(files)) {
    const headers = { host: HOST, 'accept-encoding': 'gzip' };
    const answer = await api.app.inject({ method: 'GET', url, headers });
    expect(answer.statusCode, url).toBe(200);
    bytes += answer.rawPayload.length;
  }
  expect(bytes).toBeLessThan(MOST_BYTES);
});

test('the pages ask nobody else for anything, and have neither script nor style inline', () => {
  expect(html).not.toMatch(/https?:\/\//);
  expect(html).not.toMatch(/<style|style="|<script(?![^>]* src=)|\son\w+="/);
  for (const file of ['pages/history.js', 'pages/sessions.js', 'pages/plug.js', 'pages/grid.js', 'pages/whatif.js']) {
    expect(existsSync(join(WEB, file))).toBe(true);
    for (const module of graphOf(file)) expect(readFileSync(join(WEB, module), 'utf8')).not.toMatch(/fetch\(['"`]http/);
  }
});
