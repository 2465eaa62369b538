import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** A page of the documentation. */
export interface Page {
  /** From the top of the repository. */
  path: string;
  text: string;
}

/** A fenced block of a page. */
export interface Block {
  page: string;
  language: string;
  text: string;
}

/** Every page: those at the top and those in config/docs. */
export function pages(): Page[] {
  const at = (folder: string) =>
    readdirSync(new URL(folder, ROOT))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}${name}`);
  return [...at(''), ...at('config/docs/')].map((path) => ({ path, text: readFileSync(new URL(path, ROOT), 'utf8') }));
}

export function blocksOf({ path, text }: Page): Block[] {
  return [...text.matchAll(/^( *)```(\w+)\n(.*?)^ *```$/gms)].map(([, indent = '', language = '', body = '']) => ({
    page: path,
    language,
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** Headings in order, with their level, outside of code. */
export function headingsOf({ text }: Pick<Page, 'text'>): { level: number; title: string }[] {
  const prose = text.replaceAll(/^ *```.*?^ *```$/gms, '');
  return [...prose.matchAll(/^(#+) (.*)$/gm)].map(([, marks = '', title = '']) => ({ level: marks.length, title }));
}

/** The anchor that a heading has on the common forges. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[`*]|\[|\]\([^)]*\)/g, '')
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** What is set as code, in a line or a block. */
export function codeOf(page: Page): string {
  const inline = [...page.text.replaceAll(/^ *```.*?^ *```$/gms, '').matchAll(/`([^`\n]+(?:\n[^`\n]+)?)`/g)];
  const indented = page.text.match(/^ {4}\S.*$/gm) ?? [];
  return [
    ...inline.map(([, code = '']) => code.replace('\n', ' ')),
    ...blocksOf(page).map(({ text }) => text),
    ...indented,
  ].join('\n');
}
