import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reason } from '../../model/policy-reasons.ts';
import { problemOf, TestApi } from './inject.ts';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const COMMANDS = '/api/v1/plugs/key-light/commands';

describe('a request that is not as expected', () => {
  test('is answered with every field, what was found and what is expected', async () => {
    const problem = problemOf(await api.post(COMMANDS, { power: 'maybe', force: true }));
    expect(problem).toMatchObject({ status: 400, code: 'validation-failed', instance: COMMANDS });
    expect(problem.errors).toEqual([
      { field: 'body.power', found: '"maybe"', expected: '"on" or "off"' },
      { field: 'body.force', found: 'a field that is not known', expected: 'no such field' },
    ]);
  });

  test('in its query is answered the same way', async () => {
    const problem = problemOf(await api.get('/api/v1/plugs/key-light/history?from=yesterday&step=0&til=now'));
    expect(problem.errors?.map((e) => e.field)).toEqual(['query.from', 'query.step', 'query.til']);
  });

  test.each([
    ['nothing', undefined, 'body', 'nothing', 'object'],
    ['a list', [], 'body', '[]', 'object'],
    ['no power', {}, 'body.power', 'nothing', '"on" or "off"'],
    ['a number', { power: 1 }, 'body.power', '1', '"on" or "off"'],
  ])('with %s names the place', async (_name, body, field, found, expected) => {
    expect(problemOf(await api.post(COMMANDS, body)).errors).toEqual([{ field, found, expected }]);
  });

  test.each([[-1], [1.5], ['12'], [null], [1e12]])('with %j viewers is refused', async (viewers) => {
    await api.post('/api/v1/sessions');
    expect(problemOf(await api.post('/api/v1/sessions/current/audience', { viewers })).errors?.[0]?.field).toBe(
      'body.viewers',
    );
  });

  test.each([
    ['an empty period', 'from=2026-11-24T12:00:00Z&to=2026-11-24T12:00:00Z'],
    ['a period of years', 'from=2020-01-01T00:00:00Z'],
    ['a time without a zone', 'from=2026-11-24T12:00:00'],
    ['a day that does not exist', 'from=2026-02-30T12:00:00Z'],
  ])('with %s names the start', async (_name, query) => {
    expect(problemOf(await api.get(`/api/v1/emissions?${query}`)).errors?.[0]?.field).toBe('query.from');
  });

  test('with a step that makes too many buckets says which would do', async () => {
    const problem = problemOf(await api.get('/api/v1/plugs/key-light/history?step=1'));
    expect(problem.errors).toEqual([{ field: 'query.step', found: '1', expected: 'at least 18 for this period' }]);
  });

  test('with names that belong to objects themselves changes nothing', async () => {
    for (const body of ['{"__proto__":{"power":"on"}}', '{"constructor":{"prototype":{"power":"on"}}}']) {
      expect((await api.post(COMMANDS, body, JSON_TYPE)).status).toBe(400);
    }
    expect((await api.get('/api/v1/plugs/__proto__')).status).toBe(404);
    expect((await api.get('/api/v1/emissions?groupBy=constructor')).status).toBe(400);
  });

  test('found values are cut short', async () => {
    const problem = problemOf(await api.post(COMMANDS, { power: 'x'.repeat(5000) }));
    expect(problem.errors?.[0]?.found.length).toBeLessThan(100);
  });
});

describe('not found', () => {
  test.each([
    ['GET', '/api/v1/nope'],
    ['GET', '/api/v1/'],
    ['GET', '/api/v1/plugs/nope'],
    ['GET', '/api/v1/plugs/nope/history'],
    ['GET', '/api/v1/sessions/nope'],
    ['GET', '/api/v1/sessions/2026-11-24-1/report'],
    ['GET', '/api/v1/intensity/tomorrow'],
    ['GET', '/overlays'],
    ['GET', '/web/nope.js'],
    ['GET', '/web/..%2fapp.ts'],
    ['GET', '/web/%2e%2e/app.ts'],
    ['DELETE', '/api/v1/plugs/key-light'],
    ['PUT', '/api/v1/status'],
    ['OPTIONS', '/api/v1/status'],
  ] as const)('%s %s', async (method, url) => {
    expect(problemOf(await api.call(method, url))).toMatchObject({ status: 404, code: 'not-found' });
  });

  test('is a command for a plug that does not exist', async () => {
    expect(problemOf(await api.post('/api/v1/plugs/nope/commands', { power: 'on' })).code).toBe('not-found');
  });
});

describe('conflicts', () => {
  test('a second session, or a phase, a count, an end without one', async () => {
    for (const [url, body] of [
      ['/api/v1/sessions/current/phase', { phase: 'live' }],
      ['/api/v1/sessions/current/audience', { viewers: 3 }],
      ['/api/v1/sessions/current/end', undefined],
    ] as const) {
      expect(problemOf(await api.post(url, body))).toMatchObject({
        status: 409,
        code: 'session-conflict',
        reasons: [{ code: 'session-conflict', text: 'no session is running: start one first' }],
      });
    }
    await api.post('/api/v1/sessions');
    expect(problemOf(await api.post('/api/v1/sessions'))).toMatchObject({ status: 409, code: 'session-conflict' });
  });

  test('a refused command says which rules are against it', async () => {
    const reasons = [reason('in-use', { watts: 187.6, idleWatts: 8 }), reason('no-fresh-reading')];
    api.studio.answerCommand = () => ({ accepted: false, reasons });
    expect(problemOf(await api.post(COMMANDS, { power: 'off' }))).toMatchObject({
      status: 409,
      code: 'command-refused',
      detail: 'key-light is not switched off: in use: 187.6 W, idle is 8 W or less; no fresh reading',
      reasons,
    });
    expect(api.studio.commands).toEqual([]);
  });

  test('an essential plug is never switched', async () => {
    const problem = problemOf(await api.post('/api/v1/plugs/cam-a/commands', { power: 'off' }));
    expect(problem.reasons?.[0]?.code).toBe('essential-refused');
  });
});

describe('bodies', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/json-seq',
    'application/jsonx',
    'application/json\ta',
    'application/json, text/plain',
    'text/plain; application/json',
    '',
  ])('of type %j are not JSON', async (type) => {
    const answer = await api.post(COMMANDS, '{"power":"off"}', { 'content-type': type });
    expect(problemOf(answer)).toMatchObject({ status: 415, code: 'not-json' });
    expect(api.studio.commands).toEqual([]);
  });

  test.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8', 'application/json;x=y'])(
    'of type %j are JSON, and checked',
    async (type) => {
      expect((await api.post(COMMANDS, '{"power":"off"}', { 'content-type': type })).status).toBe(202);
      expect((await api.post(COMMANDS, '{"power":"no"}', { 'content-type': type })).status).toBe(400);
    },
  );

  test.each(['{"power"', 'power=off', '{"power":"off"}{}', '\u0000'])(
    'that are not JSON inside, %j, are a bad request',
    async (body) => {
      expect(problemOf(await api.post(COMMANDS, body, JSON_TYPE))).toMatchObject({ status: 400, code: 'bad-request' });
    },
  );

  test('over 64 kB are too large', async () => {
    const answer = await api.post(COMMANDS, { power: 'x'.repeat(70_000) });
    expect(problemOf(answer)).toMatchObject({ status: 413, code: 'body-too-large' });
  });
});

test('an error that nobody foresaw is answered without a word of it', async () => {
  api.studio.failure = new Error('SQLITE_CORRUPT in /var/lib/offair/journal.sqlite');
  const answer = await api.get('/api/v1/emissions');
  expect(problemOf(answer)).toMatchObject({ status: 500, code: 'internal' });
  expect(answer.text).not.toMatch(/sqlite|\/var|at .*\.ts/i);
});

test('a path that is no text is a bad request', async () => {
  expect(problemOf(await api.get('/%ff')).code).toBe('bad-request');
  expect((await api.get(`/api/v1/plugs/${'x'.repeat(3000)}`)).status).toBeGreaterThanOrEqual(400);
});

test('hostile text comes back as JSON that no browser takes for a page', async () => {
  const answer = await api.get('/api/v1/plugs/%3Cscript%3Ealert(1)%3C%2Fscript%3E');
  expect(problemOf(answer).status).toBe(404);
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
});
