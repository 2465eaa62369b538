import type { Document } from 'yaml';

/** Makes a configuration of one version one of the next, comments and order kept. */
export type Migration = (document: Document) => void;

/** The first makes version 2 of version 1, and so on. */
export const MIGRATIONS: readonly Migration[] = [];

/** What a file without `version` is. */
const FIRST_VERSION = 1;

export function newestVersion(migrations: readonly Migration[] = MIGRATIONS): number {
  return FIRST_VERSION + migrations.length;
}

/** The version that a document says it is of; null when what it says is no version. */
export function versionOf(document: Document): number | null {
  const said = document.has('version') ? document.get('version') : FIRST_VERSION;
  return typeof said === 'number' && Number.isInteger(said) && said >= FIRST_VERSION ? said : null;
}

/** Makes a document the newest, in memory. One that is newer than this offair, or of no version, is left as it is. */
export function migrate(document: Document, migrations: readonly Migration[] = MIGRATIONS): void {
  const from = versionOf(document);
  if (from === null || from >= newestVersion(migrations)) return;
  for (const migration of migrations.slice(from - FIRST_VERSION)) migration(document);
  document.set('version', newestVersion(migrations));
}
