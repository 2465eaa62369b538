import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  hasInstallScript?: boolean;
  dev?: boolean;
  link?: boolean;
}
const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name: string) => JSON.parse(readFileSync(file(name), 'utf8'));
const { dependencies, devDependencies, allowScripts } = read('package.json');
const locked: [string, Locked][] = Object.entries(read('package-lock.json').packages as Record<string, Locked>)
  .filter(([path]) => path !== '')
  .map(([path, one]) => [path.replace(/^.*node_modules\//, ''), one]);

/** Any may be used in a product that is given away as a whole; MPL's files stay apart. */
const LICENCES =
  /^(MIT|MIT-0|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|MPL-2\.0|Unlicense|CC0-1\.0|CC-BY-[34]\.0|OFL-1\.1|Python-2\.0|Zlib|WTFPL)$/;

/** Packages that have a licence only as a file. */
const BY_FILE: Record<string, string> = { 'png-js': 'MIT' };

describe('what comes from npm', () => {
  test('is pinned, by version and by content, from no address of its own', () => {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    for (const [name, { resolved, integrity }] of locked) {
      expect(resolved, name).toBeUndefined();
      expect(integrity, name).toMatch(/^sha512-/);
    }
  });

  test('runs no script at its installation but that of the runtime', () => {
    const scripted = new Set(locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([name]) => name));
    const allowed = Object.entries(allowScripts).filter(([, may]) => may);
    expect(allowed.map(([name]) => name)).toEqual(['node']);
    // Optional ones that watch files on a Mac or speak to a socket: refused by name, and nothing misses them.
    const refused = Object.keys(allowScripts).filter((name) => !allowScripts[name]);
    const shipped = locked.filter(([name, { dev }]) => scripted.has(name) && !dev).map(([name]) => name);
    expect(shipped.filter((name) => name !== 'node' && !refused.includes(name))).toEqual([]);
  });

  test('may be given on with offair', () => {
    const shipped = locked.filter(([, { dev }]) => !dev);
    const odd = shipped.filter(([name, { license }]) => {
      const choices = (license ?? BY_FILE[name] ?? 'none').replaceAll(/[()]/g, '').split(' OR ');
      return !choices.some((choice) => choice.split(' AND ').every((one) => LICENCES.test(one)));
    });
    expect(odd.map(([name, { license }]) => `${name}: ${license}`)).toEqual([]);
  });

  test('has its reason in the documentation, each one', () => {
    const reasons = readFileSync(file('config/docs/dependencies.md'), 'utf8');
    const told = [...reasons.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
    expect(told.toSorted()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).toSorted());
  });
});
