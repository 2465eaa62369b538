import { afterEach, beforeEach, expect, test } from 'vitest';
import { AlarmEvent } from '../../api/alarm-schema.ts';
import { Alarms, IdleSuggestion, Savings } from '../../api/outcome-schemas.ts';
import { Status } from '../../api/schemas.ts';
import { problemOf, TestApi } from './inject.ts';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

test('savings come whole and by group, with what is cut now', async () => {
  const savings = Savings.parse((await api.get('/api/v1/savings?groupBy=day')).json());
  expect(savings.saved).toMatchObject({ cuts: 1, offSeconds: 3600, grossWh: 20, wh: 18.5, unpricedWh: 18.5 });
  expect(savings.saved.euro).toBeCloseTo(0.0037, 9);
  expect(savings.wouldHaveSaved).toMatchObject({ cuts: 0, wh: 0 });
  expect(savings.groups.map(({ key }) => key)).toEqual(['2026-11-24']);
  expect(savings.running).toMatchObject([{ plug: 'key-light', standbyWatts: 20, dryRun: false }]);
  expect(problemOf(await api.get('/api/v1/savings?groupBy=kind')).code).toBe('validation-failed');
});

test('alarms are in the status and the list, and are acknowledged by who calls', async () => {
  api.studio.outcomes.raise({
    code: 'restore-failed',
    plug: 'key-light',
    data: { name: 'Key light', detail: 'no answer' },
  });
  const [alarm] = Status.parse((await api.get('/api/v1/status')).json()).alarms;
  expect(alarm).toMatchObject({
    text: 'Key light could not be switched on: no answer. Switch it on by hand',
    ...{ severity: 'critical', plug: 'key-light', acknowledged: null, clearedAt: null },
  });
  expect(problemOf(await api.post('/api/v1/alarms/none/acknowledge')).code).toBe('not-found');
  expect((await api.post('/api/v1/alarms/restore-failed/acknowledge')).json()).toMatchObject({
    acknowledged: { by: 'api' },
  });
  expect(Alarms.parse((await api.get('/api/v1/alarms')).json()).alarms).toMatchObject([
    { acknowledged: { by: 'api' } },
  ]);
});

test('an idle suggestion says why there is none, and of which plug', async () => {
  const answer = await api.get('/api/v1/plugs/key-light/idle-suggestion');
  expect(IdleSuggestion.parse(answer.json())).toMatchObject({ idleWatts: null, why: { code: 'too-little-history' } });
  expect(problemOf(await api.get('/api/v1/plugs/nothing/idle-suggestion')).code).toBe('not-found');
});

test('each change of an alarm is an event of the live stream', async () => {
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  api.studio.allowedHosts.push(new URL(url).host);
  const abort = new AbortController();
  const answer = await fetch(`${url}/api/v1/events`, { signal: abort.signal });
  const reader = answer.body?.getReader();
  await reader?.read();
  api.studio.outcomes.raise({ code: 'source-lost', data: { name: 'obs', detail: 'gone' } });
  let told = '';
  while (!told.includes('event: alarm')) told += Buffer.from((await reader?.read())?.value ?? []).toString();
  const [, data = ''] = /event: alarm\ndata: (.*)\n/.exec(told) ?? [];
  expect(AlarmEvent.parse(JSON.parse(data))).toMatchObject({ change: 'raised', alarm: { code: 'source-lost' } });
  abort.abort();
});
