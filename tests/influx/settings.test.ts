import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../config/load.ts';
import { influxSettings } from '../../daemon/influx.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();
const secrets: Record<string, string> = { influx_password: 'the password', influx_token: 'the token' };

function settingsOf(influx: string): unknown {
  const text = `studio: { id: a, name: A }\nplugs: [{ id: p, name: P, adapter: tapo, host: 127.0.0.1 }]\ninflux: ${influx}\n`;
  const config = parseConfig(text, 'studio.yaml');
  if (!config.influx) throw new Error('no influx section');
  return influxSettings(config.influx, config.studio, (name) => secrets[name]);
}

test('each flavour gets its own secret, and the file of the authority is read', () => {
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, 'PEM');
  const common = { url: 'http://db:8086', gzip: true, retention: 'INF', studio: 'a', timeZone: 'Europe/Paris' };
  expect(settingsOf("{ url: 'http://db:8086', username: studio }")).toEqual({
    ...common,
    ...{ flavour: 1, database: 'offair', username: 'studio', password: 'the password', ca: undefined },
  });
  expect(settingsOf(`{ flavour: 2, url: 'http://db:8086', org: studio, ca: '${ca}' }`)).toEqual({
    ...common,
    ...{ flavour: 2, org: 'studio', bucket: 'offair', token: 'the token', ca: 'PEM' },
  });
  expect(settingsOf("{ flavour: 3, url: 'http://db:8086', gzip: false }")).toEqual({
    ...common,
    ...{ flavour: 3, database: 'offair', token: 'the token', ca: undefined, gzip: false },
  });
});

test('a file of the authority that can not be read is named', () => {
  const missing = join(folder, 'none.pem');
  expect(() => settingsOf(`{ url: 'https://db', ca: '${missing}' }`)).toThrow(ConfigError);
  expect(() => settingsOf(`{ url: 'https://db', ca: '${missing}' }`)).toThrow(/influx\.ca: found .*none\.pem/);
});
