import { z } from 'zod';
import { studioSchema } from '../../config/schema.ts';
import { markdownTable } from './markdown.ts';

/** So much of a JSON Schema as the reference tells, with the words of the checks that JSON Schema has no word for. */
interface Described {
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, Described>;
  required?: string[];
  items?: Described;
  oneOf?: Described[];
  anyOf?: Described[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  expected?: string[];
}

interface Row {
  key: string;
  type: string;
  default: string;
  range: string;
  meaning: string;
}

const HEAD = ['key', 'type', 'default', 'range', 'meaning'];

/** Every key of `studio.yaml`, a section for each of its first level, from the schema that the loader checks with. */
export function configurationReference(): string {
  const schema = z.toJSONSchema(studioSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const words = expectations(zodSchema);
      if (words.length > 0) Object.assign(jsonSchema, { expected: words });
    },
  }) as Described;
  const keys = Object.entries(schema.properties ?? {});
  const plain = keys.filter(([, key]) => !isGroup(key));
  const groups = keys.filter(([, key]) => isGroup(key));
  return [
    '# Configuration',
    'Every key of `studio.yaml`, made by `npm run docs` from the schema that checks it. `config/studio.example.yaml` is a complete ' +
      'example, `offair check-config studio.yaml` tells every mistake at once. A key that is not here is refused. Secrets ' +
      'are [never in this file](operation.md#secrets).',
    '`[]` stands for each entry of a list. A default of **required** must be given (within its group, when the group is ' +
      'there); – is left out.',
    table(plain.map(([name, key]) => row(name, key, schema.required?.includes(name) ?? false))),
    ...groups.map(([name, key]) => section(name, key, schema.required?.includes(name) ?? false)),
  ].join('\n\n');
}

function section(name: string, group: Described, required: boolean): string {
  const optional = required || group.default !== undefined ? [] : [`Leave \`${name}\` out when there is none.`];
  const element = group.items && isGroup(group.items) ? group.items : group;
  const path = element === group ? name : `${name}[]`;
  const variants = element.oneOf;
  const about = [group.description ? `${group.description}.` : '', ...optional].filter(Boolean).join(' ');
  const body = variants
    ? variantTables(path, variants)
    : [table(rowsOf(path, element)), ...(element.expected ?? []).map((rule) => `Together: ${rule}.`)];
  return [`## ${name}`, about, ...body].filter(Boolean).join('\n\n');
}

/** What all alternatives share is told once; what each has of its own, under its constant. */
function variantTables(path: string, variants: readonly Described[]): string[] {
  const [first = {}] = variants;
  const shared = Object.keys(first.properties ?? {}).filter((name) =>
    variants.every((variant) => sameText(variant.properties?.[name], first.properties?.[name])),
  );
  const only = (variant: Described, wanted: (name: string) => boolean): Described => ({
    ...variant,
    properties: Object.fromEntries(Object.entries(variant.properties ?? {}).filter(([name]) => wanted(name))),
  });
  return [
    table(
      rowsOf(
        path,
        only(first, (name) => shared.includes(name)),
      ),
    ),
    ...variants.flatMap((variant) => {
      const own = only(variant, (name) => !shared.includes(name));
      const [tag, kind] = Object.entries(own.properties ?? {}).find(([, key]) => key.const !== undefined) ?? [];
      return [
        `### ${path.replace('[]', '')} with \`${tag}: ${String(kind?.const)}\``,
        table(rowsOf(path, own)),
        ...(variant.expected ?? []).map((rule) => `Together: ${rule}.`),
      ];
    }),
  ];
}

function rowsOf(path: string, group: Described): Row[] {
  return Object.entries(group.properties ?? {}).flatMap(([name, key]) => {
    const required = group.required?.includes(name) ?? false;
    const own = row(`${path}.${name}`, key, required);
    if (key.items && isGroup(key.items)) return [own, ...rowsOf(`${path}.${name}[]`, key.items)];
    const inner = isGroup(key) ? key : key.anyOf?.find(isGroup);
    return inner ? [own, ...rowsOf(`${path}.${name}`, inner)] : [own];
  });
}

function row(path: string, key: Described, required: boolean): Row {
  return {
    key: `\`${path}\``,
    type: typeOf(key),
    default: defaultOf(key, required),
    range: rangeOf(key),
    meaning: key.description ?? (key.const === undefined ? '' : 'These keys are its own'),
  };
}

function typeOf(key: Described): string {
  if (key.const !== undefined) return code(key.const);
  if (key.enum) return key.enum.map(code).join(', ');
  const alternatives = key.anyOf ?? key.oneOf;
  if (alternatives) return alternatives.map(typeOf).join(' or ');
  if (key.items) return `list of ${isGroup(key.items) ? 'groups' : typeOf(key.items)}`;
  if (isGroup(key)) return 'group';
  return (
    { string: 'text', boolean: 'true or false', integer: 'whole number' }[key.type ?? ''] ?? key.type ?? 'anything'
  );
}

function defaultOf({ default: value }: Described, required: boolean): string {
  if (value === undefined) return required ? '**required**' : '–';
  if (Array.isArray(value)) return `\`[${value.join(', ')}]\``;
  return typeof value === 'object' ? '–' : value === '' ? 'empty' : code(value);
}

function rangeOf(key: Described): string {
  const alternatives = key.anyOf ?? key.oneOf;
  if (alternatives) return [...new Set(alternatives.map(rangeOf))].filter(Boolean).join('; or ');
  const said = key.expected ?? [];
  const words = [
    said.length > 0 && key.type === 'string' ? '' : span(key.minLength, key.maxLength, ' characters'),
    span(key.minItems, key.maxItems, ' entries'),
    key.exclusiveMinimum === undefined
      ? span(real(key.minimum), real(key.maximum), '')
      : `above ${key.exclusiveMinimum}${key.maximum === undefined ? '' : `, up to ${key.maximum}`}`,
    ...said,
    key.items && !isGroup(key.items) && rangeOf(key.items) ? `each: ${rangeOf(key.items)}` : '',
  ];
  return words.filter(Boolean).join('; ');
}

/** Whole numbers carry the limits of exact ones, which nobody wants to read. */
function real(limit: number | undefined): number | undefined {
  return limit !== undefined && Math.abs(limit) === Number.MAX_SAFE_INTEGER ? undefined : limit;
}

function span(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return least === 1 && unit !== '' ? 'not empty' : `at least ${least}${unit}`;
  return least === undefined || (least === 0 && unit !== '') ? `up to ${most}${unit}` : `${least} to ${most}${unit}`;
}

function expectations(schema: z.core.$ZodType): string[] {
  return (schema._zod.def.checks ?? []).flatMap((check) => {
    const said = check._zod.def.error?.({ code: 'custom', input: undefined, path: [], message: '' } as never);
    const text = typeof said === 'string' ? said : said?.message;
    return text === undefined ? [] : [text];
  });
}

function isGroup(key: Described): boolean {
  return key.properties !== undefined || (key.items !== undefined && isGroup(key.items)) || isVariants(key);
}

function isVariants({ oneOf }: Described): boolean {
  return oneOf?.every(({ properties }) => properties !== undefined) ?? false;
}

function sameText(a: Described | undefined, b: Described | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}

function table(rows: readonly Row[]): string {
  const cells = rows.map((one) => [one.key, one.type, one.default, one.range, one.meaning].map(escaped));
  return markdownTable([HEAD, ...cells]);
}

/** A bar ends a cell, and what looks like a tag is swallowed. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<');
}
