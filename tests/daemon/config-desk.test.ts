import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { PlugAdapter } from '../../adapters/adapter.ts';
import { plugAdapters } from '../../adapters/registry.ts';
import { loadConfig } from '../../config/load.ts';
import { configDesk } from '../../daemon/config-desk.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';

const file = join(tempFolder(), 'studio.yaml');
const YAML = `studio: { id: a, name: A }
mqtt: { url: mqtt://127.0.0.1:1883, username: offair }
plugs:
  - { id: camera, name: Camera, adapter: shelly, device: shellyplugsg3-8cbfeaa133f0 }
`;
/** The Shelly adapter, in a network with one Shelly in it. */
const shelly = plugAdapters.find(({ name }) => name === 'shelly') as PlugAdapter;
const adapters: PlugAdapter[] = [
  {
    ...shelly,
    discover: async (_deps, { found }) => {
      const outlets = [{ adapter: 'shelly', device: 'shellyplugsg3-8cbfeaa133f0' }];
      const who = { adapter: 'shelly', model: 'S3PL-00112EU', firmware: '1.7.5', mac: '8CBFEAA133F0' };
      found({ ...who, address: '192.0.2.7', name: 'Key light', obstacle: null, outlets });
    },
  },
];

function deskOf(yaml: string) {
  writeFileSync(file, yaml);
  const clock = new FakeClock();
  return configDesk({
    ...{ config: loadConfig(file), file, adapters, reload: undefined },
    secret: (name) => (name === 'mqtt_password' ? 'hunter2' : undefined),
    adapterDeps: {
      ...{ clock, random: () => 0, log: pino({ level: 'silent' }), mqtt: null, secret: () => undefined },
      ...{ memory: { recall: async () => undefined, keep: async () => {} }, timeZone: 'UTC', networkInterface: null },
    },
  });
}

describe('the configuration, as it is shown', () => {
  test('has every default, and of secrets only whether they are set', () => {
    const { sections, secrets, onDisk, problems } = deskOf(YAML).view();
    const yaml = sections.map((section) => section.yaml).join('');
    expect(yaml).toContain('dryRun: true');
    expect(sections.map(({ name }) => name)).toContain('mqtt');
    expect(secrets.filter(({ set }) => set)).toEqual([{ name: 'mqtt_password', set: true }]);
    expect(JSON.stringify([yaml, secrets])).not.toContain('hunter2');
    expect([onDisk, problems]).toEqual(['same', []]);
  });

  test('says when the file has become another one, or a wrong one', () => {
    const desk = deskOf(YAML);
    writeFileSync(file, YAML.replace('name: Camera', 'name: Camera B'));
    expect(desk.view().onDisk).toBe('changed');
    writeFileSync(file, YAML.replace('adapter: shelly', 'adapter: shely'));
    const { onDisk, problems } = desk.view();
    expect(onDisk).toBe('wrong');
    expect(problems[0]).toMatchObject({ path: 'plugs[0].adapter', line: 4, found: '"shely"' });
  });
});

describe('a configuration to be', () => {
  test('may name every family that is there', () => {
    const byHand = { key: 'device', looksLike: 'shellyplugsg3-8cbfeaa133f0' };
    expect(deskOf(YAML).view().families).toEqual([{ adapter: 'shelly', label: 'Shelly', needsMqtt: true, byHand }]);
  });

  test('is checked as the loader does it', () => {
    const desk = deskOf(YAML);
    expect(desk.check(YAML)).toEqual([]);
    expect(desk.check('studio: { id: A }').map(({ path }) => path)).toEqual(
      expect.arrayContaining(['studio.id', 'studio.name', 'plugs']),
    );
  });

  test('is made of what answers in the network, configured or not; those who search together share one search', async () => {
    const desk = deskOf(YAML);
    const [first, second] = [desk.search(), desk.search()];
    expect(second).toBe(first);
    const [device] = await first;
    expect(device).toMatchObject({ model: 'S3PL-00112EU', name: 'Key light' });
    const made = `studio: { id: a, name: A }\nmqtt: { url: mqtt://127.0.0.1:1883 }\nplugs:\n${device?.yaml}`;
    expect(desk.check(made)).toEqual([]);
  });
});
