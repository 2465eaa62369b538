import { accessSync, constants, existsSync } from 'node:fs';
import type { DeviceMemory } from '../adapters/adapter.ts';
import { SqliteJournal } from '../adapters/journal/index.ts';
import { loadConfig } from '../config/load.ts';
import type { StudioConfig } from '../config/schema.ts';
import { systemClock } from './clock.ts';
import { deviceMemory, FORGETFUL } from './device-memory.ts';
import { defaultJournalPath } from './paths.ts';

/**
 * Works on the journal beside a daemon that may be running: only a file that is not there yet is made.
 * @param file the studio.yaml, for where the journal is
 * @param missing what to do when there is no journal
 */
export async function withJournal<T>(
  file: string | undefined,
  missing: 'create' | 'fail',
  work: (journal: SqliteJournal, path: string) => Promise<T>,
): Promise<T> {
  const path = journalPathFrom(file);
  return workedOn(path, missing === 'create' && !existsSync(path), (journal) => work(journal, path));
}

async function workedOn<T>(path: string, exclusive: boolean, work: (journal: SqliteJournal) => Promise<T>): Promise<T> {
  const journal = new SqliteJournal(path, { clock: systemClock });
  await journal.open({ exclusive });
  try {
    return await work(journal);
  } finally {
    await journal.close();
  }
}

/** Works with what a daemon remembers of its devices; where none has run yet, or it is not ours to read, with nothing. */
export async function withDeviceMemory<T>(
  config: StudioConfig | null,
  work: (memory: DeviceMemory) => Promise<T>,
): Promise<T> {
  const path = config && journalPathOf(config);
  if (path === null || !isOurs(path)) return work(FORGETFUL);
  return workedOn(path, false, (journal) => work(deviceMemory(journal)));
}

function isOurs(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param file the studio.yaml; without one, the usual place */
export function journalPathFrom(file: string | undefined): string {
  return file ? journalPathOf(loadConfig(file)) : defaultJournalPath(process.env);
}

export function journalPathOf(config: StudioConfig): string {
  return config.journal.path ?? defaultJournalPath(process.env);
}
