import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addMqttUserCommand } from '../../daemon/mqtt-user-command.ts';

it.each([
  ['--device', '#', "no plug's device id"],
  ['--device', '+', "no plug's device id"],
  ['--device', '', "no plug's device id"],
  ['--device', 'desk/', "no plug's device id"],
  ['--device', 'shellies', "no plug's device id"],
  ['--device', 'offair', "no plug's device id"],
  ['--publish', 'a/#/b', 'no MQTT topic filter'],
  ['--subscribe', 'a+/b', 'no MQTT topic filter'],
])('mqtt-user makes no user with %s %j: it would reach what is not its own', async (option, value, error) => {
  const program = new Command();
  addMqttUserCommand(program, () => {});
  const added = program.parseAsync(['mqtt-user', 'add', 'desk', option, value, '-c', '/nowhere'], { from: 'user' });
  await expect(added).rejects.toThrow(error);
});
