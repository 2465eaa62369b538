import { readFileSync, writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { QuarterReport as QuarterSchema } from '../api/quarter-schema.ts';
import { type Comparison, compare } from '../model/compare.ts';
import { QUARTER, type QuarterReport } from '../model/quarter.ts';
import { columns } from './columns.ts';
import { quarterOf } from './insight/quarter.ts';
import { fromJournal } from './report/from-journal.ts';

type Options = { config: string; quarter: string };

/** `offair quarter` and `offair compare`: an anonymous report of three months, and where it stands among others. */
export function addQuarterCommands(program: Command, print: (text: string) => void): void {
  program
    .command('quarter')
    .description('the report of a quarter, without anything that names the studio')
    .requiredOption('-c, --config <file>', 'the studio.yaml')
    .requiredOption('-q, --quarter <quarter>', 'such as 2026Q4', quarter)
    .option('-o, --out <file>', 'where to; else it is printed')
    .action(async ({ out, ...options }: Options & { out?: string }) => {
      const text = JSON.stringify(await reportOf(options), null, 2);
      if (out === undefined) return print(text);
      writeFileSync(out, `${text}\n`);
      print(`${out}: the quarter ${options.quarter}. It names nobody; look through it before you publish it`);
    });
  program
    .command('compare <file...>')
    .description('where a quarter of this studio stands among the reports of others')
    .requiredOption('-c, --config <file>', 'the studio.yaml')
    .requiredOption('-q, --quarter <quarter>', 'of this studio, such as 2026Q4', quarter)
    .option('--json', 'for programs')
    .action(async (files: string[], { json, ...options }: Options & { json?: boolean }) => {
      const others = files.map(readReport);
      const comparison = compare(await reportOf(options), others);
      print(json ? JSON.stringify(comparison, null, 2) : inWords(comparison));
    });
}

function reportOf({ config: file, quarter: asked }: Options): Promise<QuarterReport> {
  return fromJournal(file, (deps) => quarterOf(deps, asked));
}

/** @throws Error with what is wrong in the file */
function readReport(file: string): QuarterReport {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} can not be read as a report: ${(error as Error).message}`);
  }
  const parsed = QuarterSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new Error(`${file} is no quarterly report of a version known here: ${wrong.slice(0, 3).join('; ')}`);
}

function inWords({ items, trend, reports, sizeClass, notes }: Comparison): string {
  const number = (value: number | null) => (value === null ? '–' : String(value));
  const percent = (value: number | null) => (value === null ? '–' : `${Math.round(value * 100)} %`);
  const rows = items.map(({ item, own, median, betterThan, of }) => [
    item,
    number(own),
    number(median),
    `${percent(betterThan)} of ${of}`,
  ]);
  return [
    `among ${reports} reports${sizeClass ? ` of size ${sizeClass}` : ''}; less is better in each`,
    ...columns([['item', 'own', 'median', 'less than'], ...rows], [1, 2, 3]),
    `Wh per hour on air, second half against first: ${percent(trend.own)}, median ${percent(trend.median)} of ${trend.of}`,
    ...notes,
  ].join('\n');
}

function quarter(text: string): string {
  if (QUARTER.test(text)) return text;
  throw new InvalidArgumentError('a quarter such as 2026Q4');
}
