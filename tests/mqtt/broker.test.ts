import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMqttUser, type EmbeddedBroker, type MqttUser, startBroker } from '../../adapters/mqtt/broker/index.ts';
import { connectMqtt } from '../../adapters/mqtt/client.ts';
import { shellyAdapter } from '../../adapters/shelly/index.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { systemClock } from '../../daemon/clock.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { makeCertificates } from '../support/certificates.ts';
import { until } from '../support/until.ts';

const PLUG = 'shellyplugsg3-8cbfeaa133f0';
const OTHER = 'shellyplugsg3-8cbfeaa133f1';
const ANSWERS = 'offair-test-1234';

let closing: (() => Promise<void>)[] = [];
let broker: EmbeddedBroker;
let warnings: string[];
const users = new Map<string, MqttUser>();
const passwords = new Map<string, string>();

function addUser(name: string, rights: { own?: string[]; publish?: string[]; subscribe?: string[] }): void {
  const { user, password } = createMqttUser(name, { own: [], publish: [], subscribe: [], ...rights });
  users.set(name, user);
  passwords.set(name, password);
}

beforeEach(async () => {
  warnings = [];
  users.clear();
  addUser('plug', { own: [PLUG, `shellies/${PLUG}`] });
  addUser('other', { own: [OTHER, `shellies/${OTHER}`] });
  addUser('service', { publish: ['#'], subscribe: ['homeassistant/#', `${PLUG}/status/+`] });
  const sink = { write: (line: string) => warnings.push((JSON.parse(line) as { msg: string }).msg) };
  broker = await startBroker({
    ...{ host: '127.0.0.1', port: 0, maxConnections: 20, maxPayloadBytes: 4096, daemonId: ANSWERS },
    ...{ clock: systemClock, log: pino({ level: 'warn' }, sink) },
    users: async (name) => users.get(name) ?? null,
  });
  closing = [() => broker.stop()];
});

afterEach(async () => {
  for (const close of closing.toReversed()) await close();
});

/** Runs a mosquitto client to its end: the independent side of the wire. */
function mosquitto(
  program: 'pub' | 'sub',
  as: string | null,
  ...args: string[]
): Promise<{ code: number; out: string }> {
  const login = as === null ? [] : ['-u', as, '-P', as === 'offair' ? broker.password : (passwords.get(as) ?? 'wrong')];
  const child = spawn(`mosquitto_${program}`, ['-h', '127.0.0.1', '-p', String(broker.port), ...login, ...args]);
  let out = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    out += data;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, out })));
}

/** Begins to listen with all rights; the result ends with the sentinel that it sends itself. */
async function ears(filter: string): Promise<() => Promise<string[]>> {
  const { url, username, password } = broker;
  const log = pino({ level: 'silent' });
  const bus = connectMqtt({ url, username, password, clientId: ANSWERS, clock: systemClock, random: () => 0, log });
  closing.push(() => bus.end());
  await until('connected', () => bus.connected);
  const heard: string[] = [];
  const hear = ({ topic, payload }: { topic: string; payload: Buffer }) => void heard.push(`${topic} ${payload}`);
  for (const each of new Set([filter, 'sentinel'])) await bus.subscribe(each, hear);
  return async () => {
    await bus.publish('sentinel', 'end');
    await until('the sentinel is back', () => heard.includes('sentinel end'));
    // offair's own birth message is there too.
    return heard.filter((line) => line !== 'sentinel end' && !line.startsWith(`offair/${ANSWERS}/status`));
  };
}

describe("offair's own broker", () => {
  it('lets in whom it knows, with the right password', async () => {
    expect((await mosquitto('pub', 'plug', '-t', `${PLUG}/online`, '-m', 'true', '-r')).code).toBe(0);
    expect(await (await ears(`${PLUG}/online`))()).toEqual([`${PLUG}/online true`]);
  });

  it.each([
    ['nobody in particular', null],
    ['a stranger', 'stranger'],
    ['the daemon without its password', 'plugg'],
  ])('refuses %s', async (_, name) => {
    const { code, out } = await mosquitto('pub', name, '-t', `${PLUG}/online`, '-m', 'true');
    expect(code).not.toBe(0);
    expect(out).toMatch(/not authori[sz]ed|bad user name or password/i);
    expect(broker.stats().refused.login).toBeGreaterThan(0);
    expect(warnings.join()).toContain('offair mqtt-user add');
  });

  it('makes who tries passwords wait', async () => {
    for (let tries = 0; tries < 6; tries += 1) await mosquitto('pub', 'stranger', '-t', 'x', '-m', '1');
    expect(broker.stats().refused).toMatchObject({ login: 5, busy: 1 });
  });

  it('a user who was removed or has a new password is known at the next login', async () => {
    users.delete('plug');
    expect((await mosquitto('pub', 'plug', '-t', `${PLUG}/online`, '-m', 'true')).code).not.toBe(0);
    addUser('plug', { own: [PLUG] });
    expect((await mosquitto('pub', 'plug', '-t', `${PLUG}/online`, '-m', 'true')).code).toBe(0);
  });

  it.each([
    [`${PLUG}/status/switch:0`, true],
    ['shellies/announce', true],
    [`${ANSWERS}/${PLUG}/rpc`, true],
    [`${ANSWERS}/${OTHER}/rpc`, false],
    [`${ANSWERS}/rpc`, false],
    [`${OTHER}/rpc`, false],
    [`${OTHER}/command/switch:0`, false],
    [`shellies/${OTHER}/relay/0/command`, false],
    ['shellies/command', false],
    [`${OTHER}/events/rpc`, false],
    ['offair/studio/session/set', false],
  ])("a plug's message on %s reaches others: %s", async (topic, passes) => {
    const heard = await ears(topic);
    // Accepted either way: a closed connection would make the plug come again and again.
    expect((await mosquitto('pub', 'plug', '-q', '1', '-t', topic, '-m', 'hello')).code).toBe(0);
    expect(await heard()).toEqual(passes ? [`${topic} hello`] : []);
    expect(broker.stats().refused.publish).toBe(passes ? 0 : 1);
  });

  it.each([
    ['plug', `${PLUG}/rpc`, true],
    ['plug', `${PLUG}/command/#`, true],
    ['plug', 'shellies/command', true],
    ['plug', `${OTHER}/#`, false],
    ['plug', '#', false],
    ['plug', '+/events/rpc', false],
    ['service', 'homeassistant/status', true],
    ['service', `${PLUG}/status/switch:0`, true],
    ['service', `${PLUG}/#`, false],
    ['service', '$SYS/#', false],
  ])('user %s may hear %s: %s', async (user, filter, may) => {
    const { out } = await mosquitto('sub', user, '-t', filter, '-E', '-d');
    const [, granted] = /Subscribed \(mid: \d+\): (\d+)/.exec(out) ?? [];
    expect(granted).toBe(may ? '0' : '128');
  });

  it('a service commands no plug, whatever its filters say, and publishes the rest', async () => {
    const heard = await ears('#');
    for (const topic of [
      `${PLUG}/rpc`,
      `${PLUG}/command/switch:0`,
      'cmnd/desk/Power',
      'desk/cmnd/Power',
      'zigbee2mqtt/desk/set',
      'zigbee2mqtt/bridge/request/device/remove',
      `${ANSWERS}/rpc`,
    ])
      await mosquitto('pub', 'service', '-t', topic, '-m', 'off');
    await mosquitto('pub', 'service', '-t', 'offair/studio/session/set', '-m', 'live');
    expect(await heard()).toEqual(['offair/studio/session/set live']);
    expect(broker.stats().refused.publish).toBe(7);
  });

  it('keeps no retained command', async () => {
    await mosquitto('pub', 'plug', '-t', `${PLUG}/command/switch:0`, '-m', 'off', '-r');
    expect(await (await ears(`${PLUG}/command/#`))()).toEqual([]);
    expect(broker.stats().refused.retain).toBe(1);
  });

  it("a plug's last will keeps to its own topics", async () => {
    const heard = await ears('#');
    for (const topic of [`${OTHER}/rpc`, `${PLUG}/online`]) {
      const bus = spawn('mosquitto_sub', [
        ...['-h', '127.0.0.1', '-p', String(broker.port), '-u', 'plug', '-P', passwords.get('plug') ?? ''],
        ...['-t', `${PLUG}/rpc`, '--will-topic', topic, '--will-payload', 'false'],
      ]);
      await until('it is there', () => broker.stats().clients > 1);
      bus.kill('SIGKILL');
      await until('it is gone', () => broker.stats().clients <= 1);
    }
    await until('the one will was refused', () => broker.stats().refused.publish === 1);
    await until('the other has come', async () => (await heard()).length > 0);
    expect(await heard()).toEqual([`${PLUG}/online false`]);
  });

  it('breaks a connection that sends too much, before and after its login, and goes on', async () => {
    const { code } = await mosquitto('pub', 'plug', '-t', `${PLUG}/status`, '-m', 'x'.repeat(8000));
    expect(code === 0 || code > 0).toBe(true);
    const socket = connectTcp(broker.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    // A CONNECT that announces 256 MB.
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    await closed;
    expect(broker.stats().refused.size).toBe(2);
    expect((await mosquitto('pub', 'plug', '-t', `${PLUG}/online`, '-m', 'true')).code).toBe(0);
  });

  it('has an encrypted entrance beside the plain one', async () => {
    const certificates = makeCertificates('broker');
    closing.push(async () => certificates.remove());
    const pem = (file: string) => readFileSync(certificates.path(file), 'utf8');
    const encrypted = await startBroker({
      ...{ host: '127.0.0.1', port: 0, maxConnections: 20, maxPayloadBytes: 4096, daemonId: ANSWERS },
      ...{ clock: systemClock, log: pino({ level: 'silent' }) },
      users: async (name) => users.get(name) ?? null,
      tls: { port: 0, cert: pem('broker.pem'), key: pem('broker.key') },
    });
    closing.push(() => encrypted.stop());
    const at = ['-h', '127.0.0.1', '-p', String(encrypted.tlsPort), '--cafile', certificates.path('ca.pem')];
    const login = ['-u', 'plug', '-P', passwords.get('plug') ?? ''];
    const child = spawn('mosquitto_pub', [...at, ...login, '-t', `${PLUG}/online`, '-m', 'true']);
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(encrypted.stats().messages).toBe(1);
  });

  it('turns away more connections than it was told to hold', async () => {
    const sockets = Array.from({ length: 20 }, () => connectTcp(broker.port, '127.0.0.1').on('error', () => {}));
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
    });
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    expect((await mosquitto('pub', 'plug', '-t', `${PLUG}/online`, '-m', 'true')).code).not.toBe(0);
    expect(broker.stats().refused.busy).toBe(1);
  });

  it('keeps nothing for a client that is away: no command arrives late', async () => {
    const persistent = ['-i', 'sleepy', '-c', '-q', '1', '-t', `${PLUG}/rpc`, '-W', '1'];
    await mosquitto('sub', 'plug', ...persistent);
    await mosquitto('pub', 'offair', '-q', '1', '-t', `${PLUG}/rpc`, '-m', 'switch');
    expect((await mosquitto('sub', 'plug', ...persistent)).out).not.toContain('switch');
  });

  it('carries a plug with its own password and the daemon that reads and switches it', async () => {
    const log = pino({ level: 'silent' });
    const outlet = new SimulatedOutlet(systemClock, () => 50);
    const password = passwords.get('plug') ?? '';
    const brokerUrl = broker.url.replace('mqtt://', `mqtt://plug:${password}@`);
    const shelly = new SimulatedShelly({ clock: systemClock, outlet, brokerUrl, device: PLUG });
    closing.push(() => shelly.stop());
    await shelly.start();
    const { url, username } = broker;
    const bus = connectMqtt({
      ...{ url, username, password: broker.password, clientId: ANSWERS, clock: systemClock, random: () => 0, log },
      protocol: '5',
    });
    closing.push(() => bus.end());
    await until('connected, in 3.1.1 since the broker has no 5', () => bus.connected);
    const settings = shellyAdapter.schema.parse({ adapter: 'shelly', device: PLUG });
    const plug = shellyAdapter.factory(adapterDeps({ clock: systemClock, mqtt: bus }))({ id: 'desk' }, settings);
    closing.push(() => plug.stop());
    await plug.start({ reading: () => {}, offline: () => {}, trouble: () => {} });
    expect(await plug.read()).toMatchObject({ watts: 50, relay: true });
    await plug.relay?.switchTo(false, systemClock.monotonicMs() + 5000);
    expect(outlet.relay).toBe(false);
  });
});
