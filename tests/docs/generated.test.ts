import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationReference } from './configuration-reference.ts';
import { withDeviceTable } from './supported-devices.ts';

const page = (name: string) => readFileSync(new URL(`../../config/docs/${name}`, import.meta.url), 'utf8');

test('the table of Tapo devices is what the fixtures say; if not: npm run docs', () => {
  expect(withDeviceTable(page('plugs.md'))).toBe(page('plugs.md'));
});

test('the reference of the configuration is what the schema says; if not: npm run docs', () => {
  expect(page('configuration.md')).toBe(`${configurationReference()}\n`);
});

test('every key of studio.yaml says what it means', () => {
  const rows = [...configurationReference().matchAll(/^\| `(\S+)` .*\| *(.*?) *\|$/gm)];
  expect(rows.length).toBeGreaterThan(100);
  expect(rows.filter(([, , meaning]) => meaning === '').map(([, key]) => key)).toEqual([]);
});
