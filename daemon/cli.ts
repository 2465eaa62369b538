import { flushCompileCache } from 'node:module';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { Logger } from 'pino';
import { type ServiceState, serviceManager } from '../adapters/systemd/index.ts';
import type { LogLevelSwitch } from '../api/deps.ts';
import { ConfigError, loadConfig } from '../config/load.ts';
import { wordsOf } from '../model/errors.ts';
import { addCaptureCommand } from './capture-command.ts';
import { systemClock, systemRandom } from './clock.ts';
import { addDiscoverCommand } from './discover-command.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addFleetCommand } from './fleet-command.ts';
import { addInfluxCommand } from './influx-command.ts';
import { addJournalCommands } from './journal-commands.ts';
import { createLog } from './log.ts';
import { addMigrateCommand } from './migrate-command.ts';
import { addMqttUserCommand } from './mqtt-user-command.ts';
import { addQuarterCommands } from './quarter-command.ts';
import { addReportCommand } from './report/command.ts';
import type { Daemon } from './run.ts';
import { addSetupCommand } from './setup-command.ts';
import { addTokenCommands } from './token-commands.ts';
import { VERSION } from './version.ts';
import { feedWatchdog } from './watchdog.ts';
import { journalPathOf } from './with-journal.ts';

/** Exit codes: 0 done, 1 failed, 2 usage, 78 configuration (EX_CONFIG: systemd must not restart into it). */
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_CONFIG = 78;

const DEMO_PORT = 8787;

const program = new Command('offair')
  .description('The energy daemon of a livestream studio.')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(offair --help tells what there is)');

program
  .command('run', { isDefault: true })
  .description('run the studio of a configuration; without one, the demo studio')
  .option('-c, --config <file>', 'the studio.yaml')
  .option('--demo', 'run the demo studio')
  .option('--port <port>', 'port of the demo studio', port, DEMO_PORT)
  .action(run);

program
  .command('check-config <file>')
  .description('say everything that is wrong with a studio.yaml, and what it needs beside it')
  .action(async (file: string) => {
    const config = loadConfig(file);
    const { examineFiles, inShort } = await import('./doctor/index.ts');
    print(`${file} is right: ${inShort(config)}`);
    for (const { level, text, remedy } of await examineFiles(config, file, process.env))
      if (level === 'failed' || level === 'warning') print(`but ${text}: ${remedy}`);
  });

addTokenCommands(program, print);
addJournalCommands(program, print);
addMqttUserCommand(program, print);
addInfluxCommand(program, print);
addFleetCommand(program, print);
addCaptureCommand(program, print);
addDiscoverCommand(program, print);
addDoctorCommand(program, print);
addSetupCommand(program, print);
addMigrateCommand(program, print);
addQuarterCommands(program, print);
addReportCommand(program, print);

async function run(options: { config?: string; demo?: boolean; port: number }): Promise<void> {
  const { log, level: logLevel } = createLog(process.env, process.stdout);
  moreOnSignal(logLevel);
  if (options.config && options.demo) throw new Error('--config and --demo exclude each other');
  const onLost = (error: Error) => {
    log.fatal(
      { event: 'journal-lost', err: error },
      'the journal is lost: ending, so that a restart takes it up again',
    );
    process.exit(EXIT_FAILED);
  };
  const common = { clock: systemClock, random: systemRandom, log, logLevel, onLost };
  const manager = serviceManager(process.env);
  // Before anything is started: a stop during the start is a clean stop too.
  const stopped = stopOnSignal(log);
  let daemon: Pick<Daemon, 'stop' | 'late'>;
  if (options.config) {
    // Loaded when it is needed: all other commands begin twice as fast without it.
    const { ReloadableDaemon } = await import('./reload.ts');
    const starting = ReloadableDaemon.start({ ...common, file: options.config, env: process.env });
    // From the beginning, when it has to wait for the end of the start: by itself the signal would end the process.
    process.on(
      'SIGHUP',
      () =>
        void starting.then(
          (running) => running.reload(),
          () => {},
        ),
    );
    const studio = await starting;
    daemon = studio;
    const { config, url } = studio;
    log.info(
      { event: 'started' },
      `offair ${VERSION}, ${config.studio.name}: ${url}, journal ${journalPathOf(config)}`,
    );
    if (config.switching.dryRun)
      log.info({ event: 'dry-run' }, 'dry run: nothing is switched; set switching.dryRun to false when it may be');
  } else {
    const { startDemo } = await import('./demo/studio.ts');
    const demo = await startDemo({ ...common, port: options.port });
    daemon = demo;
    log.info({ event: 'demo-started' }, `offair ${VERSION}, DEMO studio with simulated plugs: ${demo.url}`);
  }
  // Now, not at the end: a power cut has none.
  flushCompileCache();
  const tell = (state: ServiceState) =>
    manager?.tell(state).catch((error: Error) => log.warn({ event: 'systemd-untold' }, error.message));
  await tell('READY=1');
  const unwatch = manager ? feedWatchdog(manager, { clock: systemClock, log, late: () => daemon.late() }) : () => {};
  await stopped;
  unwatch();
  void tell('STOPPING=1');
  await daemon.stop();
  log.info({ event: 'stopped' }, 'stopped, everything is written');
  process.exit(0);
}

/** SIGUSR2 logs everything that helps to find a fault, and at the next one as before. */
function moreOnSignal(level: LogLevelSwitch): void {
  const usual = level.get();
  process.on('SIGUSR2', () => level.set(level.get() === 'debug' ? usual : 'debug'));
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function stopOnSignal(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (stopping) process.exit(EXIT_FAILED);
        stopping = true;
        log.info({ event: 'stopping' }, `${signal}: stopping; every relay stays as it is`);
        resolve();
      });
    }
  });
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 65535) return value;
  throw new InvalidArgumentError('a port is a whole number from 1 to 65535');
}

// Whoever reads may stop reading, as head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else {
    process.stderr.write(`${wordsOf(error)}\n`);
    // Something may still be open after a failed start: nothing of it may keep the process.
    process.exit(error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILED);
  }
}
