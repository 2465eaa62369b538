import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigCheck, ConfigView } from '../../api/config-schemas.ts';
import { Discovered } from '../../api/schemas.ts';
import { TestApi } from './inject.ts';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

test('the configuration in use is shown, without secrets', async () => {
  const view = ConfigView.strict().parse((await api.get('/api/v1/config')).json());
  expect(view).toMatchObject({ file: '/etc/offair/studio.yaml', onDisk: 'same', problems: [] });
  expect(view.secrets).toEqual([{ name: 'tapo_password', set: true }]);
});

test('the text of a configuration is checked, and nothing of it kept', async () => {
  const check = async (yaml: string) => ConfigCheck.parse((await api.post('/api/v1/config/check', { yaml })).json());
  expect((await check('studio: {}')).problems).toMatchObject([{ path: 'plugs', expected: 'an array' }]);
  expect((await check('plugs: []')).problems).toEqual([]);
});

test('a text that is too long for a studio is refused', async () => {
  const { status } = await api.post('/api/v1/config/check', { yaml: 'x'.repeat(60_001) });
  expect(status).toBe(400);
});

test('the network is searched when somebody asks', async () => {
  const who = { adapter: 'tapo', model: 'P110', firmware: null, mac: '9C5322000001', name: null };
  api.studio.inNetwork = [{ ...who, address: '192.0.2.8', obstacle: null, yaml: '  - id: p110\n' }];
  const found = Discovered.array().parse((await api.post('/api/v1/discovered/search', {})).json());
  expect(found).toMatchObject([{ model: 'P110', yaml: '  - id: p110\n' }]);
});
