import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { pino } from 'pino';
import { plugAdapters } from '../adapters/registry.ts';
import { loadConfig } from '../config/load.ts';
import { secretsOf } from '../config/secrets.ts';
import { systemClock, systemRandom } from './clock.ts';
import { VERSION } from './version.ts';
import { withDeviceMemory } from './with-journal.ts';

/** `offair capture`: a record of what a device answers, to be sent to the developers. */
export function addCaptureCommand(program: Command, print: (text: string) => void): void {
  program
    .command('capture <plug>')
    .description('write down what a plug answers, without anything personal, so that its model can be tested')
    .requiredOption('-c, --config <file>', 'the studio.yaml that has the plug')
    .option('-o, --out <file>', 'where to; else a file here, named after model and firmware')
    .action(async (plug: string, { config, out }: { config: string; out?: string }) => {
      const path = await capture(plug, config, out);
      print(
        `${path}: what the device of ${plug} answers. Names, network, place and ids are left out; ` +
          'look through it, then send it to the developers of offair',
      );
    });
}

/** Works beside a daemon that runs: the device ends its session, and it logs in again. @returns where it was written */
async function capture(id: string, file: string, out: string | undefined): Promise<string> {
  const config = loadConfig(file);
  const settings = config.plugs.find((plug) => plug.id === id);
  if (!settings) {
    const known = config.plugs.map((plug) => plug.id).join(', ');
    throw new Error(`${file} has no plug ${id}; it has ${known}`);
  }
  const adapter = plugAdapters.find(({ name }) => name === settings.adapter);
  const record = adapter?.capture?.bind(adapter);
  if (!record) {
    const able = plugAdapters.flatMap(({ name, capture }) => (capture ? [name] : []));
    throw new Error(`${id} is a ${settings.adapter} plug: only plugs with adapter ${able.join(', ')} can be captured`);
  }
  const { fileName, content } = await withDeviceMemory(config, (memory) =>
    record(
      {
        clock: systemClock,
        random: systemRandom,
        log: pino({ level: 'silent' }),
        mqtt: null,
        secret: secretsOf(process.env, file),
        memory,
        timeZone: config.studio.timeZone,
        networkInterface: config.discovery.interface ?? null,
      },
      settings,
      `captured by offair ${VERSION}`,
    ),
  );
  const path = out ?? fileName;
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  return path;
}
