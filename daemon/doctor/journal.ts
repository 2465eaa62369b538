import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { damageOf } from '../../adapters/journal/index.ts';
import type { Clock } from '../../model/clock.ts';
import { wordsOf } from '../../model/errors.ts';
import { withJournal } from '../with-journal.ts';
import { type Finding, Findings } from './finding.ts';
import type { Patient } from './patient.ts';

/** A large journal on a card takes a minute to read. */
const READ_MS = 15_000;
const LETTERS = 3;
const MANY_PENDING = 100_000;

/** Is the journal sound, does it come to its database, and was anything given up? */
export async function checkJournal({ file, journalPath, clock, config }: Patient): Promise<Finding[]> {
  const findings = new Findings('journal');
  if (!existsSync(journalPath)) {
    findings.skipped('no-journal', `${journalPath} is not there yet: the first start makes it`);
    return findings.list;
  }
  for (const aside of damagedBefore(journalPath))
    findings.warning('journal-set-aside', `a damaged journal was set aside as ${aside}`, {
      remedy:
        'look at the card (dmesg), restore a backup if you need the history (offair restore), then delete that file',
    });
  try {
    await withJournal(file, 'fail', async (journal) => {
      const accounts = await journal.accounts();
      if (config.influx) tellOutbox(findings, accounts);
      if (accounts.quarantined > 0) {
        const letters = await journal.deadLetters(LETTERS);
        const reasons = [...new Set(letters.map(({ reason }) => reason))].join(' | ');
        findings.warning(
          'dead-letters',
          `InfluxDB will never take ${accounts.quarantined} points. The last reasons: ${reasons}`,
          {
            remedy:
              'a wrong type or a limit of the database is mended there; the points are kept (GET /api/v1/dead-letters) and energy is in the journal',
          },
        );
      }
    });
    const damage = await soundness(journalPath, clock);
    if (damage === 'late')
      findings.skipped('journal-sound', `${journalPath} is large: the daemon reads it whole after each start`);
    else if (damage === null) findings.ok('journal', `${journalPath} is sound`);
    else
      findings.failed('journal-damaged', `${journalPath} is damaged: ${damage}`, {
        remedy: 'restart offair: it sets it aside and begins a new one. offair restore brings back a backup',
      });
  } catch (error) {
    findings.failed('journal-unread', wordsOf(error), { remedy: 'as it says; offair restore brings back a backup' });
  }
  return findings.list;
}

function tellOutbox(findings: Findings, { pending, dropped }: { pending: number; dropped: number }): void {
  if (pending > MANY_PENDING)
    findings.warning('many-pending', `${pending} points wait for InfluxDB`, {
      remedy: 'see influx: it does not take them',
    });
  else findings.ok('pending', `${pending} points wait for InfluxDB`);
  if (dropped > 0)
    findings.warning('dropped', `${dropped} points were given up for lack of room; energy was kept`, {
      remedy: 'set a larger journal.maxMegabytes when InfluxDB may be away for long',
    });
}

/** What damage there is, in words; null when there is none, `late` when reading it takes too long. */
async function soundness(path: string, clock: Clock): Promise<string | null | 'late'> {
  const patience = new AbortController();
  const late = clock.sleep(READ_MS, patience.signal).then(() => 'late' as const);
  late.catch(() => {});
  const stop = new AbortController();
  try {
    return await Promise.race([damageOf(path, stop.signal), late]);
  } finally {
    patience.abort();
    stop.abort();
  }
}

function damagedBefore(path: string): string[] {
  const start = `${basename(path)}.corrupt-`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(start) && !/-(wal|shm)$/.test(name))
    .map((name) => join(dirname(path), name));
}
