import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError } from './load.ts';

/** Every secret that offair can use. */
export const SECRET_NAMES = [
  'tapo_username',
  'tapo_password',
  'mqtt_password',
  'obs_password',
  'calendar_url',
  'mediamtx_password',
  'influx_password',
  'influx_token',
  'electricitymaps_token',
  'entsoe_token',
  'watttime_username',
  'watttime_password',
  'shutdown_token',
  'webhook_token',
  'slack_webhook_url',
] as const;

/** Reads a secret by its name; undefined when it is not set. */
export type Secrets = (name: string) => string | undefined;

export interface FoundSecret {
  value: string;
  from: 'credential' | 'named file' | 'secrets folder' | 'environment';
  /** The file that holds it; null in the environment. */
  path: string | null;
}

/** Where the secrets of a studio lie when nothing else is said: a folder beside its studio.yaml, a file for each. */
export function secretsFolder(configFile: string): string {
  return join(dirname(configFile), 'secrets');
}

/** The name of the environment variable of a secret. */
export function secretVariable(name: string): string {
  return `OFFAIR_${name.toUpperCase()}`;
}

/** The secrets of a studio. @param configFile its studio.yaml; undefined: there is no secrets folder */
export function secretsOf(env: NodeJS.ProcessEnv, configFile: string | undefined): Secrets {
  return (name) => findSecret(name, env, configFile)?.value;
}

/**
 * Looks for a secret: a systemd credential of that name, else the file that `OFFAIR_<NAME>_FILE` names, else the file of
 * that name in the secrets folder, else the environment variable `OFFAIR_<NAME>`. null when none is set. The line end of
 * a file does not count.
 * @throws ConfigError when a named file can't be read, or others may read a file of the secrets folder; the message holds
 *   no secret
 */
export function findSecret(name: string, env: NodeJS.ProcessEnv, configFile?: string): FoundSecret | null {
  const variable = secretVariable(name);
  if (env.CREDENTIALS_DIRECTORY) {
    const path = join(env.CREDENTIALS_DIRECTORY, name);
    const value = readFile(path);
    if (value !== undefined) return { value, from: 'credential', path };
  }
  const named = env[`${variable}_FILE`];
  if (named) {
    const value = readFile(named);
    if (value !== undefined) return { value, from: 'named file', path: named };
    throw problem(`${variable}_FILE`, {
      found: `${named}, which can't be read`,
      expected: 'a file that the daemon may read, holding nothing but the secret',
      hint: null,
    });
  }
  if (configFile !== undefined) {
    const path = join(secretsFolder(configFile), name);
    const mode = modeOf(path);
    if (mode !== null) return { value: readOwn(path, mode), from: 'secrets folder', path };
  }
  const value = env[variable];
  return value ? { value, from: 'environment', path: null } : null;
}

/** null when there is no such file, or the folder is somebody else's. */
function modeOf(path: string): number | null {
  try {
    return statSync(path).mode;
  } catch {
    return null;
  }
}

/** A file that offair itself may have written: like a key of ssh, it is nobody else's to read. */
function readOwn(path: string, mode: number): string {
  const expected = 'a file that only the user of offair may read (mode 600)';
  if ((mode & 0o077) !== 0)
    throw problem(path, { found: 'a secret that others may read', expected, hint: `chmod 600 ${path}` });
  const value = readFile(path);
  if (value === undefined) throw problem(path, { found: "a file that can't be read", expected, hint: null });
  return value;
}

function problem(file: string, what: { found: string; expected: string; hint: string | null }): ConfigError {
  return new ConfigError(file, [{ path: '', line: null, ...what }]);
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
