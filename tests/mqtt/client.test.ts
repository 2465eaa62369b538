import { spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { MqttMessage } from '../../adapters/mqtt/bus.ts';
import { connectMqtt, type MqttConnection } from '../../adapters/mqtt/client.ts';
import { systemClock } from '../../daemon/clock.ts';
import { type Mosquitto, mosquittoPub, mosquittoRetained, startMosquitto } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function broker(users?: Record<string, string>): Promise<Mosquitto> {
  const mosquitto = await startMosquitto(users);
  closing.push(() => mosquitto.stop());
  return mosquitto;
}

interface Client {
  bus: MqttConnection;
  /** Lines of the log, JSON. */
  log: string[];
}

function client(url: string, more: { username?: string; password?: string; clientId?: string } = {}): Client {
  const log: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const settings = { url, clientId: 'offair-test', clock: systemClock, random: () => 0, ...more };
  const bus = connectMqtt({ ...settings, log: pino({ level: 'debug' }, sink) });
  closing.push(() => bus.end());
  return { bus, log };
}

async function connected(url: string): Promise<Client> {
  const made = client(url);
  await until('connected', () => made.bus.connected);
  return made;
}

/** Subscribes and keeps what comes. */
async function listen(bus: MqttConnection, filter: string): Promise<MqttMessage[]> {
  const messages: MqttMessage[] = [];
  await bus.subscribe(filter, (message) => messages.push(message));
  return messages;
}
const texts = (messages: readonly MqttMessage[]) => messages.map(({ payload }) => payload.toString());

describe('the MQTT connection', () => {
  it('hears what somebody else says, and knows a replay from news', async () => {
    const { port, url } = await broker();
    mosquittoPub(port, 'plug/online', 'true', true);
    const { bus } = await connected(url);
    const messages = await listen(bus, 'plug/#');
    await until('the replay', () => messages.length === 1);
    mosquittoPub(port, 'plug/online', 'false', true);
    await until('the news', () => messages.length === 2);
    expect(messages.map(({ retained }) => retained)).toEqual([true, false]);
  });

  it('says online, and offline when it is ended', async () => {
    const { port, url } = await broker();
    const { bus } = await connected(url);
    await until('online', () => mosquittoRetained(port, 'offair/offair-test/status') === 'online');
    await bus.end();
    expect(mosquittoRetained(port, 'offair/offair-test/status')).toBe('offline');
  });

  it('leaves a will', async () => {
    const { url } = await broker();
    const observer = client(url, { clientId: 'observer' });
    const heard = await listen(observer.bus, 'offair/offair-test/status');
    await connected(url);
    await until('online', () => texts(heard).includes('online'));
    // The broker throws out the first of two with one name: a crash, as others see it.
    client(url);
    await until('the will', () => texts(heard).includes('offline'));
  });

  it('calls each handler once, however many filters overlap', async () => {
    const { port, url } = await broker();
    const { bus } = await connected(url);
    const counts = await Promise.all(['a/b', 'a/+', '+/b', 'a/#', 'a/b'].map((filter) => listen(bus, filter)));
    const done = await listen(bus, 'done');
    mosquittoPub(port, 'a/b', 'one');
    mosquittoPub(port, 'done', '');
    await until('all came', () => done.length === 1);
    expect(counts.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1]);
  });

  it('gives a later handler of the same topic the retained message too', async () => {
    const { port, url } = await broker();
    mosquittoPub(port, 'a/b', 'kept', true);
    const { bus } = await connected(url);
    await listen(bus, 'a/#');
    const late = await listen(bus, 'a/b');
    await until('the replay', () => late.length > 0);
    expect(late[0]?.retained).toBe(true);
  });

  it('hears nothing more after unsubscribing, while others still do', async () => {
    const { port, url } = await broker();
    const { bus } = await connected(url);
    const stopped: MqttMessage[] = [];
    const stop = await bus.subscribe('a', (message) => stopped.push(message));
    const going = await listen(bus, 'a');
    stop();
    mosquittoPub(port, 'a', 'one');
    await until('the other heard it', () => going.length === 1);
    expect(stopped).toEqual([]);
  });

  it('refuses to publish while the broker is away, and publishes nothing of it later', async () => {
    const mosquitto = await broker();
    const { bus } = await connected(mosquitto.url);
    const messages = await listen(bus, 'plug/rpc');
    await mosquitto.down();
    await until('the loss', () => !bus.connected);
    await expect(bus.publish('plug/rpc', 'off')).rejects.toThrow(/not connected to the MQTT broker 127\.0\.0\.1:\d+/);
    await mosquitto.up();
    await until('connected again', () => bus.connected);
    // Subscriptions are back as soon as a later message comes through.
    await until('a new message', async () => {
      await bus.publish('plug/rpc', 'new');
      return messages.length > 0;
    });
    expect(new Set(texts(messages))).toEqual(new Set(['new']));
  });

  it('tells of each loss and each return once', async () => {
    const mosquitto = await broker();
    const { bus } = await connected(mosquitto.url);
    const told: boolean[] = [];
    bus.onConnection((up) => told.push(up));
    await mosquitto.down();
    await until('the loss', () => told.length === 1);
    await mosquitto.up();
    await until('the return', () => told.length === 2);
    expect(told).toEqual([false, true]);
  });

  it('waits for a broker that is not there yet, and says so once', async () => {
    const mosquitto = await broker();
    await mosquitto.down();
    const { bus, log } = client(mosquitto.url);
    await until('it is said', () => log.length > 0);
    await mosquitto.up();
    await until('connected', () => bus.connected);
    expect(log.filter((line) => line.includes('can not be reached'))).toHaveLength(1);
  });

  it('connects with a password, and names only the host when it is refused', async () => {
    const { url } = await broker({ offair: 'right horse' });
    const good = client(url, { username: 'offair', password: 'right horse' });
    await until('connected', () => good.bus.connected);
    const bad = client(url, { username: 'offair', password: 'wrong horse' });
    await until('the refusal', () => bad.log.length > 0);
    expect(bad.log.join()).toMatch(/127\.0\.0\.1:\d+ refused the user name or password/);
    expect(bad.log.join()).not.toContain('wrong horse');
    expect(bad.bus.connected).toBe(false);
  });

  it('drops a message bigger than any plug sends, and names its topic', async () => {
    const { url } = await broker();
    const { bus, log } = await connected(url);
    const messages = await listen(bus, 'big/#');
    await bus.publish('big/one', 'x'.repeat(256 * 1024 + 1));
    await bus.publish('big/two', 'x'.repeat(256 * 1024));
    await until('the other came', () => messages.length > 0);
    expect(messages.map(({ topic }) => topic)).toEqual(['big/two']);
    expect(log.join()).toContain('big/one dropped');
  });

  it('loses nothing of a flood that comes faster than it is handled', async () => {
    const { port, url } = await broker();
    const { bus } = await connected(url);
    let heard = 0;
    await bus.subscribe('flood', () => {
      heard += 1;
      const untilMs = systemClock.monotonicMs() + 0.1;
      while (systemClock.monotonicMs() < untilMs);
    });
    const FLOOD = 14_000;
    const publisher = spawn('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '-t', 'flood', '-l'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    publisher.stdin.end(`${'x'.repeat(1000)}\n`.repeat(FLOOD));
    await until('all of it', () => heard === FLOOD);
  });

  it('goes on when a handler throws', async () => {
    const { url } = await broker();
    const { bus, log } = await connected(url);
    await bus.subscribe('a', () => {
      throw new Error('broken handler');
    });
    const messages = await listen(bus, 'a');
    await bus.publish('a', 'one');
    await until('the other handler', () => messages.length === 1);
    expect(log.join()).toContain('broken handler');
  });
});
