import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { registry } from '../../adapters/registry.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOUSE = ['daemon', 'adapters', 'model', 'api', 'config'];

const files = HOUSE.flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
);
const source = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const imports = (file: string) =>
  [...source(file).matchAll(/(?:^|\n)\s*(?:import|export)\s[^;]*?from '([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
/** The room that an import leads to, or the name of a package. */
const target = (file: string, name: string) =>
  name.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), name)).split(sep)[0] : name;

describe('the house', () => {
  test('the model imports nothing but itself', () => {
    for (const file of files.filter((name) => name.startsWith(`model${sep}`))) {
      for (const name of imports(file)) expect(target(file, name), `${file} imports ${name}`).toBe('model');
    }
  });

  test('adapters and the API know nothing of the daemon', () => {
    for (const file of files.filter((name) => /^(adapters|api|config)/.test(name))) {
      for (const name of imports(file)) expect(target(file, name), `${file} imports ${name}`).not.toBe('daemon');
    }
  });

  test('only the clock reads the time, sets timers and draws random numbers', () => {
    const allowed = new Set([join('daemon', 'clock.ts')]);
    for (const file of files.filter((name) => !allowed.has(name) && !name.startsWith(join('api', 'web')))) {
      expect(source(file), file).not.toMatch(/\b(Date\.now|Math\.random|setTimeout|setInterval)\b|\bnew Date\(\)/);
    }
  });

  test('two adapters can not have one name', () => {
    const adapter = { name: 'same' } as Parameters<typeof registry>[0][number];
    expect(() => registry([adapter, adapter])).toThrow(/two plug adapters are called same/);
  });
});
