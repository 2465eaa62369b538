import type { Command } from 'commander';
import { createMqttUser } from '../adapters/mqtt/broker/index.ts';
import { keepMqttUsers, mqttUsers } from './mqtt.ts';
import { CONFIG } from './options.ts';
import { withJournal } from './with-journal.ts';

const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** All plugs of a family, or offair itself, are under these: nobody's own. */
const SHARED = ['shellies', 'offair', 'cmnd', 'stat', 'tele', 'zigbee2mqtt', 'homeassistant'];

interface AddOptions {
  device: string[];
  publish: string[];
  subscribe: string[];
  config?: string;
}

/** `offair mqtt-user`: who may enter the embedded broker. */
export function addMqttUserCommand(program: Command, print: (text: string) => void): void {
  const command = program.command('mqtt-user').description("make, list and remove users of offair's own MQTT broker");
  const collect = (value: string, all: string[]) => [...all, value];
  command
    .command('add <name>')
    .description('make a user, or give it a new password; the password is shown once')
    .option(
      '--device <id>',
      "a plug's device id or topic prefix: it may touch only its own topics (repeatable)",
      collect,
      [],
    )
    .option(
      '--publish <filter>',
      'for a service: topics it may publish on; never commands to plugs (repeatable)',
      collect,
      [],
    )
    .option('--subscribe <filter>', 'for a service: topics it may hear (repeatable)', collect, [])
    .option(...CONFIG)
    .action(async (name: string, { device, publish, subscribe, config }: AddOptions) => {
      if (!NAME.test(name) || name === 'offair')
        throw new Error('a name is letters, digits, _ . -; offair itself has the name offair');
      if (device.length + publish.length + subscribe.length === 0)
        throw new Error('say what it may do: --device ID for a plug, or --publish and --subscribe for a service');
      const wrongId = device.find((id) => SHARED.includes(id) || !id.split('/').every(isName));
      if (wrongId !== undefined)
        throw new Error(`--device ${JSON.stringify(wrongId)} is no plug's device id or topic prefix`);
      const wrongFilter = [...publish, ...subscribe].find((filter) => !isFilter(filter));
      if (wrongFilter !== undefined) throw new Error(`${JSON.stringify(wrongFilter)} is no MQTT topic filter`);
      await withJournal(config, 'create', async (journal) => {
        // Gen1 plugs put their topics under shellies/, the others begin with their id.
        const own = device.flatMap((id) => [id, `shellies/${id}`]);
        const { user, password } = createMqttUser(name, { own, publish, subscribe });
        const others = (await mqttUsers(journal)).filter((known) => known.name !== name);
        await keepMqttUsers(journal, [...others, user]);
        print(`user ${name}\npassword ${password}\nIt is shown only now. A running daemon lets it in at once.`);
      });
    });
  command
    .command('list')
    .description('list the users, without their passwords')
    .option(...CONFIG)
    .action(async ({ config }: { config?: string }) => {
      await withJournal(config, 'fail', async (journal) => {
        const users = await mqttUsers(journal);
        if (users.length === 0) print('no users');
        for (const { name, own, publish, subscribe } of users) {
          const rights = [
            ...(own.length > 0 ? [`own topics ${own.join(', ')}`] : []),
            ...(publish.length > 0 ? [`publishes ${publish.join(', ')}`] : []),
            ...(subscribe.length > 0 ? [`hears ${subscribe.join(', ')}`] : []),
          ];
          print(`${name}  ${rights.join('; ')}`);
        }
      });
    });
  command
    .command('remove <name>')
    .description('its next connection is refused')
    .option(...CONFIG)
    .action(async (name: string, { config }: { config?: string }) => {
      await withJournal(config, 'fail', async (journal) => {
        const users = await mqttUsers(journal);
        const others = users.filter((user) => user.name !== name);
        if (others.length === users.length) throw new Error(`no user ${name}: offair mqtt-user list shows them`);
        await keepMqttUsers(journal, others);
        print(`user ${name} is removed; a connection it has now ends within a minute`);
      });
    });
}

function isName(level: string): boolean {
  return /^[^+#$\s\p{Cc}]+$/u.test(level);
}

function isFilter(filter: string): boolean {
  const levels = filter.replace(/(^|\/)#$/, '').split('/');
  return filter === '#' || levels.every((level) => level === '+' || /^[^+#\p{Cc}]+$/u.test(level));
}
