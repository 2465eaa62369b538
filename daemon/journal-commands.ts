import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { backUpJournal, EXPORTS, type Exported, type ExportRow, restoreJournal } from '../adapters/journal/index.ts';
import { systemClock } from './clock.ts';
import { CONFIG } from './options.ts';
import { journalPathFrom, withJournal } from './with-journal.ts';

interface ExportOptions {
  from: number;
  to?: number;
  format: 'csv' | 'ndjson';
  what: Exported;
  output?: string;
  config?: string;
}

/** `offair backup`, `restore` and `export`: what the journal has, elsewhere. Progress goes to standard error. */
export function addJournalCommands(program: Command, print: (text: string) => void): void {
  program
    .command('backup <file>')
    .description('copy the journal as it is now into a file; a running daemon goes on')
    .option(...CONFIG)
    .action(async (file: string, { config }: { config?: string }) => {
      const path = journalPathFrom(config);
      await backUpJournal(path, file, progressOf('backup'));
      print(`${file} has everything of ${path} up to now`);
    });

  program
    .command('restore <file>')
    .description("put a backup in the journal's place; the old journal is kept aside. The daemon must be stopped")
    .option(...CONFIG)
    .action(async (file: string, { config }: { config?: string }) => {
      const path = journalPathFrom(config);
      const old = await restoreJournal(file, path, systemClock.nowMs(), progressOf('restore'));
      print(`${path} is now what ${file} was${old ? `; what it was before is ${old}` : ''}`);
    });

  program
    .command('export')
    .description('write what was measured and what happened as CSV or as one JSON object per line')
    .requiredOption(
      '--from <time>',
      'from this time on: 2026-11-24, or 2026-11-24T20:00+01:00; UTC where not said',
      time,
    )
    .option('--to <time>', 'up to this time; default: now', time)
    .addOption(new Option('--what <what>', 'what to write').choices(EXPORTS).default('readings'))
    .addOption(new Option('--format <format>', 'how to write it').choices(['csv', 'ndjson']).default('csv'))
    .option('-o, --output <file>', 'where to write it, a new file; default: standard output')
    .option(...CONFIG)
    .action(exportJournal);
}

async function exportJournal({ from, to = systemClock.nowMs(), what, format, output, config }: ExportOptions) {
  if (from >= to) throw new Error('--from must be before --to');
  await withJournal(config, 'fail', async (journal) => {
    const out = output === undefined ? process.stdout : createWriteStream(output, { flags: 'wx' });
    // Whoever reads may stop reading, as head does.
    const stopped = new Promise<Error>((resolve) => out.once('error', resolve));
    const progress = progressOf('export');
    let failure: Error | null = null;
    void stopped.then((error) => {
      failure = error;
    });
    let head = format === 'csv';
    for (let nextMs: number | null = from; nextMs !== null && !failure; ) {
      const piece = await journal.exported(what, nextMs, to);
      if (head && piece.rows[0]) await write(out, csvLine(Object.keys(piece.rows[0])), stopped);
      if (piece.rows[0]) head = false;
      const line = format === 'csv' ? (row: ExportRow) => csvLine(Object.values(row)) : ndjsonLine;
      if (piece.rows.length > 0) await write(out, piece.rows.map(line).join(''), stopped);
      nextMs = piece.nextMs;
      progress(nextMs === null ? 1 : Math.min(1, (nextMs - from) / (to - from)));
    }
    if (output !== undefined && !failure) {
      const finished = once(out, 'finish');
      out.end();
      await Promise.race([stopped, finished]);
    }
    if (failure && (failure as NodeJS.ErrnoException).code !== 'EPIPE') throw failure;
  });
}

async function write(out: Writable, text: string, stopped: Promise<Error>): Promise<void> {
  if (!out.write(text)) await Promise.race([once(out, 'drain').catch(() => {}), stopped]);
}

function ndjsonLine(row: ExportRow): string {
  return `${JSON.stringify(row)}\n`;
}

/** RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
function csvLine(values: readonly (string | number | boolean | null)[]): string {
  const cells = values.map((value) => {
    if (typeof value !== 'string') return value === null ? '' : String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${cells.join(',')}\r\n`;
}

/** In place on a terminal, else a line for each tenth. */
function progressOf(what: string): (share: number) => void {
  let saidPercent = -1;
  return (share) => {
    const percent = Math.floor(share * 100);
    const { isTTY } = process.stderr;
    if (percent <= saidPercent || (!isTTY && Math.floor(percent / 10) === Math.floor(saidPercent / 10))) return;
    saidPercent = percent;
    process.stderr.write(isTTY ? `\r${what}: ${percent} %${percent === 100 ? '\n' : ''}` : `${what}: ${percent} %\n`);
  };
}

function time(text: string): number {
  const dated = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  const zoned = /T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || !text.includes('T');
  const ms = dated ? Date.parse(zoned ? text : `${text}Z`) : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw new InvalidArgumentError('a time is 2026-11-24, 2026-11-24T20:00, or 2026-11-24T20:00+01:00');
}
