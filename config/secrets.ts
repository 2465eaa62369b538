import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './load.ts';

/** Every secret that offair can use. */
export const SECRET_NAMES = [
  'tapo_username',
  'tapo_password',
  'mqtt_password',
  'obs_password',
  'influx_password',
  'electricitymaps_token',
  'entsoe_token',
  'watttime_username',
  'watttime_password',
] as const;

/**
 * Reads a secret: a systemd credential of that name, else the file that `OFFAIR_<NAME>_FILE` names, else the
 * environment variable `OFFAIR_<NAME>`. undefined when none is set. The line end of a file does not count.
 * @throws ConfigError when a named file can't be read; the message holds no secret
 */
export function readSecret(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const variable = `OFFAIR_${name.toUpperCase()}`;
  if (env.CREDENTIALS_DIRECTORY) {
    const credential = readFile(join(env.CREDENTIALS_DIRECTORY, name));
    if (credential !== undefined) return credential;
  }
  const file = env[`${variable}_FILE`];
  if (file) {
    const value = readFile(file);
    if (value !== undefined) return value;
    const expected = 'a file that the daemon may read, holding nothing but the secret';
    throw new ConfigError(`${variable}_FILE`, [
      { path: '', line: null, found: `${file}, which can't be read`, expected, hint: null },
    ]);
  }
  return env[variable] || undefined;
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
