import { readFileSync, writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { createIntensity } from '../adapters/carbon/index.ts';
import { QuarterReport as QuarterSchema } from '../api/quarter-schema.ts';
import { gridOf } from '../config/carbon.ts';
import { loadConfig } from '../config/load.ts';
import { secretsOf } from '../config/secrets.ts';
import { type Comparison, compare } from '../model/compare.ts';
import { QUARTER, type QuarterReport } from '../model/quarter.ts';
import { Carbon } from './carbon.ts';
import { systemClock } from './clock.ts';
import { specsOf } from './devices.ts';
import { insightDeps } from './insight/deps.ts';
import { insightOf } from './insight/index.ts';
import { withJournal } from './with-journal.ts';

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

/** From the journal, beside a daemon that may be running. */
async function reportOf({ config: file, quarter: asked }: Options): Promise<QuarterReport> {
  const config = loadConfig(file);
  const log = pino({ level: 'silent' });
  return withJournal(file, 'fail', (journal) => {
    // It prices with what the daemon kept: it is never started, so it asks no provider.
    const secret = secretsOf(process.env, file);
    const grid = createIntensity(gridOf(config), { clock: systemClock, log, secret });
    const carbon = new Carbon({ clock: systemClock, log, journal, ...grid, onPoints: () => {} });
    const deps = { config, plugs: specsOf(config, new Map()), journal, carbon, nowMs: () => systemClock.nowMs() };
    return insightOf(insightDeps({ ...deps, flush: async () => {} })).quarter(asked);
  });
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
  const rows = items.map(({ item, own, median, betterThan, of }) =>
    [
      item.padEnd(20),
      number(own).padStart(9),
      number(median).padStart(9),
      percent(betterThan).padStart(9),
      `of ${of}`,
    ].join(' '),
  );
  return [
    `among ${reports} reports${sizeClass ? ` of size ${sizeClass}` : ''}; less is better in each`,
    ['item'.padEnd(20), 'own'.padStart(9), 'median'.padStart(9), 'less than'.padStart(9)].join(' '),
    ...rows,
    `Wh per hour on air, second half against first: ${percent(trend.own)}, median ${percent(trend.median)} of ${trend.of}`,
    ...notes,
  ].join('\n');
}

function quarter(text: string): string {
  if (QUARTER.test(text)) return text;
  throw new InvalidArgumentError('a quarter such as 2026Q4');
}
