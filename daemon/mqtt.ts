import { readFileSync, statSync } from 'node:fs';
import type { Logger } from 'pino';
import { type BrokerStats, type EmbeddedBroker, type MqttUser, startBroker } from '../adapters/mqtt/broker/index.ts';
import { connectMqtt, type MqttConnection } from '../adapters/mqtt/client.ts';
import type { MetricFamily } from '../api/deps.ts';
import { ConfigError } from '../config/load.ts';
import type { StudioConfig } from '../config/schema.ts';
import type { Clock, Random } from '../model/clock.ts';
import type { Journal } from '../model/ports.ts';

/** Name under which the journal keeps the users of the embedded broker. */
const USERS = 'mqtt-users';

export interface StudioMqtt {
  bus: MqttConnection;
  /** Hears who else is on the broker. */
  ears: MqttConnection;
  /** null when another broker is used. */
  broker: EmbeddedBroker | null;
  stop(): Promise<void>;
}

interface MqttDeps {
  clientId: string;
  clock: Clock;
  random: Random;
  log: Logger;
  secret(name: string): string | undefined;
  /** true: it says nothing of itself on the broker. */
  silent?: boolean;
}

/** A connection to the broker with the configured URL. @throws ConfigError when a file of certificates can't be read */
export function joinBroker(settings: NonNullable<StudioConfig['mqtt']>, deps: MqttDeps): MqttConnection {
  const { clientId, clock, random, log, silent } = deps;
  const { url = '', username, protocol } = settings;
  const password = deps.secret('mqtt_password');
  if (username !== undefined && password === undefined)
    log.warn(
      { event: 'mqtt-without-password' },
      'mqtt.username is set and its password is not: set the secret mqtt_password (OFFAIR_MQTT_PASSWORD)',
    );
  if (settings.key) warnOfOpenKey(settings.key, log);
  const pem = (name: 'ca' | 'cert' | 'key') => settings[name] && readPem(settings[name], `mqtt.${name}`);
  const certificates = { ca: pem('ca'), cert: pem('cert'), key: pem('key') };
  // A password without a user is against MQTT 3.1.1: a broker hangs up without a word.
  const account = { url, username, password: username === undefined ? undefined : password, protocol };
  return connectMqtt({ clientId, clock, random, log, silent, ...account, ...certificates });
}

/**
 * The studio's MQTT connection, to the configured broker or to offair's own, which is then started first.
 * @throws ConfigError when a file of certificates can't be read; Error when the embedded broker can't listen
 */
export async function startMqtt(
  settings: NonNullable<StudioConfig['mqtt']>,
  deps: MqttDeps & { journal: Journal },
): Promise<StudioMqtt> {
  const { clientId, clock, random, log, journal } = deps;
  const { embedded } = settings;
  // What is wrong with the broker is told by the first connection.
  const aside = { clientId: `${clientId}-search`, silent: true, log: log.child({}, { level: 'error' }) };
  if (!embedded) {
    const bus = joinBroker(settings, deps);
    const ears = joinBroker(settings, { ...deps, ...aside });
    return { bus, ears, broker: null, stop: async () => void (await Promise.all([bus.end(), ears.end()])) };
  }

  const { host, port, tls, maxConnections, maxPayloadKilobytes } = embedded;
  if (tls) warnOfOpenKey(tls.key, log);
  const broker = await startBroker({
    ...{ host, port, maxConnections, maxPayloadBytes: maxPayloadKilobytes * 1024, daemonId: clientId, clock, log },
    tls: tls && {
      port: tls.port,
      cert: readPem(tls.cert, 'mqtt.embedded.tls.cert'),
      key: readPem(tls.key, 'mqtt.embedded.tls.key'),
    },
    users: async (name) => (await mqttUsers(journal)).find((user) => user.name === name) ?? null,
  });
  log.info(
    { event: 'broker-listens' },
    `MQTT broker on ${host}:${broker.port}${broker.tlsPort ? `, encrypted on ${broker.tlsPort}` : ''}`,
  );
  if ((await mqttUsers(journal)).length === 0)
    log.warn(
      { event: 'broker-no-users' },
      'the MQTT broker has no users yet, so no plug can connect: offair mqtt-user add NAME --device ID',
    );
  const { url, username, password } = broker;
  const account = { clock, random, url, username, password };
  const bus = connectMqtt({ ...account, clientId, log });
  const ears = connectMqtt({ ...account, ...aside });
  const stop = async () => {
    await Promise.all([bus.end(), ears.end()]);
    await broker.stop();
  };
  return { bus, ears, broker, stop };
}

/** What the embedded broker counts, for `/metrics`. */
export function brokerMetrics({ clients, messages, refused }: BrokerStats): MetricFamily[] {
  return [
    { name: 'mqtt_broker_clients', type: 'gauge', help: 'Clients of the embedded broker', samples: [[{}, clients]] },
    {
      name: 'mqtt_broker_messages_total',
      type: 'counter',
      help: 'Messages that clients sent to the embedded broker',
      samples: [[{}, messages]],
    },
    {
      name: 'mqtt_broker_refused_total',
      type: 'counter',
      help: 'What the embedded broker refused: logins, messages, subscriptions',
      samples: Object.entries(refused).map(([reason, count]) => [{ reason }, count]),
    },
  ];
}

/** What was refused of what came over MQTT, for `/metrics`. */
export function rejectionMetrics(bus: MqttConnection): MetricFamily[] {
  const samples: MetricFamily['samples'] = bus
    .rejections()
    .map(({ adapter, reason, count }) => [{ adapter, reason }, count]);
  return [
    { name: 'rejected_payloads_total', type: 'counter', help: 'MQTT payloads that were refused, and why', samples },
  ];
}

/** The users of the embedded broker, as the command line made them. */
export async function mqttUsers(journal: Journal): Promise<MqttUser[]> {
  return ((await journal.state(USERS)) as MqttUser[] | null | undefined) ?? [];
}

/** A running daemon asks for them at every login. */
export async function keepMqttUsers(journal: Journal, users: readonly MqttUser[]): Promise<void> {
  await journal.write({ readings: [], slices: [], intensities: [], lines: [], state: { [USERS]: users } });
}

/** @param key what the configuration calls it: `mqtt.ca` @throws ConfigError when it can't be read */
export function readPem(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const found = `${path}, which can't be read (${(error as NodeJS.ErrnoException).code})`;
    throw new ConfigError('the configuration', [
      { path: key, line: null, found, expected: 'a PEM file that the daemon may read', hint: null },
    ]);
  }
}

function warnOfOpenKey(path: string, log: Logger): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o007) !== 0)
    log.warn({ event: 'key-open' }, `everybody on this machine may read the key ${path}: chmod 600 ${path}`);
}
