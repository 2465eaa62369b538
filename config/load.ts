import { readFileSync } from 'node:fs';
import { distance } from 'fastest-levenshtein';
import { isCollection, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { MIGRATIONS, type Migration, migrate, newestVersion, versionOf } from './migrate.ts';
import { type StudioConfig, studioSchema } from './schema.ts';

/** One thing wrong with a configuration. */
export interface ConfigProblem {
  /** Where: `plugs[2].idleWatts`; empty for the file as a whole. */
  path: string;
  /** Line in the file, from 1; null when it can't be told. */
  line: number | null;
  /** What stands there, in words. */
  found: string;
  expected: string;
  /** What was perhaps meant; null when nothing comes near. */
  hint: string | null;
}

/** The configuration can't be used. Carries everything that is wrong, not just the first. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(
      `${file}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}\n${problems.map(describe).join('\n')}`,
    );
    this.file = file;
    this.problems = problems;
  }
}

function describe({ path, line, found, expected, hint }: ConfigProblem): string {
  const where = [line === null ? '' : `line ${line}`, path].filter(Boolean).join(', ');
  return `  ${where || 'file'}: found ${found}, expected ${expected}${hint ? `. ${hint}` : ''}`;
}

/** The JSON Schema of `studio.yaml`, for editors (`# yaml-language-server: $schema=…`). */
export function studioJsonSchema(): JsonSchema {
  return z.toJSONSchema(studioSchema, { io: 'input' }) as JsonSchema;
}

/**
 * Reads and checks `studio.yaml`.
 * @throws ConfigError with every problem at once
 */
export function loadConfig(file: string): StudioConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === 'ENOENT' ? 'no such file' : `a file that can't be read (${code})`;
    const hint = 'config/studio.example.yaml is a complete example to copy';
    throw new ConfigError(file, [{ path: '', line: null, found, expected: 'a studio.yaml', hint }]);
  }
  return parseConfig(text, file);
}

/**
 * Checks the text of a `studio.yaml`, of whatever version up to this one; `file` only names it in messages.
 * @throws ConfigError
 */
export function parseConfig(text: string, file: string, migrations: readonly Migration[] = MIGRATIONS): StudioConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(
      file,
      document.errors.map((error) => ({
        path: '',
        line: lines.linePos(error.pos[0]).line,
        found: `what is not YAML (${error.message})`,
        expected: 'YAML',
        hint: null,
      })),
    );
  }
  const newest = newestVersion(migrations);
  const version = isMap(document.contents) ? versionOf(document) : null;
  if (version !== null && version > newest) {
    const expected = `${newest} or less: update offair, or go back to the copy of the file from before`;
    throw new ConfigError(file, [{ path: 'version', line: null, found: String(version), expected, hint: null }]);
  }
  if (version !== null) migrate(document, migrations);
  let input: unknown;
  try {
    input = document.toJS() ?? {};
  } catch {
    // Its message repeats the text, which may be a secret in the wrong place.
    const expected = 'aliases (*name) only of anchors (&name) that exist; text that begins with * in quotes';
    throw new ConfigError(file, [
      { path: '', line: null, found: 'an alias that can not be resolved', expected, hint: null },
    ]);
  }
  const result = studioSchema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;

  const lineOf = (path: readonly PropertyKey[]): number | null => {
    for (let length = path.length; length > 0; length -= 1) {
      const at = path.slice(0, length);
      const parent = length === 1 ? document.contents : document.getIn(at.slice(0, -1), true);
      const pair = isCollection(parent)
        ? parent.items.find(
            (item) =>
              'key' in (item as object) &&
              isScalar((item as { key: unknown }).key) &&
              (item as { key: { value: unknown } }).key.value === at.at(-1),
          )
        : undefined;
      const node = pair ? (pair as { key: { range?: [number, number, number] } }).key : document.getIn(at, true);
      const range = (node as { range?: [number, number, number] } | undefined)?.range;
      if (range) return lines.linePos(range[0]).line;
    }
    return null;
  };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, input, lineOf));
  throw new ConfigError(
    file,
    problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  );
}

function problemsOf(
  issue: z.core.$ZodIssue,
  input: unknown,
  lineOf: (path: readonly PropertyKey[]) => number | null,
): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const valid = keysAt(studioJsonSchema(), issue.path, input);
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      line: lineOf([...issue.path, key]),
      // Never the value: it may be a secret in the wrong place.
      found: 'a key that means nothing here',
      expected: valid.length > 0 ? `one of ${valid.join(', ')}` : 'no such key',
      hint: secretHint(key) ?? nearest(key, valid),
    }));
  }
  const value = valueAt(input, issue.path);
  const expected = expectation(issue);
  const choices = choicesOf(issue);
  return [
    {
      path: pathText(issue.path),
      line: lineOf(issue.path),
      found: foundText(value),
      expected,
      hint: typeof value === 'string' ? nearest(value, choices) : null,
    },
  ];
}

/** The words of which one is expected. */
function choicesOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  const { discriminator, options = [] } = issue as { discriminator?: string; options?: unknown[] };
  return discriminator ? options.filter((option) => option !== undefined).map(String) : [];
}

/** What stands there, short, and without the user and password of an address. */
function foundText(value: unknown): string {
  if (value === undefined) return 'nothing';
  // Not what is in it: it may be a secret in the wrong place.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'a group of keys';
  return (JSON.stringify(value) ?? String(value))
    .replace(/\/\/[^/@\s]*@/g, '//…@')
    .replace(/\?.*/, '?…')
    .slice(0, 80);
}

/** A number by itself, or of what the length is. */
function sized(count: number | bigint, origin: string): string {
  const [one, many] = { string: ['character', 'characters'], array: ['entry', 'entries'] }[origin] ?? [];
  if (one === undefined) return String(count);
  return `${count} ${Number(count) === 1 ? one : many}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1 ? JSON.stringify(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'too_small':
      return issue.message.startsWith('Too small')
        ? `${issue.inclusive ? 'at least' : 'more than'} ${sized(issue.minimum, issue.origin)}`
        : issue.message;
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${sized(issue.maximum, issue.origin)}`;
    case 'invalid_union': {
      const choices = choicesOf(issue);
      if (choices.length > 0) return `one of ${choices.join(', ')}`;
      return (issue.errors ?? []).map((branch) => branch.map(expectation).join(' and ')).join(', or ');
    }
    default:
      return issue.message.replace(/^Invalid [^:]+: /, '');
  }
}

function secretHint(key: string): string | null {
  if (!/pass|secret|token|user(name)?$/i.test(key)) return null;
  return 'Secrets do not belong in this file: see "Secrets" in config/docs/operation.md';
}

/** The nearest valid word, when it is near enough to have been meant. */
function nearest(word: string, valid: readonly string[]): string | null {
  const best = valid
    .map((candidate) => ({ candidate, steps: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps)[0];
  return best && best.steps <= Math.max(2, Math.floor(word.length / 3)) ? `Did you mean ${best.candidate}?` : null;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

interface JsonSchema {
  description?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  const?: unknown;
  default?: unknown;
}

/** What the schema says of the key at `path`, for people; null when nothing. @param input the whole configuration */
export function descriptionOf(path: readonly PropertyKey[], input: unknown): string | null {
  return schemaAt(studioJsonSchema(), path, input)?.description ?? null;
}

/** The keys that the schema knows at `path`. */
function keysAt(schema: JsonSchema, path: readonly PropertyKey[], input: unknown): string[] {
  return Object.keys(schemaAt(schema, path, input)?.properties ?? {});
}

/** Of alternatives, the one whose constants agree with the input. */
function schemaAt(schema: JsonSchema, path: readonly PropertyKey[], input: unknown): JsonSchema | undefined {
  const [key, ...rest] = path;
  const branches = schema.oneOf ?? schema.anyOf;
  const chosen = branches?.find((branch) =>
    Object.entries(branch.properties ?? {}).some(
      ([name, property]) =>
        property.const !== undefined &&
        property.const === ((input as Record<string, unknown> | undefined)?.[name] ?? property.default),
    ),
  );
  if (chosen) return schemaAt(chosen, path, input);
  if (key === undefined) return schema;
  const child = typeof key === 'number' ? schema.items : schema.properties?.[String(key)];
  return child && schemaAt(child, rest, valueAt(input, [key]));
}
