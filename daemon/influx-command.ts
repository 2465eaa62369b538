import type { Command } from 'commander';
import { instructions } from '../adapters/influx/index.ts';
import { loadConfig } from '../config/load.ts';
import { influxSettings } from './influx.ts';

/** `offair influx-setup`: what an administrator of InfluxDB runs where offair's own user may not. */
export function addInfluxCommand(program: Command, print: (text: string) => void): void {
  program
    .command('influx-setup')
    .description(
      'print what an administrator of InfluxDB runs when offair itself may not: database, retention, summaries',
    )
    .requiredOption('-c, --config <file>', 'the studio.yaml')
    .action(({ config: path }: { config: string }) => {
      const { influx, studio } = loadConfig(path);
      if (!influx) throw new Error(`${path} has no influx section: nothing is to be set up`);
      print(instructions(influxSettings(influx, studio, () => undefined)).all);
    });
}
