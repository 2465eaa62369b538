import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ROOMS = ['daemon', 'adapters', 'model', 'api', 'config', 'tests'];
/** Written by the tests. */
const OUTPUT = 'tests/output';
const read = (name: string) => readFileSync(`${ROOT}${name}`, 'utf8');

/** The folders that CONTRIBUTING.md draws: rooms at the margin, theirs indented under them. */
function drawn(): string[] {
  const drawing = /```text\n(.*?)```/s.exec(read('CONTRIBUTING.md'))?.[1] ?? '';
  let room = '';
  return drawing.split('\n').flatMap((line) => {
    const folders = (/^ *((?:[\w-]+\/ ?)+)/.exec(line)?.[1] ?? '').split(' ').filter(Boolean);
    if (folders.length === 0) return [];
    if (!line.startsWith(' ')) {
      room = folders[0] ?? '';
      return [room];
    }
    return folders.map((folder) => `${room}${folder}`);
  });
}

test('CONTRIBUTING.md draws every folder of the first two levels, and no other', () => {
  const folders = ROOMS.flatMap((room) => [
    `${room}/`,
    ...readdirSync(`${ROOT}${room}`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && `${room}/${entry.name}` !== OUTPUT)
      .map(({ name }) => `${room}/${name}/`),
  ]);
  expect(drawn().sort()).toEqual(folders.sort());
});

test('the changelog begins with the version of package.json', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(/^## (\d+\.\d+\.\d+)/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version);
});
