import { describe, expect, test } from 'vitest';
import { changesOf, withKept } from '../../config/changes.ts';
import { parseConfig } from '../../config/load.ts';

const config = (more: string, plugs: string) =>
  parseConfig(`studio: { id: a, name: A }\n${more}\nplugs:\n${plugs}`, 'x');
const camera = '  - { id: camera, name: Camera, adapter: tapo, host: 192.0.2.1 }\n';
const light = '  - { id: light, name: Light, adapter: tapo, host: 192.0.2.2 }\n';

describe('what a new configuration changes', () => {
  test('is told by path, plugs by their id wherever they stand in the file', () => {
    const before = config('switching: { dryRun: true }', camera + light);
    const after = config(
      'switching: { dryRun: false }\ninflux: { url: http://127.0.0.1:8086 }',
      light + camera.replace('Camera', 'Caméra'),
    );
    const paths = changesOf(before, after).map(({ path, kind }) => `${path} ${kind}`);
    expect(paths).toContain('plugs.camera.name changed');
    expect(paths).toContain('switching.dryRun changed');
    expect(paths).toContain('influx.url added');
    expect(paths.filter((path) => path.startsWith('plugs'))).toHaveLength(1);
    expect(changesOf(before, before)).toEqual([]);
  });

  test('names a plug that comes or goes once, not key by key', () => {
    const other = light.replaceAll('light', 'other');
    expect(changesOf(config('', camera + light), config('', camera + other))).toEqual([
      { path: 'plugs.light', kind: 'removed', needsRestart: false },
      { path: 'plugs.other', kind: 'added', needsRestart: false },
    ]);
  });

  test('that would part a running studio from its history waits for a restart', () => {
    const before = config('journal: { path: /a }', camera);
    const after = config('journal: { path: /b, rawDays: 3 }', camera);
    expect(changesOf(before, after)).toEqual([
      { path: 'journal.path', kind: 'changed', needsRestart: true },
      { path: 'journal.rawDays', kind: 'changed', needsRestart: false },
    ]);
    expect(withKept(after, before).journal).toMatchObject({ path: '/a', rawDays: 3 });
  });
});
