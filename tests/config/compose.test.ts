import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

interface Service {
  image: string;
  network_mode?: string;
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
}
const compose = parse(readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')) as {
  services: Record<string, Service>;
};
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  test('has the studio, its broker, its database and its panels', () => {
    expect(Object.keys(compose.services)).toEqual(['offair', 'mosquitto', 'influxdb', 'grafana']);
  });

  test.each(services)('%s: pinned version, volume, health check, no host network', (_name, service) => {
    expect(service.image).toMatch(/:\d+\.\d+\.\d+$/);
    expect(service.volumes?.length).toBeGreaterThan(0);
    expect(service.healthcheck?.test.length).toBeGreaterThan(0);
    expect(service.network_mode).toBeUndefined();
  });

  test.each(services)('%s: publishes on a named address only, and has no default password', (_name, service) => {
    for (const port of service.ports ?? [])
      expect(port).toMatch(/^(127\.0\.0\.1|\$\{OFFAIR_MQTT_ADDRESS:-127\.0\.0\.1\}):/);
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|TOKEN/.test(key)) expect(value).toMatch(/^\$\{\w+:\?/);
    }
  });
});
