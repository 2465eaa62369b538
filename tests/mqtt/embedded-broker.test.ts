import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pino from 'pino';
import { afterEach, expect, it } from 'vitest';
import { connectMqtt } from '../../adapters/mqtt/client.ts';
import { shellyAdapter } from '../../adapters/shelly/index.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { systemClock } from '../../daemon/clock.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { openBroker } from '../support/open-broker.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const broker = async (port = 0) => {
  const started = await openBroker(port);
  closing.push(() => started.stop());
  return started;
};

it('keeps what is retained, for any client', async () => {
  const { port } = await broker();
  const at = ['-h', '127.0.0.1', '-p', String(port), '-t', 'plug/online'];
  await run('mosquitto_pub', [...at, '-m', 'true', '-r']);
  const { stdout } = await run('mosquitto_sub', [...at, '-C', '1', '-W', '5', '--retained-only', '-N']);
  expect(stdout).toBe('true');
});

it('carries a plug and its adapter', async () => {
  const { url } = await broker();
  const log = pino({ level: 'silent' });
  const outlet = new SimulatedOutlet(systemClock, () => 50);
  const device = 'shellyplugsg3-8cbfeaa133f0';
  const shelly = new SimulatedShelly({ clock: systemClock, outlet, brokerUrl: url, device });
  closing.push(() => shelly.stop());
  await shelly.start();
  const mqtt = connectMqtt({ url, clientId: 'offair-test', clock: systemClock, random: () => 0, log });
  closing.push(() => mqtt.end());
  await until('connected', () => mqtt.connected);
  const settings = shellyAdapter.schema.parse({ adapter: 'shelly', device });
  const plug = shellyAdapter.factory(adapterDeps({ clock: systemClock, mqtt }))({ id: 'desk' }, settings);
  closing.push(() => plug.stop());
  await plug.start({ reading: () => {}, offline: () => {}, trouble: () => {} });
  expect(await plug.read()).toMatchObject({ watts: 50, relay: true });
});

it('stops with clients connected, and its port is free again', async () => {
  const first = await broker();
  const log = pino({ level: 'silent' });
  const mqtt = connectMqtt({ url: first.url, clientId: 'offair-test', clock: systemClock, random: () => 0, log });
  closing.push(() => mqtt.end());
  await until('connected', () => mqtt.connected);
  await first.stop();
  await until('the loss', () => !mqtt.connected);
  await broker(first.port);
  await until('connected again', () => mqtt.connected);
});

it('says when its port is taken', async () => {
  const { port } = await broker();
  await expect(openBroker(port)).rejects.toThrow(/another program listens there already/);
});
