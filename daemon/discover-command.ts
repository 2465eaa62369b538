import { randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import type { FoundDevice } from '../adapters/adapter.ts';
import { plugAdapters } from '../adapters/registry.ts';
import { loadConfig } from '../config/load.ts';
import { secretsOf } from '../config/secrets.ts';
import { systemClock, systemRandom } from './clock.ts';
import { Configured, deviceWords, discover, table } from './discover.ts';
import { joinBroker } from './mqtt.ts';
import { seconds } from './options.ts';
import { withDeviceMemory } from './with-journal.ts';

interface Options {
  json?: boolean;
  broker?: Broker;
  seconds: number;
  interface?: string;
  config?: string;
}

interface Broker {
  url: string;
  username?: string;
}

const WHAT_TO_CHECK = `Nothing was found. Check:
- The plugs have power and are in the Wi-Fi: the maker's app shows them, also with the phone's mobile data off.
- This machine is in the same network: a search does not cross routers, VLANs or a guest Wi-Fi that isolates its devices.
- The firewall of this machine lets answers in: UDP from port 20002 and on port 5353.
- Plugs that speak MQTT are found on their broker: --config FILE or --broker mqtt://HOST says which.
- It searches in the right network: --interface NAME, and longer: --seconds 15.`;

/** `offair discover`: which plugs there are, and the lines of `studio.yaml` for those it does not have. */
export function addDiscoverCommand(program: Command, print: (text: string) => void): void {
  program
    .command('discover')
    .description('search the network for plugs and show the lines of studio.yaml for them')
    .option('--json', 'print JSON')
    .option('--seconds <seconds>', 'how long to search', seconds, 5)
    .option('--interface <name>', 'name or address of the network interface to search on')
    .option('-c, --config <file>', 'the studio.yaml, to tell which plugs it has, and for its MQTT broker')
    .option(
      '--broker <url>',
      'MQTT broker to search on: mqtt://user@host:port, its password in OFFAIR_MQTT_PASSWORD',
      broker,
    )
    .action((options: Options) => run(options, print));
}

async function run(
  { json, seconds, interface: networkInterface, config: file, broker }: Options,
  print: (text: string) => void,
) {
  const config = file === undefined ? null : loadConfig(file);
  const progress = (text: string) => process.stderr.write(`${text}\n`);
  const secret = secretsOf(process.env, file);
  const log = pino({ level: 'silent' });
  const common = { clock: systemClock, random: systemRandom, log, secret };
  const at = broker ?? (config?.mqtt?.url ? config.mqtt : null);
  if (!at && config?.mqtt)
    // Only the daemon may hear everything there.
    progress("plugs on offair's own broker are not searched: the daemon shows them on its page while it runs");
  const mqtt =
    at &&
    joinBroker(at, {
      ...common,
      clientId: `offair-discover-${randomBytes(4).toString('hex')}`,
      silent: true,
      log: pino({ level: 'warn' }, { write: (line: string) => progress((JSON.parse(line) as { msg: string }).msg) }),
    });
  const deps = {
    ...common,
    mqtt,
    timeZone: config?.studio.timeZone ?? 'UTC',
    networkInterface: networkInterface ?? config?.discovery.interface ?? null,
  };
  progress(`searching for ${seconds} s …`);
  const told = (device: FoundDevice) => progress(`found ${deviceWords(device)}`);
  // A plug that counts wrong passwords is not told the same one at every search.
  const { devices, failures } = await withDeviceMemory(config, (memory) =>
    discover(plugAdapters, { ...deps, memory }, seconds * 1000, told),
  );
  if (mqtt && !mqtt.connected) failures.push(new Error(`the MQTT broker ${at?.url} was not searched`));
  await mqtt?.end();

  const configured = new Configured(plugAdapters, config?.plugs ?? []);
  const findings = devices.map((device) => configured.finding(device));
  if (json) print(JSON.stringify(findings, null, 2));
  else if (findings.length > 0) print(table(findings));
  if (findings.length === 0 && failures.length === 0) (json ? progress : print)(WHAT_TO_CHECK);
  const snippet = configured.snippet(devices);
  if (!json && snippet !== null) print(`\nFor studio.yaml:\n\n${snippet}`);
  if (failures[0]) throw failures[0];
}

function broker(text: string): Broker {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^mqtts?:$/.test(url.protocol) || url.hostname === '')
    throw new InvalidArgumentError('mqtt://host:port or mqtts://host:port');
  if (url.password !== '') throw new InvalidArgumentError('without password: that is the secret mqtt_password');
  const username = decodeURIComponent(url.username);
  return { url: `${url.protocol}//${url.host}`, ...(username !== '' && { username }) };
}
