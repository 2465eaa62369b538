import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { connectMqtt, type MqttConnection } from '../../adapters/mqtt/client.ts';
import type { StudioConfig } from '../../config/schema.ts';
import type { Clock } from '../../model/clock.ts';
import { wordsOf } from '../../model/errors.ts';
import { joinBroker, mqttClientIdOf, mqttUsers } from '../mqtt.ts';
import { withJournal } from '../with-journal.ts';
import { type Finding, Findings } from './finding.ts';
import type { Patient } from './patient.ts';
import { listens } from './ports.ts';

const CONNECT_MS = 6000;
/** A broker in the same network echoes within milliseconds. */
const ECHO_MS = 3000;
const LOOK_MS = 50;

/** A connection of the doctor's own to the studio's broker, and what it logged; null where offair is the broker. */
export interface DoctorsLine {
  mqtt: MqttConnection;
  said: string[];
}

/** @throws ConfigError when a file of certificates can't be read */
export async function callBroker({
  config,
  clock,
  random,
  secret,
}: Pick<Patient, 'clock' | 'random' | 'secret'> & { config: Pick<StudioConfig, 'mqtt'> }): Promise<DoctorsLine | null> {
  if (!config.mqtt?.url) return null;
  const said: string[] = [];
  const log = listener(said);
  const clientId = `offair-doctor-${randomBytes(4).toString('hex')}`;
  const mqtt = joinBroker(config.mqtt, { clientId, silent: true, clock, random, secret, log });
  await connected(mqtt, said, clock);
  return { mqtt, said };
}

/** Does the broker let offair in, and nobody else, and may offair say and hear what it needs to? */
export async function checkBroker(patient: Patient, line: DoctorsLine | null): Promise<Finding[]> {
  const { config, clock } = patient;
  const findings = new Findings('broker');
  if (!config.mqtt) findings.skipped('no-broker', 'this configuration has none');
  else if (config.mqtt.embedded) await checkOwnBroker(findings, patient, config.mqtt.embedded);
  else if (line) {
    const { mqtt, said } = line;
    const { url = '' } = config.mqtt;
    if (!mqtt.connected) {
      const why = said.at(-1) ?? `${url} does not answer`;
      const refused = why.includes('refused the user name');
      findings.failed(refused ? 'broker-refused' : 'broker-away', why, {
        remedy: refused
          ? 'mqtt.username and the secret mqtt_password must be those of a user of the broker'
          : 'does the broker run, does it listen beyond loopback, is mqtt.url right?',
      });
      return findings.list;
    }
    const version = await brokerVersion(mqtt, clock);
    findings.ok('broker', `${url} lets offair in${version === null ? '' : `: ${version}`}`);
    await checkRights(findings, line, config, await clientIdOf(patient), clock);
    await checkOpen(findings, patient, url);
  }
  return findings.list;
}

async function checkRights(
  findings: Findings,
  { mqtt, said }: DoctorsLine,
  { studio, mqtt: settings }: StudioConfig,
  clientId: string | null,
  clock: Clock,
): Promise<void> {
  const user = settings?.username ?? 'offair';
  const session = settings?.sessionTopic ?? `offair/${studio.id}/session`;
  const heardBefore = said.length;
  const topic = `${session}/doctor`;
  const word = randomBytes(6).toString('hex');
  let echoed = false;
  const stop = await mqtt.subscribe(topic, ({ payload }) => {
    echoed ||= payload.toString() === word;
  });
  const stopAnswers = clientId === null ? () => {} : await mqtt.subscribe(`${clientId}/#`, () => {});
  await mqtt.publish(topic, word).catch(() => {});
  await lookFor(() => echoed, ECHO_MS, clock);
  stop();
  stopAnswers();
  for (const refusal of said.slice(heardBefore))
    findings.failed('broker-rights', refusal, { remedy: acl(user, session, clientId) });
  if (!echoed && said.length === heardBefore)
    findings.failed('broker-rights', `what offair says on ${topic} does not come back to it`, {
      remedy: acl(user, session, clientId),
    });
  else if (echoed) findings.ok('broker-rights', `offair may say and hear its own topics (${session})`);
}

/** Lines for the access list of mosquitto. */
function acl(user: string, session: string, clientId: string | null): string {
  const topics = [`${session}/#`, 'offair/#', `${clientId ?? 'offair-STUDIO-XXXXXXXX'}/#`];
  return `in the broker's access list: user ${user}; ${topics.map((topic) => `topic readwrite ${topic}`).join('; ')}`;
}

/** Whoever may publish can switch the plugs. */
async function checkOpen(findings: Findings, { config, clock, random }: Patient, url: string): Promise<void> {
  const { username, ca, cert } = config.mqtt ?? {};
  // A broker that asks for a certificate is not tried without.
  if (cert !== undefined || ca !== undefined) return;
  const said: string[] = [];
  const clientId = `offair-doctor-${randomBytes(4).toString('hex')}`;
  const anybody =
    username === undefined ? null : connectMqtt({ url, clientId, silent: true, clock, random, log: listener(said) });
  if (anybody) await connected(anybody, said, clock);
  const open = anybody === null || anybody.connected;
  await anybody?.end();
  if (open)
    findings.warning('broker-open', 'it lets anybody in without a password: whoever reaches it can switch the plugs', {
      remedy: 'give it passwords (mosquitto: allow_anonymous false, password_file), or use mqtt.embedded',
    });
}

async function checkOwnBroker(
  findings: Findings,
  { file, daemon, journalPath, clock }: Patient,
  { host, port }: { host: string; port: number },
): Promise<void> {
  const users = await withJournal(file, 'fail', mqttUsers).catch((error: Error) => error);
  if (users instanceof Error)
    findings.skipped('broker-users', `its users are in the journal ${journalPath}: ${users.message}`);
  else if (users.length === 0)
    findings.warning('broker-no-users', 'it has no users, so no plug can connect', {
      remedy: 'offair mqtt-user add NAME --device ID --config FILE, and type both into the plug',
    });
  if (!daemon) return findings.skipped('own-broker', 'offair is the broker itself: it runs with the daemon');
  if (await listens(host, port, clock)) findings.ok('broker', `offair's own broker listens on ${host}:${port}`);
  else
    findings.failed('broker-away', `the daemon runs, and nobody listens on ${host}:${port}`, {
      remedy: 'read its log: it says why it could not listen',
    });
}

/** The name of the daemon on the broker; null when none has run yet. */
function clientIdOf({ file }: Patient): Promise<string | null> {
  return withJournal(file, 'fail', mqttClientIdOf).catch(() => null);
}

async function brokerVersion(mqtt: MqttConnection, clock: Clock): Promise<string | null> {
  let version: string | null = null;
  const stop = await mqtt.subscribe('$SYS/broker/version', ({ payload }) => {
    version = payload.toString().slice(0, 80);
  });
  await lookFor(() => version !== null, 500, clock);
  stop();
  return version;
}

function listener(said: string[]) {
  const write = (text: string) => said.push(wordsOfLog(text));
  return pino({ level: 'warn' }, { write });
}

function wordsOfLog(text: string): string {
  try {
    const { msg, err } = JSON.parse(text) as { msg: string; err?: { message?: string } };
    return err?.message ? `${msg} (${err.message})` : msg;
  } catch (error) {
    return wordsOf(error);
  }
}

/** Connected, or known not to be. */
function connected(mqtt: MqttConnection, said: readonly string[], clock: Clock): Promise<void> {
  return lookFor(() => mqtt.connected || said.length > 0, CONNECT_MS, clock);
}

async function lookFor(happened: () => boolean, patienceMs: number, clock: Clock): Promise<void> {
  const untilMs = clock.monotonicMs() + patienceMs;
  while (!happened() && clock.monotonicMs() < untilMs) await clock.sleep(LOOK_MS);
}
