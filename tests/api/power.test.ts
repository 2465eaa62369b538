import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { columnOf } from '../../api/power.ts';
import { Power } from '../../api/schemas.ts';
import { HOST } from '../support/fake-api-deps.ts';
import { TestApi } from './inject.ts';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

const axis = { fromMs: 0, toMs: 120_000, stepMs: 10_000 };
const bucket = ([seconds, meanWatts]: [number, number]) => ({
  startMs: seconds * 1000,
  meanWatts,
  maxWatts: meanWatts,
  readings: 1,
});

describe('a column of power', () => {
  test('holds a plug that reports only changes for a minute, and then does not know it', () => {
    const column = columnOf([bucket([0, 100]), bucket([10, 90])], axis);
    expect(column).toEqual([100, 90, 90, 90, 90, 90, 90, 90, null, null, null, null]);
  });

  test('is unknown before the first reading, and without any', () => {
    expect(columnOf([bucket([50, 20])], axis).slice(3, 7)).toEqual([null, null, 20, 20]);
    expect(new Set(columnOf([], axis))).toEqual(new Set([null]));
  });
});

describe('the power of all plugs', () => {
  test('comes on one time axis', async () => {
    const answer = await api.get('/api/v1/power?from=2026-11-24T11:00:07Z&to=2026-11-24T11:10:00Z&step=60');
    const { from, stepSeconds, plugs } = Power.strict().parse(answer.json());
    expect([from, stepSeconds]).toEqual(['2026-11-24T11:00:00.000Z', 60]);
    expect(plugs.map(({ plug, watts }) => [plug, watts.length])).toEqual(api.studio.plugs.map(({ id }) => [id, 10]));
    // The mixer was never heard.
    expect(plugs.at(-1)?.watts.every((watts) => watts === null)).toBe(true);
  });

  test('comes of one plug when that is asked, and says when there is none', async () => {
    const one = Power.parse((await api.get('/api/v1/power?plug=key-light')).json());
    expect(one.plugs.map(({ plug }) => plug)).toEqual(['key-light']);
    expect((await api.get('/api/v1/power?plug=nowhere')).status).toBe(404);
  });
});

describe('what is sent packed', () => {
  const asked = (url: string) =>
    api.app.inject({ method: 'GET', url, headers: { host: HOST, 'accept-encoding': 'gzip, br' } });

  test('are pages and long answers, to whoever takes it', async () => {
    for (const url of ['/', '/web/base.css', '/web/lib/uPlot.iife.min.js', '/openapi.json', '/api/v1/power']) {
      const [packed, plain] = [await asked(url), await api.get(url)];
      expect(packed.headers['content-encoding'], url).toBe('gzip');
      expect(packed.headers.vary, url).toBe('accept-encoding');
      expect(gunzipSync(packed.rawPayload).toString(), url).toBe(plain.text);
      expect(plain.headers['content-encoding'], url).toBeUndefined();
    }
  });

  test('is nothing short', async () => {
    expect((await asked('/healthz')).headers['content-encoding']).toBeUndefined();
  });

  test('is unchanged where the browser has it already', async () => {
    const first = await asked('/web/base.css');
    const headers = { host: HOST, 'accept-encoding': 'gzip', 'if-none-match': String(first.headers.etag) };
    expect((await api.app.inject({ method: 'GET', url: '/web/base.css', headers })).statusCode).toBe(304);
  });
});
