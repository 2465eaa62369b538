import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../../config/load.ts';
import { studioSchema } from '../../config/schema.ts';
import { SECRET_NAMES } from '../../config/secrets.ts';

const SECTIONS = Object.keys(studioSchema.shape).filter((name) => name !== 'plugs');

const chosen = z.union([
  z.literal(false),
  z.looseObject({
    id: z.string().optional(),
    name: z.string().optional(),
    kind: z.string().optional(),
    essential: z.boolean().optional(),
    idleWatts: z.union([z.number(), z.literal('any')]).optional(),
  }),
]);

/**
 * The answers of a person who is not there: sections of studio.yaml as they stand in it, secrets by name, and for each
 * plug, by its MAC or address (and `/2` for the second outlet of a strip), its keys, or false to leave it out.
 */
const answersSchema = z.strictObject({
  ...Object.fromEntries(SECTIONS.map((name) => [name, z.unknown().optional()])),
  secrets: z.partialRecord(z.enum(SECRET_NAMES), z.string().min(1)).default({}),
  plugs: z.record(z.string(), chosen).default({}),
  /** What becomes of plugs that are found and not named. */
  others: z.enum(['add', 'leave']).default('add'),
});

export interface Answers {
  sections: Record<string, unknown>;
  secrets: Partial<Record<(typeof SECRET_NAMES)[number], string>>;
  plugs: Record<string, false | Record<string, unknown>>;
  others: 'add' | 'leave';
}

export const NO_ANSWERS: Answers = { sections: {}, secrets: {}, plugs: {}, others: 'add' };

/** @throws ConfigError with everything that is wrong in it; never repeats what stands there */
export function readAnswers(file: string): Answers {
  const wrong = (found: string, path = '') =>
    new ConfigError(file, [
      { path, line: null, found, expected: 'answers as config/docs/operation.md has them', hint: null },
    ]);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw wrong(code ? `a file that can't be read (${code})` : 'what is not JSON');
  }
  const parsed = answersSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrong(
      issue?.code === 'unrecognized_keys' ? `keys that mean nothing: ${issue.keys.join(', ')}` : 'a wrong value',
      issue?.path.join('.'),
    );
  }
  const { secrets, plugs, others, ...sections } = parsed.data;
  return { secrets, plugs, others, sections };
}
