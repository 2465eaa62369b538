import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../config/load.ts';
import { findSecret, secretsOf } from '../../config/secrets.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();

/** A studio.yaml with a secrets folder beside it. */
function studio(secrets: Record<string, string>, mode = 0o600): string {
  const home = mkdtempSync(join(folder, 'studio-'));
  mkdirSync(join(home, 'secrets'), { mode: 0o700 });
  for (const [name, value] of Object.entries(secrets)) {
    writeFileSync(join(home, 'secrets', name), value);
    chmodSync(join(home, 'secrets', name), mode);
  }
  return join(home, 'studio.yaml');
}

describe('a secret', () => {
  test('is a credential, else a named file, else a file beside studio.yaml, else a variable', () => {
    const config = studio({ mqtt_password: 'folder\n' });
    const env = { OFFAIR_MQTT_PASSWORD: 'variable' };
    expect(findSecret('mqtt_password', env)).toMatchObject({ value: 'variable', from: 'environment', path: null });
    expect(findSecret('mqtt_password', env, config)).toMatchObject({ value: 'folder', from: 'secrets folder' });

    const named = join(folder, 'named');
    writeFileSync(named, 'named\r\n');
    const withFile = { ...env, OFFAIR_MQTT_PASSWORD_FILE: named };
    expect(findSecret('mqtt_password', withFile, config)).toMatchObject({ value: 'named', path: named });

    const credentials = mkdtempSync(join(folder, 'credentials-'));
    writeFileSync(join(credentials, 'mqtt_password'), 'credential');
    const all = { ...withFile, CREDENTIALS_DIRECTORY: credentials };
    expect(findSecret('mqtt_password', all, config)).toMatchObject({ value: 'credential', from: 'credential' });
  });

  test('that nobody set is not there, whether or not there is a folder', () => {
    expect(findSecret('obs_password', {}, studio({}))).toBeNull();
    expect(secretsOf({}, join(folder, 'nowhere', 'studio.yaml'))('obs_password')).toBeUndefined();
  });

  test('beside studio.yaml that others may read is refused with the remedy, and not repeated', () => {
    const config = studio({ obs_password: 'hunter2' }, 0o640);
    const read = () => findSecret('obs_password', {}, config);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/chmod 600 .*obs_password/);
    expect(read).not.toThrow(/hunter2/);
  });
});
