import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, parse as parseYaml } from 'yaml';
import { ACCESS } from '../../api/access.ts';
import { parseConfig } from '../../config/load.ts';
import { SECRET_NAMES, secretVariable } from '../../config/secrets.ts';
import { anchorOf, blocksOf, codeOf, headingsOf, type Page, pages } from './pages.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const all = pages();
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);

describe.each(all)('$path', (page) => {
  test('links lead to files and headings that are there', () => {
    for (const [, target = ''] of page.text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? page.path : join(dirname(page.path), file);
      expect(existsSync(join(ROOT, path)), `${target}: no such file`).toBe(true);
      if (anchor === undefined) continue;
      const anchors = headingsOf({ text: read(path) }).map(({ title }) => anchorOf(title));
      expect(anchors, target).toContain(anchor);
    }
  });

  test('files, scripts and commands that it names are there', () => {
    const code = codeOf(page);
    for (const [path] of code.matchAll(/(?<![\w/.-])(?:adapters|api|config|daemon|model|tests)\/[\w./-]*\w/g)) {
      // A name in capitals is the reader's to choose.
      if (/\/[A-Z]+\b/.test(path)) continue;
      expect(existsSync(join(ROOT, path)) || existsSync(join(ROOT, `${path}.ts`)), `no file ${path}`).toBe(true);
    }
    for (const [, script = ''] of code.matchAll(/npm run ([\w:]+)/g)) expect(scripts).toContain(script);
    for (const [, words = ''] of code.matchAll(/(?:npx )?\boffair ((?:[a-z][a-z-]+ ?)+[^`\n#|;]*)/g)) {
      const [command = ''] = words.split(' ');
      if (!COMMANDS.has(command)) continue;
      for (const [option] of words.matchAll(/--[a-z-]+/g)) expect(OPTIONS, `offair ${words}`).toContain(option);
    }
    for (const [, command = ''] of code.matchAll(/npx offair ([a-z-]+)/g)) expect([...COMMANDS]).toContain(command);
  });

  test('calls of the API that it names are there', () => {
    const routes = Object.keys(ACCESS).map((route) => new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+')}$`));
    const called = [...page.text.matchAll(/\b(GET|POST|DELETE) (\/(?:api\/v1|metrics|healthz|readyz)[\w/:.-]*)/g)];
    for (const [, method, path] of called)
      expect(
        routes.some((route) => route.test(`${method} ${path}`)),
        `${method} ${path}`,
      ).toBe(true);
  });

  test('YAML and JSON can be read, and what is for studio.yaml is right', () => {
    for (const { language, text } of blocksOf(page)) {
      if (language === 'json') JSON.parse(text);
      if (language !== 'yaml') continue;
      for (const { errors } of parseAllDocuments(text)) expect(errors).toEqual([]);
      if (text.startsWith('# studio.yaml')) expect(() => parseConfig(completed(text), page.path)).not.toThrow();
    }
  });
});

test('the pages that offair itself names are there', () => {
  const sources = ['daemon', 'adapters', 'config', 'api'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|js|yaml)$/.test(name))
      .map((name) => read(join(room, name))),
  );
  const named = new Set(sources.flatMap((source) => source.match(/config\/docs\/[\w.-]+\.md/g) ?? []));
  expect(named.size).toBeGreaterThan(0);
  expect([...named].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the README leads to every page', () => {
  const others = all.map(({ path }) => path).filter((path) => path !== 'README.md');
  expect(others.filter((path) => !read('README.md').includes(`](${path})`))).toEqual([]);
});

test('every secret is in the table of the secrets', () => {
  const table = read('config/docs/operation.md');
  for (const name of SECRET_NAMES) {
    expect(table).toContain(`\`${name}\``);
    expect(table).toContain(`\`${secretVariable(name)}\``);
  }
});

const translated = all.filter(({ path }) => path.endsWith('.fr.md'));
const original = (page: Page) => all.find(({ path }) => path === page.path.replace('.fr.md', '.md'));

test.each(translated)('$path has the headings and the code of its original', (page) => {
  const english = original(page);
  if (!english) throw new Error(`${page.path} translates nothing`);
  expect(headingsOf(page).map(({ level }) => level)).toEqual(headingsOf(english).map(({ level }) => level));
  expect(blocksOf(page).map(withoutWords)).toEqual(blocksOf(english).map(withoutWords));
  expect(codeCount(page)).toEqual(codeCount(english));
});

/** Comments and names are translated, code is not. */
function withoutWords({ language, text }: { language: string; text: string }): string {
  const lines = text.split('\n').map((line) => line.replace(/ *(^|\s)# .*$/, ''));
  const own = lines.map((line) => line.replace(/\b(name|alias|lang): [^,}]*/, '$1').replace(/lang=(en|fr)/, 'lang'));
  return `${language}\n${own.join('\n').replaceAll(/\/(en|fr)\b/g, '/LANG')}`;
}

/** How often each word that is code stands in the prose of a page, by section: nothing of it was left out. */
function codeCount({ text }: Page): string[][] {
  return text
    .replaceAll(/^ *```.*?^ *```$/gms, '')
    .split(/^#+ /m)
    .map((section) =>
      [...section.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll(/\b(en|fr)\b/g, 'LANG')).sort(),
    );
}

/** A snippet with what every studio.yaml needs beside it. */
function completed(snippet: string): string {
  const given = (parseYaml(snippet) ?? {}) as Record<string, unknown>;
  const studio = { studio: { id: 'studio-a', name: 'Studio A' } };
  const plugs = { plugs: [{ id: 'light', name: 'Light', adapter: 'tapo', host: '192.0.2.1' }] };
  return JSON.stringify({ ...studio, ...plugs, ...given });
}

const cli = readdirSync(join(ROOT, 'daemon'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name === 'cli.ts' || /commands?\.ts$/.test(name))
  .map((name) => read(join('daemon', name)));
const COMMANDS = new Set(commandNames());
const OPTIONS = [...new Set(cli.flatMap((source) => source.match(/--[a-z][a-z-]*/g) ?? []))];

function commandNames(): string[] {
  return cli.flatMap((source) => [...source.matchAll(/\.command\(\s*'([a-z-]+)/g)].map(([, name = '']) => name));
}
