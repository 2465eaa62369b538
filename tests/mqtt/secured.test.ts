import { readFileSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectMqtt, type MqttConnection, type MqttSettings } from '../../adapters/mqtt/client.ts';
import { systemClock } from '../../daemon/clock.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates('broker', 'studio');
});
afterAll(() => certificates.remove());

const pem = (file: string) => readFileSync(certificates.path(file), 'utf8');
let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  closing = [];
});

async function broker(users?: Record<string, string>, more: string[] = []): Promise<Mosquitto> {
  const started = await startMosquitto(users, more);
  closing.push(() => started.stop());
  return started;
}
const tlsLines = () => [`certfile ${certificates.path('broker.pem')}`, `keyfile ${certificates.path('broker.key')}`];

function client(settings: Pick<MqttSettings, 'url'> & Partial<MqttSettings>): { bus: MqttConnection; log: string[] } {
  const log: string[] = [];
  const sink = { write: (line: string) => log.push((JSON.parse(line) as { msg: string }).msg) };
  const bus = connectMqtt({
    ...{ clientId: 'offair-test', clock: systemClock, random: () => 0, log: pino({}, sink) },
    ...settings,
  });
  closing.push(() => bus.end());
  return { bus, log };
}

async function carries(bus: MqttConnection): Promise<void> {
  await until('connected', () => bus.connected);
  const heard: string[] = [];
  await bus.subscribe('plug/+', ({ payload }) => heard.push(payload.toString()));
  await bus.publish('plug/online', 'true');
  await until('the message is back', () => heard.length > 0);
  expect(heard).toEqual(['true']);
}

describe.each(['3.1.1', '5'] as const)('MQTT %s', (protocol) => {
  it('over TLS with an authority of our own', async () => {
    const { port } = await broker(undefined, tlsLines());
    const { bus } = client({ url: `mqtts://127.0.0.1:${port}`, ca: pem('ca.pem'), protocol });
    await carries(bus);
  });

  it('over TLS not without that authority: the message says why', async () => {
    const { port } = await broker(undefined, tlsLines());
    const { bus, log } = client({ url: `mqtts://127.0.0.1:${port}`, protocol });
    await until('it was told', () => log.some((line) => /certificate/i.test(line)));
    expect(bus.connected).toBe(false);
  });

  it('with a client certificate, to a broker that asks for one', async () => {
    const wants = [...tlsLines(), `cafile ${certificates.path('ca.pem')}`, 'require_certificate true'];
    const { port } = await broker(undefined, wants);
    const url = `mqtts://127.0.0.1:${port}`;
    const stranger = client({ url, ca: pem('ca.pem'), protocol, clientId: 'stranger' });
    const ours = { ca: pem('ca.pem'), cert: pem('studio.pem'), key: pem('studio.key') };
    await carries(client({ url, protocol, ...ours }).bus);
    expect(stranger.bus.connected).toBe(false);
  });

  it('tells that the login was refused', async () => {
    const { url } = await broker({ someone: 'else' });
    const { bus, log } = client({ url, username: 'offair', password: 'wrong', protocol });
    await until('it was told', () => log.some((line) => /refused the user name or password/.test(line)));
    expect(bus.connected).toBe(false);
  });

  it('hears what the access list allows', async () => {
    const acl = certificates.path(`acl-${protocol}`);
    writeFileSync(acl, 'topic readwrite offair/#\n');
    const { url } = await broker(undefined, [`acl_file ${acl}`]);
    const { bus } = client({ url, protocol });
    await until('connected', () => bus.connected);
    // mosquitto grants every subscription and drops the messages: what the plug says never comes.
    const heard: string[] = [];
    await bus.subscribe('plug/+', ({ topic }) => heard.push(topic));
    await bus.publish('plug/online', 'true');
    await bus.subscribe('offair/+', ({ topic }) => heard.push(topic));
    await bus.publish('offair/test', 'true');
    await until('the allowed one is there', () => heard.length > 0);
    expect(heard).toEqual(['offair/test']);
  });
});
