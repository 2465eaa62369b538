import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { backUpFile, replaceFile, studioYaml, withAdded } from '../../config/write.ts';
import { tempFolder } from '../support/temp-folder.ts';

const EXAMPLE = readFileSync(fileURLToPath(new URL('../../config/studio.example.yaml', import.meta.url)), 'utf8');
const folder = tempFolder();

describe('a studio.yaml that is written', () => {
  test('says of each key what it is for, and loads', () => {
    const text = studioYaml({
      studio: { id: 'a', name: 'A: # first', country: 'FR' },
      influx: { flavour: 2, url: 'http://127.0.0.1:8086', org: 'o', bucket: 'b' },
      plugs: [{ id: 'camera', name: 'Camera', adapter: 'tapo', host: '192.0.2.1' }],
    });
    expect(text).toContain('country: FR # Chooses the grid');
    expect(text).toContain('flavour: 2 # InfluxDB 2.x');
    expect(parseConfig(text, 'written')).toMatchObject({ studio: { name: 'A: # first' }, influx: { bucket: 'b' } });
  });

  test('keeps every comment and every value when something is added', () => {
    const plug = { id: 'new-one', name: 'New', adapter: 'tapo', host: '192.0.2.99', mac: '9C-53-22-00-00-99' };
    const after = withAdded(EXAMPLE, { plugs: [plug], sections: { tariff: { euroPerKwh: 0.3 } } });
    const comments = (text: string) => text.split('\n').flatMap((line) => /#.*/.exec(line)?.[0].trim() ?? []);
    const kept = new Set(comments(after));
    // Those of the section that was replaced go with it.
    const replaced = EXAMPLE.slice(EXAMPLE.indexOf('\ntariff:'), EXAMPLE.indexOf('\ndiscovery:'));
    for (const comment of comments(EXAMPLE)) if (!replaced.includes(comment)) expect(kept).toContain(comment);
    const [before, now] = [parseConfig(EXAMPLE, 'before'), parseConfig(after, 'after')];
    expect(now.plugs.slice(0, -1)).toEqual(before.plugs);
    expect(now.plugs.at(-1)).toMatchObject({ id: 'new-one', essential: true });
    expect(now.tariff).toMatchObject({ euroPerKwh: 0.3 });
    expect({ ...now, plugs: 0, tariff: 0 }).toEqual({ ...before, plugs: 0, tariff: 0 });
  });

  test('takes the place of the old one whole, with the permissions that were asked for', () => {
    const home = mkdtempSync(join(folder, 'home-'));
    const path = join(home, 'studio.yaml');
    writeFileSync(path, 'old');
    const copy = backUpFile(path, Date.UTC(2026, 10, 24, 19));
    const again = backUpFile(path, Date.UTC(2026, 10, 24, 19));
    replaceFile(path, 'new', 0o600);
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['new', 0o600]);
    expect(copy).toBe(`${path}.before-20261124T190000Z`);
    expect([readFileSync(copy, 'utf8'), readFileSync(again, 'utf8')]).toEqual(['old', 'old']);
    expect(readdirSync(home).length).toBe(3);
  });

  test('leaves the old one and nothing else where it can not be written', () => {
    const home = mkdtempSync(join(folder, 'home-'));
    const path = join(home, 'nowhere', 'studio.yaml');
    expect(() => replaceFile(path, 'new', 0o600)).toThrow(/ENOENT/);
    expect(readdirSync(home)).toEqual([]);
  });
});
