import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connectAsync, type MqttClient } from 'mqtt';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectMqtt, type MqttConnection } from '../../adapters/mqtt/client.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { PlugDevice } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { seeded } from '../support/random.ts';
import { until } from '../support/until.ts';
import { Allowed } from './allowed.ts';
import { payload } from './payloads.ts';
import { CLIENT, PEERS, type Sentinel } from './peers.ts';

/** `npm run test:fuzz` sets it to 100,000; the seed is of any one run. */
const MESSAGES = Number(process.env.OFFAIR_FUZZ_MESSAGES ?? 10_000);
const SEED = Number(process.env.OFFAIR_FUZZ_SEED ?? 1);
const ROUND = 500;
/** Longer than any question of an adapter waits for its answer; shorter than any silence that means something. */
const SETTLE_MS = 20_000;
const MOST_BYTES = 256 * 1024;
const MEBIBYTE = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe(`${MESSAGES} payloads, most of them wrong, from a real broker`, () => {
  const clock = new FakeClock();
  const random = seeded(SEED);
  const errors: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => errors.push(line) });
  const readings = new Map<string, Reading[]>(PEERS.map(({ id }) => [id, []]));
  const samples = PEERS.flatMap(({ topics }) => topics.flatMap((one) => one.samples));
  let broker: Mosquitto;
  let bus: MqttConnection;
  let attacker: MqttClient;
  let plugs: PlugDevice[] = [];
  let barrier = 0;
  let passed = 0;

  beforeAll(async () => {
    broker = await startMosquitto();
    bus = connectMqtt({ url: broker.url, clientId: CLIENT, clock: systemClock, random: () => 0.5, log });
    await until('connected', () => bus.connected);
    attacker = await connectAsync(broker.url);
    const factories = new Map(
      PEERS.map(({ adapter }) => [adapter, adapter.factory(adapterDeps({ clock, mqtt: bus }))] as const),
    );
    plugs = PEERS.map(({ id, adapter, settings }) => {
      const plug = factories.get(adapter)?.({ id }, adapter.schema.parse({ adapter: adapter.name, ...settings }));
      if (!plug) throw new Error(`no plug ${id}`);
      return plug;
    });
    const sink = {
      reading: (reading: Reading) => void readings.get(reading.plug)?.push(reading),
      offline: () => {},
      trouble: () => {},
    };
    await Promise.all(plugs.map((plug) => plug.start(sink)));
    await bus.subscribe('fuzz/barrier', ({ payload }) => {
      passed = Number(payload.toString());
    });
  });
  afterAll(async () => {
    await Promise.all(plugs.map((plug) => plug.stop()));
    await attacker.endAsync();
    await bus.end();
    await broker.stop();
  });

  /** Everything that was published is handled. */
  const settled = async () => {
    barrier += 1;
    attacker.publish('fuzz/barrier', String(barrier));
    await until(`barrier ${barrier}`, () => passed === barrier);
  };
  const sentinelOf = (round: number): Sentinel => {
    return { watts: 1000 + (round % 900) + 0.5, counterWh: 10_000 + round, relay: round % 2 === 0, volts: 229.5 };
  };
  const heapBytes = () => {
    collectGarbage();
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };

  it('crash nothing, make no reading that nobody sent, are counted, and leave nothing behind', {
    timeout: 600_000,
  }, async () => {
    const rounds = Math.max(5, Math.round(MESSAGES / ROUND));
    const rejected = { unreadable: 0, 'too-big': 0 };
    let earlyBytes = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const allowed = new Map(PEERS.map(({ id }) => [id, new Allowed()]));
      for (const [id, told] of readings) {
        const last = told.at(-1);
        if (last) allowed.get(id)?.addReading(last);
        told.length = 0;
      }
      for (let count = 0; count < ROUND; count += 1) {
        const peer = PEERS[Math.floor(random() * PEERS.length)] as (typeof PEERS)[number];
        const at = peer.topics[Math.floor(random() * peer.topics.length)] as (typeof peer.topics)[number];
        const bytes = payload(random, at.samples, samples);
        attacker.publish(at.topic, bytes);
        if (bytes.length > MOST_BYTES) rejected['too-big'] += 1;
        else {
          const text = bytes.toString();
          const mustBeJson = at.json === 'always' || (at.json === 'after a brace' && text.startsWith('{'));
          if (mustBeJson && !isObject(text)) rejected.unreadable += 1;
          // The outlets of a strip share topics.
          for (const { id, topics } of PEERS)
            for (const { topic, explain } of topics) if (topic === at.topic) explain(text, allowed.get(id) as Allowed);
        }
        if (attacker.stream.writableNeedDrain) await new Promise((resolve) => attacker.stream.once('drain', resolve));
      }
      await settled();
      await clock.advance(SETTLE_MS);
      const sentinel = sentinelOf(round);
      for (const peer of PEERS) for (const [topic, text] of peer.say(sentinel)) attacker.publish(topic, text);
      await settled();

      for (const { id, topics, say } of PEERS) {
        const explained = allowed.get(id) as Allowed;
        for (const [topic, text] of say(sentinel)) topics.find((one) => one.topic === topic)?.explain(text, explained);
        const told = readings.get(id) ?? [];
        for (const reading of told)
          expect(explained.unexplained(reading), `round ${round}, ${id}, ${JSON.stringify(reading)}`).toBeNull();
        const { volts: _, ...shown } = sentinel;
        expect(told.at(-1), `round ${round}, ${id} after it all`).toMatchObject(shown);
        for (const flag of told.flatMap(({ flags }) => flags)) expect(flag).toMatch(/^[a-z_:-]{1,81}$/);
      }
      if (round === Math.round(rounds / 5)) earlyBytes = heapBytes();
    }
    const grownMebibytes = (heapBytes() - earlyBytes) / MEBIBYTE;
    const counted = (reason: string) =>
      bus.rejections().reduce((sum, each) => sum + (each.reason === reason ? each.count : 0), 0);
    const summary = { seed: SEED, messages: rounds * ROUND, grownMebibytes, rejections: bus.rejections() };
    console.log(JSON.stringify(summary));

    expect(errors).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(counted('too-big')).toBe(rejected['too-big']);
    expect(counted('unreadable')).toBe(rejected.unreadable);
    for (const reason of ['wrong-value', 'stranger']) expect(counted(reason), reason).toBeGreaterThan(0);
    expect(grownMebibytes).toBeLessThan(2);
  });
});

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
