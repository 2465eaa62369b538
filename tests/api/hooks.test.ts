import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONTROL_TOKEN, READ_TOKEN } from '../support/fake-api-deps.ts';
import { problemOf, TestApi } from './inject.ts';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

const CONTROL = { authorization: `Bearer ${CONTROL_TOKEN}` };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('buttons that send no body', () => {
  test('start, change and end a session, and are told how things stand', async () => {
    const post = async (action: string) => (await api.post(`/api/v1/hooks/session/${action}`)).json();
    expect(await post('setup')).toEqual({ phase: 'setup', onAir: false, session: '2026-11-24-1' });
    expect(await post('live')).toMatchObject({ phase: 'live', onAir: true });
    expect(await post('start')).toMatchObject({ phase: 'live', onAir: true });
    expect(await post('end')).toEqual({ phase: 'standby', onAir: false, session: null });
  });

  test('start without a word of the phase is live', async () => {
    expect((await api.post('/api/v1/hooks/session/start')).json()).toMatchObject({ phase: 'live' });
  });

  test('may be pressed again, also at the same moment', async () => {
    const presses = ['live', 'live', 'start'].map((action) => api.post(`/api/v1/hooks/session/${action}`));
    for (const { status } of await Promise.all(presses)) expect(status).toBe(200);
    for (const action of ['end', 'end'])
      expect((await api.post(`/api/v1/hooks/session/${action}`)).json()).toMatchObject({ phase: 'standby' });
    expect(api.studio.past).toHaveLength(1);
  });

  test('by GET need a token that may command, also on loopback: a page of another site can make a browser send a GET', async () => {
    for (const url of ['/api/v1/hooks/session/live', '/api/v1/hooks/audience/12']) {
      expect(problemOf(await api.get(url))).toMatchObject({ status: 401, code: 'token-needed' });
      const read = await api.get(url, { authorization: `Bearer ${READ_TOKEN}` });
      expect(problemOf(read)).toMatchObject({ status: 403, code: 'token-scope' });
      expect((await api.get(`${url}?token=${CONTROL_TOKEN}`)).status).toBe(401);
    }
    expect(api.studio.current).toBeNull();
    expect((await api.get('/api/v1/hooks/session/live', CONTROL)).json()).toMatchObject({ onAir: true });
    expect(api.studio.current?.startedBy).toBe('api:stream deck');
  });

  test('HEAD does nothing', async () => {
    expect((await api.call('HEAD', '/api/v1/hooks/session/live', undefined, CONTROL)).status).toBe(404);
    expect(api.studio.current).toBeNull();
  });

  test('say how many are watching', async () => {
    await api.post('/api/v1/hooks/session/live');
    expect((await api.post('/api/v1/hooks/audience/1234')).status).toBe(200);
    expect(api.studio.current?.audience.at(-1)?.viewers).toBe(1234);
    expect((await api.post('/api/v1/hooks/audience/-1')).status).toBe(400);
  });

  test('wrap begins no session', async () => {
    expect(problemOf(await api.post('/api/v1/hooks/session/wrap'))).toMatchObject({ code: 'session-conflict' });
    expect(api.studio.current).toBeNull();
  });

  test('what is no action is refused', async () => {
    expect(problemOf(await api.post('/api/v1/hooks/session/party'))).toMatchObject({ code: 'validation-failed' });
  });
});

describe('an RTMP server', () => {
  const call = (body: string, headers: Record<string, string> = {}, query = '') =>
    api.post(`/api/v1/hooks/rtmp${query}`, body, { ...FORM, ...headers });

  test('tells of streams by form, with a Host that lacks the port, as nginx-rtmp sends it', async () => {
    const common = 'app=live&flashver=&swfurl=&tcurl=rtmp://127.0.0.1/live&pageurl=&addr=127.0.0.1&clientid=1';
    const host = { host: '127.0.0.1' };
    for (const what of ['publish', 'update_publish', 'publish_done', 'play', 'update_play'])
      expect((await call(`${common}&call=${what}&name=key&type=live`, host)).status).toBe(204);
    expect(api.studio.rtmpCalls).toEqual([
      ['live/key', true],
      ['live/key', true],
      ['live/key', false],
    ]);
  });

  test.each([
    ['nothing', '', {}],
    ['nonsense', '%%%=&&;', {}],
    ['JSON', '{"call":', { 'content-type': 'application/json' }],
    ['another type', 'call=publish', { 'content-type': 'text/x-unknown' }],
    ['far too much', `call=publish&name=${'x'.repeat(100_000)}`, {}],
    ['a foreign name', 'call=publish&name=key', { host: 'evil.test' }],
    ['a page of another site', 'call=publish&name=key', { origin: 'http://evil.test' }],
  ])('is never answered with an error, which would stop the stream: %s', async (_what, body, headers) => {
    const before = api.studio.rtmpCalls.length;
    expect((await call(body, headers)).status).toBe(204);
    const taken = api.studio.rtmpCalls.slice(before);
    expect(taken.every(([stream]) => stream === '/')).toBe(true);
  });

  test('beyond loopback is heard only with a token in the query, and let through without', async () => {
    api.studio.tokenRequired = true;
    expect((await call('call=publish&name=key')).status).toBe(204);
    expect((await call('call=publish&name=key', {}, '?token=wrong')).status).toBe(204);
    expect((await call('call=publish&name=key', {}, `?token=${READ_TOKEN}`)).status).toBe(204);
    expect(api.studio.rtmpCalls).toEqual([]);
    expect((await call('call=publish&name=key', {}, `?token=${CONTROL_TOKEN}`)).status).toBe(204);
    expect(api.studio.rtmpCalls).toEqual([['/key', true]]);
  });
});
