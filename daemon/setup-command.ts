import { type Command, Option } from 'commander';
import { plugAdapters } from '../adapters/registry.ts';
import { systemClock, systemRandom } from './clock.ts';
import { seconds } from './options.ts';
import type { Answers } from './setup/answers.ts';

interface Options {
  config: string;
  yes?: boolean;
  answers?: string;
  seconds: number;
  interface?: string;
  search: boolean;
  name?: string;
  country?: string;
}

/** `offair setup`: makes a studio.yaml, or adds plugs to one. */
export function addSetupCommand(program: Command, print: (text: string) => void): void {
  program
    .command('setup')
    .description('find plugs, try the accounts, and write a commented studio.yaml with its secrets beside it')
    .option('-c, --config <file>', 'the studio.yaml to make, or to add plugs to', 'studio.yaml')
    .option('--answers <file>', 'a JSON file with the answers: nothing is asked')
    .option('-y, --yes', 'ask nothing and take what is found, every plug essential')
    .option('--name <name>', 'name of a new studio, with --yes')
    .option('--country <code>', 'its country, with --yes')
    .option('--seconds <seconds>', 'how long to search for plugs', seconds, 8)
    .option('--interface <name>', 'name or address of the network interface to search on')
    .addOption(new Option('--no-search', 'add no plugs'))
    .action(async ({ config: file, answers, yes, name, country, search, ...options }: Options, command: Command) => {
      const scripted = answers !== undefined || yes === true;
      if (!scripted && !(process.stdin.isTTY && process.stdout.isTTY))
        command.error('error: there is no terminal to ask at: give --answers FILE, or --yes', { exitCode: 2 });
      // Not loaded by a daemon, which has no use for it.
      const { NO_ANSWERS, readAnswers } = await import('./setup/answers.ts');
      const { setUp } = await import('./setup/index.ts');
      await setUp({
        ...{ adapters: plugAdapters, file, env: process.env, clock: systemClock, random: systemRandom, print },
        ...{ searchMs: search ? options.seconds * 1000 : 0, networkInterface: options.interface ?? null },
        answers: scripted
          ? withFlags(answers === undefined ? NO_ANSWERS : readAnswers(answers), {
              ...(name !== undefined && { name }),
              ...(country !== undefined && { country }),
            })
          : null,
      });
    });
}

function withFlags(answers: Answers, flags: Pick<Options, 'name' | 'country'>): Answers {
  if (Object.keys(flags).length === 0) return answers;
  const studio = { ...(answers.sections.studio as object | undefined), ...flags };
  return { ...answers, sections: { ...answers.sections, studio } };
}
