import { InvalidArgumentError } from 'commander';

/** For commands that need to know where the journal is, and nothing else. */
export const CONFIG = ['-c, --config <file>', 'the studio.yaml, for where the journal is'] as const;

/** How long is searched. */
export function seconds(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 120) return value;
  throw new InvalidArgumentError('a number of seconds from 1 to 120');
}
