import { type Command, InvalidArgumentError } from 'commander';
import { systemClock, systemRandom } from './clock.ts';
import { PARTS, type Part } from './doctor/finding.ts';

const EXIT_FAILED = 1;
const EXIT_CONFIG = 78;

interface Options {
  config?: string;
  json?: boolean;
  part: Part[];
}

/** `offair doctor`: is everything well, and what to do where it is not. Exit code 0, 1 (something failed) or 78. */
export function addDoctorCommand(program: Command, print: (text: string) => void): void {
  program
    .command('doctor')
    .description('check every part for real, with the remedy for what is wrong; switches nothing')
    .option('-c, --config <file>', 'the studio.yaml; without one only this machine is looked at')
    .option('--json', 'print JSON')
    .option('--part <name>', `only this part (repeatable): ${PARTS.join(', ')}`, part, [])
    .action(async ({ config: file, json, part: parts }: Options) => {
      // Not loaded by a daemon, which has no use for it.
      const [{ examine }, { table }] = await Promise.all([import('./doctor/index.ts'), import('./doctor/table.ts')]);
      const findings = await examine({
        ...{ file, env: process.env, clock: systemClock, random: systemRandom, progress: progressOn(process.stderr) },
        ...(parts.length > 0 && { parts }),
      });
      if (json) print(JSON.stringify({ findings, failed: findings.some(({ level }) => level === 'failed') }, null, 2));
      else print(table(findings, process.stdout));
      const wrong = findings.some(({ code }) => code === 'configuration-wrong');
      if (wrong) process.exitCode = EXIT_CONFIG;
      else if (findings.some(({ level }) => level === 'failed')) process.exitCode = EXIT_FAILED;
    });
}

/** On a terminal one line that says what is still looked at; elsewhere nothing. */
function progressOn(stream: NodeJS.WriteStream): (part: Part, done: boolean) => void {
  const open = new Set<Part>();
  return (part, done) => {
    if (done) open.delete(part);
    else open.add(part);
    if (stream.isTTY) stream.write(`\r\x1b[K${open.size > 0 ? `looking at ${[...open].join(', ')} …` : ''}`);
  };
}

function part(text: string, others: Part[]): Part[] {
  const found = PARTS.find((name) => name === text);
  if (found) return [...others, found];
  throw new InvalidArgumentError(`one of ${PARTS.join(', ')}`);
}
