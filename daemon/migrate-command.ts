import { readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { parseDocument } from 'yaml';
import { loadConfig } from '../config/load.ts';
import { MIGRATIONS, type Migration, migrate, newestVersion, versionOf } from '../config/migrate.ts';
import { backUpFile, replaceFile } from '../config/write.ts';
import { systemClock } from './clock.ts';

/** `offair migrate-config`: the daemon reads an old studio.yaml too, and changes no file; this one does. */
export function addMigrateCommand(program: Command, print: (text: string) => void): void {
  program
    .command('migrate-config <file>')
    .description('write a studio.yaml of an older offair in the form of this one; a copy is kept')
    .action((file: string) => {
      loadConfig(file);
      const copy = migrateFile(file, systemClock.nowMs());
      if (copy === null) print(`${file} is of version ${newestVersion()}, the newest`);
      else print(`${file} is of version ${newestVersion()} now; as it was before: ${copy}`);
    });
}

/** @returns the name of the copy of what it was; null when it was the newest already */
export function migrateFile(file: string, nowMs: number, migrations: readonly Migration[] = MIGRATIONS): string | null {
  const document = parseDocument(readFileSync(file, 'utf8'));
  if ((versionOf(document) ?? 0) >= newestVersion(migrations)) return null;
  migrate(document, migrations);
  const copy = backUpFile(file, nowMs);
  replaceFile(file, document.toString({ lineWidth: 0 }), statSync(file).mode & 0o777);
  return copy;
}
