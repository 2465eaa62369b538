import { statSync } from 'node:fs';
import { plugAdapters } from '../../adapters/registry.ts';
import { ConfigError } from '../../config/load.ts';
import type { StudioConfig } from '../../config/schema.ts';
import { findSecret, secretsFolder, secretVariable } from '../../config/secrets.ts';
import { type Finding, Findings } from './finding.ts';
import type { Patient } from './patient.ts';

const OTHERS_MAY_READ = 0o044;

/** Which secrets this configuration needs. `must`: without it something that is configured can't work. */
function needed({ plugs, mqtt, influx, carbon, sessionSources, alarms }: StudioConfig): Map<string, { must: boolean }> {
  const names = new Map<string, { must: boolean }>();
  const need = (name: string, must = true) => names.set(name, { must });
  for (const { name, secrets = [] } of plugAdapters)
    if (plugs.some(({ adapter }) => adapter === name)) for (const secret of secrets) need(secret);
  if (mqtt?.username !== undefined) need('mqtt_password');
  if (influx?.flavour === 1 && influx.username !== undefined) need('influx_password');
  // InfluxDB 3 may run without authorisation.
  if (influx && influx.flavour !== 1) need('influx_token', influx.flavour === 2);
  if (carbon.providers?.includes('electricity-maps')) need('electricitymaps_token');
  if (carbon.providers?.includes('entsoe')) need('entsoe_token');
  if (carbon.wattTime !== undefined) {
    need('watttime_username');
    need('watttime_password');
  }
  if (plugs.some(({ shutdown }) => shutdown?.http?.token)) need('shutdown_token');
  if (alarms.webhooks.some(({ token }) => token)) need('webhook_token');
  if (alarms.webhooks.some(({ url }) => url === undefined)) need('slack_webhook_url');
  // OBS may be set to ask for none.
  const { obs, mediamtx, calendar } = sessionSources;
  if (obs) need('obs_password', false);
  if (mediamtx?.username !== undefined) need('mediamtx_password');
  if (calendar && calendar.file === undefined && calendar.url === undefined) need('calendar_url');
  return names;
}

/** Is each secret there that is needed, and only there for us? Never tells one. */
export async function checkSecrets({
  config,
  env,
  file,
}: Pick<Patient, 'config' | 'env' | 'file'>): Promise<Finding[]> {
  const findings = new Findings('secrets');
  for (const [name, { must }] of needed(config)) {
    try {
      const found = findSecret(name, env, file);
      if (found === null) {
        const remedy =
          `write it alone into ${secretsFolder(file)}/${name} (chmod 600), or give it as the systemd credential ` +
          `${name}, or as ${secretVariable(name)}`;
        if (must) findings.failed('secret-missing', `${name} is not set`, { about: name, remedy });
        else
          findings.warning('secret-missing', `${name} is not set: right only when none is asked for`, {
            about: name,
            remedy,
          });
        continue;
      }
      const { value, from, path } = found;
      if (value === '' || value !== value.trim())
        findings.warning('secret-blank', value === '' ? `${name} is empty` : `${name} begins or ends with blanks`, {
          about: name,
          remedy: `correct it${path === null ? '' : ` in ${path}`}, when that is not meant`,
        });
      // Credentials are systemd's to guard.
      const mode = path === null || from === 'credential' ? 0 : statSync(path).mode;
      if ((mode & OTHERS_MAY_READ) !== 0)
        findings.warning('secret-open', `${path} can be read by others on this machine`, {
          about: name,
          remedy: `chmod 600 ${path}`,
        });
      else findings.ok('secret', `${name} is set${path === null ? ` in ${secretVariable(name)}` : `: ${path}`}`, name);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const [problem] = error.problems;
      findings.failed('secret-unreadable', `${error.file}: ${problem?.found ?? 'unreadable'}`, {
        about: name,
        remedy: problem?.hint ?? `it must be ${problem?.expected ?? 'readable'}`,
      });
    }
  }
  if (findings.list.length === 0) findings.skipped('no-secrets', 'this configuration needs none');
  return findings.list;
}
