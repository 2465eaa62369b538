import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connectAsync, type MqttClient } from 'mqtt';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMqttUser, type EmbeddedBroker, type MqttUser, startBroker } from '../../adapters/mqtt/broker/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

const PLUG = 'shellyplugsg3-8cbfeaa133f0';
const OTHER = 'shellyplugsg3-8cbfeaa133f1';

let closing: (() => Promise<unknown>)[] = [];
let broker: EmbeddedBroker;
let clock: FakeClock;
let certificates: Certificates;
const users = new Map<string, MqttUser>();
const passwords = new Map<string, string>();

function addUser(name: string, device: string): void {
  const { user, password } = createMqttUser(name, { own: [device], publish: [], subscribe: [] });
  users.set(name, user);
  passwords.set(name, password);
}

beforeAll(() => {
  certificates = makeCertificates('broker');
});
afterAll(() => certificates.remove());

beforeEach(async () => {
  addUser('plug', PLUG);
  addUser('other', OTHER);
  clock = new FakeClock();
  const pem = (file: string) => readFileSync(certificates.path(file), 'utf8');
  broker = await startBroker({
    ...{ host: '127.0.0.1', port: 0, maxConnections: 60, maxPayloadBytes: 64 * 1024, daemonId: 'offair-test' },
    ...{
      clock,
      log: pino({ level: 'silent' }),
      users: async (name: string) => systemClock.sleep(5).then(() => users.get(name) ?? null),
    },
    tls: { port: 0, cert: pem('broker.pem'), key: pem('broker.key') },
  });
  closing = [() => broker.stop()];
});

afterEach(async () => {
  for (const close of closing.toReversed()) await close();
});

/** An independent client; it does not come again by itself. */
async function client(as: string, clientId: string, password = passwords.get(as) ?? 'wrong'): Promise<MqttClient> {
  const account = as === 'offair' ? broker.password : password;
  const options = { username: as, password: account, clientId, reconnectPeriod: 0 };
  const made = await connectAsync(broker.url, options, false);
  made.on('error', () => {});
  closing.push(() => made.endAsync(true));
  return made;
}

function socket(port: number): Socket {
  const made = connectTcp(port, '127.0.0.1').on('error', () => {});
  closing.push(async () => made.destroy());
  return made;
}

/** A CONNECT as bytes on the wire. */
function connectPacket(clientId: string, username: string, password: string): Buffer {
  const text = (value: string) =>
    Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), Buffer.from(value)]);
  const body = [text('MQTT'), Buffer.from([4, 0xc2, 0, 60]), text(clientId), text(username), text(password)];
  const bytes = Buffer.concat(body);
  return Buffer.concat([Buffer.from([0x10, bytes.length]), bytes]);
}

describe("a user of offair's own broker", () => {
  it("does not keep another plug from its place by taking that one's client id first", async () => {
    await client('other', PLUG);
    const plug = await client('plug', PLUG);
    expect(plug.connected).toBe(true);
    await client('other', PLUG);
    await plug.publishAsync(`${PLUG}/online`, 'true', { qos: 1 });
    expect(plug.connected).toBe(true);
  });

  it('has no more than its few connections, however fast it opens them', async () => {
    const tries = Array.from({ length: 20 }, (_, index) => client('other', `id-${index}`));
    const ends = await Promise.allSettled(tries);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    expect(broker.stats().clients).toBe(4);
  });

  it('is not counted any more when its connection broke in the middle of the login', async () => {
    const packet = connectPacket('id', 'plug', passwords.get('plug') ?? '');
    for (let index = 0; index < 40; index += 1) {
      const one = socket(broker.port);
      one.write(packet);
      await new Promise((resolve) => one.once('connect', resolve));
      await systemClock.sleep(index % 4);
      one.resetAndDestroy();
    }
    await until('nobody is left', () => broker.stats().clients === 0);
    expect((await client('plug', PLUG)).connected).toBe(true);
  });

  it('does not hold up the others by not taking its messages', async () => {
    const plug = await client('plug', PLUG);
    const ears = await client('offair', 'offair-test');
    await ears.subscribeAsync(`${PLUG}/online`);
    const deaf = await client('other', OTHER);
    await deaf.subscribeAsync(`${OTHER}/#`);
    deaf.stream.pause();
    let heard = false;
    ears.on('message', () => {
      heard = true;
    });
    const startedMs = performance.now();
    for (let index = 0; index < 400; index += 1) deaf.publish(`${OTHER}/x`, Buffer.alloc(50_000));
    await until('the flood is there', () => broker.stats().messages > 110 || broker.stats().refused.slow > 0);
    plug.publish(`${PLUG}/online`, 'true');
    await until('the other plug is heard', () => heard);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    await until('the deaf one is put out', () => broker.stats().refused.slow === 1);
  });

  it('is slowed down when it floods', async () => {
    const flood = await client('other', OTHER);
    for (let index = 0; index < 20_000; index += 1) flood.publish(`${OTHER}/x`, 'x');
    const plug = await client('plug', PLUG);
    for (let index = 0; index < 200; index += 1) await plug.publishAsync(`${PLUG}/online`, 'true', { qos: 1 });
    expect(broker.stats().messages).toBeLessThan(10_000);
    await until('the rest comes as time passes', async () => {
      await clock.advance(5000);
      return broker.stats().messages === 20_200;
    });
  });

  it('who is removed loses its connection within a minute, and nobody else does', async () => {
    const plug = await client('plug', PLUG);
    const other = await client('other', OTHER);
    const ears = await client('offair', 'offair-test');
    users.delete('other');
    await clock.advance(60_000);
    await until('it is out', () => !other.connected);
    expect([plug.connected, ears.connected]).toEqual([true, true]);
  });

  it('with a wrong password does not keep others at the same address out, nor offair itself', async () => {
    for (let tries = 0; tries < 8; tries += 1) await client('other', OTHER, 'wrong').catch(() => {});
    await expect(client('other', OTHER)).rejects.toThrow();
    expect((await client('plug', PLUG)).connected).toBe(true);
    expect((await client('offair', 'offair-test')).connected).toBe(true);
    await clock.advance(60_000);
    expect((await client('other', OTHER)).connected).toBe(true);
  });

  it.each([`${PLUG}/on\u0000line`, `${PLUG}/on\nline`])('can not say anything on %j', async (topic) => {
    const plug = await client('plug', PLUG);
    await plug.publishAsync(topic, 'true', { qos: 1 }).catch(() => {});
    await until('it is refused', () => broker.stats().refused.publish === 1);
  });
});

describe('whoever does not log in', () => {
  it.each(['port', 'tlsPort'] as const)('takes only some of the places (%s)', async (door) => {
    const idle = Array.from({ length: 60 }, () => socket(broker[door] ?? 0));
    await Promise.all(idle.map((one) => new Promise((resolve) => one.once('connect', resolve))));
    await until('they are turned away', () => broker.stats().refused.busy >= 40);
    // Theirs is an address, too; the plug has another: only the number of places counts here.
    for (const one of idle.slice(0, 20)) one.destroy();
    await until('the plug is in', () =>
      client('plug', PLUG).then(
        () => true,
        () => false,
      ),
    );
  });

  it('does not hold up the stop', async () => {
    const idle = [socket(broker.port), socket(broker.tlsPort ?? 0)];
    await Promise.all(idle.map((one) => new Promise((resolve) => one.once('connect', resolve))));
    const startedMs = performance.now();
    await broker.stop();
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });
});
