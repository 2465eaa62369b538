import type { InfluxSettings } from '../adapters/influx/index.ts';
import type { StudioConfig } from '../config/schema.ts';
import { readPem } from './mqtt.ts';

/**
 * The connection that the configuration describes, with its secrets.
 * @throws ConfigError when the file of the authority can't be read
 */
export function influxSettings(
  influx: NonNullable<StudioConfig['influx']>,
  { id, timeZone }: StudioConfig['studio'],
  secret: (name: string) => string | undefined,
): InfluxSettings {
  const { ca: file, ...settings } = influx;
  const common = { ca: file && readPem(file, 'influx.ca'), studio: id, timeZone };
  return settings.flavour === 1
    ? { ...settings, ...common, password: secret('influx_password') }
    : { ...settings, ...common, token: secret('influx_token') };
}
