import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../config/load.ts';
import { newestVersion } from '../../config/migrate.ts';
import type { StudioConfig } from '../../config/schema.ts';
import { findSecret, type Secrets, secretsFolder } from '../../config/secrets.ts';
import { backUpFile, replaceFile, studioYaml, withAdded } from '../../config/write.ts';
import { freeId, type NewPlug, slug } from '../discover.ts';

const FILE_MODE = 0o640;
const SECRET_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** What a person says of a plug. */
export interface SaidOfPlug {
  id?: string;
  name?: string;
  kind?: string;
  essential?: boolean;
  idleWatts?: number | 'any';
}
/** A plug that is to be added. */
export type ChosenPlug = NewPlug & SaidOfPlug;

/** A configuration that is being made: nothing of it is on the disk before `write`. */
export class Draft {
  readonly file: string;
  /** What is there already; null for a new studio. */
  readonly existing: StudioConfig | null;
  readonly #text: string | null;
  readonly #env: NodeJS.ProcessEnv;
  /** Sections of studio.yaml that are new. */
  readonly sections: Record<string, unknown> = {};
  readonly plugs: ChosenPlug[] = [];
  readonly newSecrets = new Map<string, string>();

  /** @throws ConfigError when there is a file, and it is wrong: it is mended first */
  constructor(file: string, env: NodeJS.ProcessEnv) {
    this.file = file;
    this.#env = env;
    this.#text = existsSync(file) ? readFileSync(file, 'utf8') : null;
    this.existing = this.#text === null ? null : parseConfig(this.#text, file);
  }

  /** As it will be, the one that was just given first. */
  readonly secret: Secrets = (name) => this.newSecrets.get(name) ?? findSecret(name, this.#env, this.file)?.value;

  /** The section as it will be. */
  section<Name extends keyof StudioConfig>(name: Name): unknown {
    return this.sections[name] ?? this.existing?.[name];
  }

  /** The text of the file as it will be, and what it means. @throws ConfigError with everything that is wrong with it */
  result(): { text: string; config: StudioConfig } {
    const { sections, plugs } = this;
    const text =
      this.#text === null
        ? studioYaml({ version: newestVersion(), ...sections, plugs })
        : withAdded(this.#text, { plugs, sections });
    return { text, config: parseConfig(text, this.file) };
  }

  /** Adds a plug. A name that a person gave makes its id, unless they gave that too. */
  add(found: NewPlug, said: SaidOfPlug): void {
    const renamed = said.name !== undefined && said.name !== found.name && said.id === undefined;
    const taken = new Set([...(this.existing?.plugs ?? []), ...this.plugs].map(({ id }) => id));
    const id = renamed ? freeId(slug(said.name ?? '') || found.id, taken) : (said.id ?? found.id);
    this.plugs.push({ ...found, ...said, id });
  }

  get isEmpty(): boolean {
    return this.plugs.length + Object.keys(this.sections).length + this.newSecrets.size === 0;
  }

  /**
   * Writes secrets and configuration, each whole or not at all, what was there before aside.
   * @returns the names of what was written and of copies of what was before
   * @throws ConfigError when it is wrong: then nothing is written
   */
  write(nowMs: number): { written: string[]; backUps: string[] } {
    const { text } = this.result();
    const written: string[] = [];
    const backUps: string[] = [];
    const folder = secretsFolder(this.file);
    if (this.newSecrets.size > 0) {
      mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
      chmodSync(folder, FOLDER_MODE);
    }
    // The configuration last: it is never there without what it needs.
    for (const [name, value] of this.newSecrets) {
      const path = join(folder, name);
      replaceFile(path, `${value}\n`, SECRET_MODE);
      written.push(path);
    }
    if (text !== this.#text) {
      const mode = this.#text === null ? FILE_MODE : statSync(this.file).mode & 0o777;
      if (this.#text !== null) backUps.push(backUpFile(this.file, nowMs));
      replaceFile(this.file, text, mode);
      written.push(this.file);
    }
    return { written, backUps };
  }
}
