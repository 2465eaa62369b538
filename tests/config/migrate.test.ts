import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../config/load.ts';
import type { Migration } from '../../config/migrate.ts';
import { migrateFile } from '../../daemon/migrate-command.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();
/** As if version 1 had said `title`, and version 2 `label`. */
const MIGRATIONS: Migration[] = [
  (document) => {
    document.setIn(['studio', 'label'], document.getIn(['studio', 'title']));
    document.deleteIn(['studio', 'title']);
  },
  (document) => {
    document.setIn(['studio', 'name'], document.getIn(['studio', 'label']));
    document.deleteIn(['studio', 'label']);
  },
];
const OLD = `# ours
studio:
  id: a # stays
  title: An old one
plugs:
  - { id: camera, name: Camera, adapter: tapo, host: 192.0.2.1 }
`;

describe('a studio.yaml of an older version', () => {
  test('is read as if it were of this one', () => {
    expect(parseConfig(OLD, 'old', MIGRATIONS)).toMatchObject({ version: 3, studio: { name: 'An old one' } });
    const second = OLD.replace('title', 'label').replace('studio:', 'version: 2\nstudio:');
    expect(parseConfig(second, 'second', MIGRATIONS).studio.name).toBe('An old one');
  });

  test('is written in the new form with its comments, and kept as it was beside it', () => {
    const file = join(folder, 'studio.yaml');
    writeFileSync(file, OLD, { mode: 0o600 });
    const copy = migrateFile(file, Date.UTC(2026, 10, 24), MIGRATIONS);
    expect(readFileSync(copy ?? '', 'utf8')).toBe(OLD);
    const now = readFileSync(file, 'utf8');
    for (const part of ['# ours', '# stays', 'name: An old one', 'version: 3']) expect(now).toContain(part);
    expect(migrateFile(file, Date.UTC(2026, 10, 25), MIGRATIONS)).toBeNull();
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test('that is newer than this offair is refused, in words', () => {
    const newer = `version: 9\n${OLD.replace('title', 'name')}`;
    expect(() => parseConfig(newer, 'newer')).toThrow(ConfigError);
    expect(() => parseConfig(newer, 'newer')).toThrow(/version: found 9, expected 1 or less: update offair/);
    expect(() => parseConfig(newer.replace('9', 'nine'), 'odd')).toThrow(/version: found "nine"/);
  });
});
