import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { plugAdapters } from '../../adapters/registry.ts';
import { parseConfig } from '../../config/load.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}${path}`, 'utf8');

/** The plugs of the example, those in comments too, each as YAML. */
function examples(): string[] {
  const [, plugs = ''] = read('config/studio.example.yaml').split('\nplugs:\n');
  const bare = plugs.replaceAll(/^ {2}# ( *- | {2})/gm, '  $1');
  return bare.split(/^(?= {2}- )/m).filter((item) => item.startsWith('  - '));
}

describe.each(plugAdapters)('the family $name', ({ name, label, needsMqtt }) => {
  const own = examples().filter((item) => new RegExp(`^ {4}adapter: ${name}$`, 'm').test(item));

  test('has a line in the table of plugs', () => {
    expect(read('config/docs/plugs.md')).toMatch(new RegExp(`^\\|[^|]*\\*\\*${label}\\*\\*`, 'm'));
  });

  test('has an example in studio.example.yaml, that can be used', () => {
    expect(own.length).toBeGreaterThan(0);
    const mqtt = needsMqtt ? 'mqtt: { url: mqtt://127.0.0.1 }\n' : '';
    for (const item of own) parseConfig(`studio: { id: a, name: A }\n${mqtt}plugs:\n${item}`, 'studio.yaml');
  });

  test('has tests, and keeps the contract', () => {
    const sources = readdirSync(`${ROOT}tests/${name}`).map((file) => read(`tests/${name}/${file}`));
    expect(sources.some((source) => source.includes('describePlugContract('))).toBe(true);
  });
});
