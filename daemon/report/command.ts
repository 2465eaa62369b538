import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { LANGUAGES, type Language } from '../../api/badge.ts';
import { page } from '../../api/report/page.ts';
import { POSTERS, type PosterSize } from '../../api/report/poster.ts';
import { Renderer } from '../../api/report/renderer.ts';
import type { Report } from '../../model/report.ts';
import { systemClock } from '../clock.ts';
import { reportContent } from './content.ts';
import { fromJournal } from './from-journal.ts';

interface Options {
  config: string;
  format: 'html' | 'png' | 'pdf' | 'json';
  lang: Language;
  size: PosterSize;
  out?: string;
}

const LOOKED_THROUGH = 200;

/** `offair report`: the report of a live, from the journal, beside a daemon that may be running. */
export function addReportCommand(program: Command, print: (text: string) => void): void {
  program
    .command('report <session>')
    .description('the report of a live: its id, or last')
    .requiredOption('-c, --config <file>', 'the studio.yaml')
    .addOption(
      new Option('-f, --format <format>', 'what is made').choices(['html', 'png', 'pdf', 'json']).default('html'),
    )
    .addOption(new Option('-l, --lang <language>', 'in which language').choices(LANGUAGES).default('fr'))
    .addOption(new Option('-s, --size <size>', 'of a PNG').choices(Object.keys(POSTERS)).default('card'))
    .option('-o, --out <file>', 'where to; else it goes to the standard output')
    .action(async (session: string, options: Options) => {
      const report = await contentOf(session, options.config);
      const made = await make(report, options);
      if (options.out === undefined) {
        process.stdout.write(made);
        return;
      }
      writeFileSync(options.out, made);
      print(`${options.out}: the report of ${report.session.title ?? report.session.id}`);
    });
}

/** @throws Error when there is no such session */
function contentOf(asked: string, file: string): Promise<Report> {
  return fromJournal(file, async (deps, path) => {
    const ended = (await deps.sessions(LOOKED_THROUGH)).filter(({ endedAtMs }) => endedAtMs !== null);
    const id = asked === 'last' ? ended[0]?.id : asked;
    const report = id === undefined ? null : await reportContent(deps, id);
    if (report) return report;
    const known = ended.slice(0, 5).map((session) => session.id);
    const what = asked === 'last' ? 'no session has ended yet' : `there is no session ${JSON.stringify(asked)}`;
    throw new Error(`${what} in ${path}${known.length > 0 ? `: the last ones are ${known.join(', ')}` : ''}`);
  });
}

async function make(report: Report, { format, lang: language, size }: Options): Promise<string | Uint8Array> {
  if (format === 'html') return page(report, language);
  if (format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  const renderer = new Renderer((delayMs, run) => systemClock.after(delayMs, run));
  try {
    return await renderer.draw(report, format === 'png' ? { format, language, size } : { format, language });
  } finally {
    await renderer.close();
  }
}
