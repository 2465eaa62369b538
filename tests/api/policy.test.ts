import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as schemas from '../../api/schemas.ts';
import { problemOf, TestApi } from './inject.ts';

const HOLD = '/api/v1/policy/hold';
const CUT_NOW = '/api/v1/policy/cut-now';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

describe('holding everything on', () => {
  test('for so many minutes or until a time, shown in the status, ended by whoever', async () => {
    const { hold } = schemas.HoldAnswer.parse((await api.post(HOLD, { minutes: 90 })).json());
    expect(hold).toEqual({ until: '2026-11-24T13:30:00.000Z', by: 'api' });
    expect(schemas.Status.parse((await api.get('/api/v1/status')).json()).hold).toEqual(hold);
    await api.post(HOLD, { until: '2026-11-24T20:00:00+01:00' });
    expect(api.studio.held?.untilMs).toBe(Date.UTC(2026, 10, 24, 19));
    expect((await api.call('DELETE', HOLD)).json()).toEqual({ hold: null });
    expect(api.studio.held).toBeNull();
  });

  test.each([
    ['neither', {}],
    ['both', { minutes: 5, until: '2026-11-24T19:00:00Z' }],
    ['a time that is over', { until: '2026-11-24T11:00:00Z' }],
    ['for ever', { until: '2027-11-24T11:00:00Z' }],
    ['no minutes', { minutes: 0 }],
  ])('not with %s', async (_what, body) => {
    expect(problemOf(await api.post(HOLD, body))).toMatchObject({ status: 400, code: 'validation-failed' });
    expect(api.studio.held).toBeNull();
  });
});

describe('cutting now', () => {
  test('is confirmed with the token of what was shown', async () => {
    const { confirm, plugs } = schemas.CutNowOffer.parse((await api.get(CUT_NOW)).json());
    expect(plugs.map(({ plug }) => plug)).not.toContain('cam-a');
    expect((await api.post(CUT_NOW, { confirm, plugs: ['key-light'] })).status).toBe(202);
    expect((await api.post(CUT_NOW, { confirm })).status).toBe(202);
    expect(api.studio.cutNows).toEqual([
      { plugs: ['key-light'], by: 'api' },
      { plugs: null, by: 'api' },
    ]);
  });

  test('without it, or in a session, is refused with the reason', async () => {
    const lapsed = problemOf(await api.post(CUT_NOW, { confirm: 'made up' }));
    expect(lapsed).toMatchObject({ status: 409, reasons: [{ code: 'confirm-lapsed' }] });
    await api.post('/api/v1/sessions');
    const running = problemOf(await api.post(CUT_NOW, { confirm: 'a-token' }));
    expect(running).toMatchObject({ status: 409, reasons: [{ code: 'session-runs' }] });
  });
});

test('a plug that was switched by hand is given back to the policy', async () => {
  await api.post('/api/v1/plugs/key-light/commands', { power: 'on' });
  const answer = await api.call('DELETE', '/api/v1/plugs/key-light/override');
  expect(schemas.Plug.parse(answer.json()).overriddenBy).toBeNull();
  expect(problemOf(await api.call('DELETE', '/api/v1/plugs/nobody/override')).status).toBe(404);
});
