/** The parts that are checked, in the order in which they are told. */
export const PARTS = [
  'configuration',
  'secrets',
  'versions',
  'clock',
  'disk',
  'permissions',
  'ports',
  'journal',
  'broker',
  'plugs',
  'influx',
  'carbon',
  'obs',
] as const;
export type Part = (typeof PARTS)[number];

/**
 * `failed`: it does not work, or will not when it is needed. `warning`: it works, and a technician should know.
 * `skipped`: it could not be looked at, or there is nothing to look at.
 */
export type Level = 'ok' | 'warning' | 'failed' | 'skipped';

/** What was found of one thing. */
export interface Finding {
  part: Part;
  level: Level;
  /** For programs; stays the same. */
  code: string;
  /** Which one of several: a plug, a file, a secret; null when there is only one. */
  about: string | null;
  /** One sentence. */
  text: string;
  /** What to do now; null when nothing is to be done. */
  remedy: string | null;
}

type More = { about?: string; remedy?: string };

/** Makes the findings of one part. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #part: Part;

  constructor(part: Part) {
    this.#part = part;
  }

  add(level: Level, code: string, text: string, { about, remedy }: More = {}): void {
    this.list.push({ part: this.#part, level, code, about: about ?? null, text, remedy: remedy ?? null });
  }
  ok(code: string, text: string, about?: string): void {
    this.add('ok', code, text, about === undefined ? {} : { about });
  }
  skipped(code: string, text: string, more?: More): void {
    this.add('skipped', code, text, more);
  }
  warning(code: string, text: string, more: More & { remedy: string }): void {
    this.add('warning', code, text, more);
  }
  failed(code: string, text: string, more: More & { remedy: string }): void {
    this.add('failed', code, text, more);
  }
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
