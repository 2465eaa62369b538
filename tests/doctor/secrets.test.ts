import { expect, test } from 'vitest';
import { plugAdapters } from '../../adapters/registry.ts';
import { studioSchema } from '../../config/schema.ts';
import { SECRET_NAMES } from '../../config/secrets.ts';
import { checkSecrets } from '../../daemon/doctor/secrets.ts';

const studio = { id: 'studio', name: 'Studio' };
const tapo = { id: 'pc', name: 'PC', kind: 'pc', adapter: 'tapo', host: '192.0.2.1' };
const everything = {
  studio,
  mqtt: { url: 'mqtt://127.0.0.1', username: 'offair' },
  influx: { url: 'http://127.0.0.1:8086', username: 'offair' },
  sessionSources: { obs: {}, mediamtx: { username: 'offair' }, calendar: {} },
  carbon: { providers: ['electricity-maps', 'entsoe'], wattTime: 'CAISO_NORTH' },
  alarms: { webhooks: [{ kind: 'slack' }, { kind: 'generic', url: 'http://127.0.0.1/alarm', token: true }] },
  plugs: [{ ...tapo, shutdown: { http: { url: 'http://127.0.0.1/off', token: true } } }],
};
const withToken = { studio, influx: { flavour: 2, url: 'http://127.0.0.1:8086', org: 'studio' }, plugs: [tapo] };

test('every secret that offair can use is missed by a configuration that needs it', async () => {
  const found = await Promise.all(
    [everything, withToken].map((config) =>
      checkSecrets({ config: studioSchema.parse(config), env: {}, file: '/nowhere/studio.yaml' }),
    ),
  );
  const missed = found.flat().filter(({ code }) => code === 'secret-missing');
  expect([...new Set(missed.map(({ about }) => about))].sort()).toEqual([...SECRET_NAMES].sort());
});

test("the secrets of every family of plugs are among offair's", () => {
  for (const { name, secrets = [] } of plugAdapters)
    expect(SECRET_NAMES, name).toEqual(expect.arrayContaining([...secrets]));
});
