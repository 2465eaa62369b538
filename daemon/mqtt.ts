import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Logger } from 'pino';
import { type EmbeddedBroker, type MqttUser, startBroker } from '../adapters/mqtt/broker/index.ts';
import { connectMqtt, type MqttConnection } from '../adapters/mqtt/client.ts';
import { ConfigError } from '../config/load.ts';
import type { StudioConfig } from '../config/schema.ts';
import type { Clock, Random } from '../model/clock.ts';
import type { Journal } from '../model/ports.ts';
import { keepState } from './device-memory.ts';

/** Name under which the journal keeps what offair is called on the broker. */
const CLIENT_ID = 'mqtt-client-id';
/** Name under which it keeps the users of the embedded broker. */
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

/**
 * What offair is called on the broker. The same at every start, so that a broker's access list can name it; of this journal
 * alone, since two daemons with one id would throw each other off the broker for ever.
 */
export async function mqttClientId(journal: Journal, studio: string): Promise<string> {
  const kept = await mqttClientIdOf(journal);
  if (kept !== null) return kept;
  const made = `offair-${studio}-${randomBytes(4).toString('hex')}`;
  await keepState(journal, CLIENT_ID, made);
  return made;
}

/** null: no daemon has run with this journal yet. */
export async function mqttClientIdOf(journal: Journal): Promise<string | null> {
  const kept = await journal.state(CLIENT_ID);
  return typeof kept === 'string' ? kept : null;
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

/** The users of the embedded broker, as the command line made them. */
export async function mqttUsers(journal: Journal): Promise<MqttUser[]> {
  return ((await journal.state(USERS)) as MqttUser[] | null | undefined) ?? [];
}

/** A running daemon asks for them at every login. */
export async function keepMqttUsers(journal: Journal, users: readonly MqttUser[]): Promise<void> {
  await keepState(journal, USERS, users);
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
