import pino from 'pino';
import type { z } from 'zod';
import type { PlugAdapter, PlugFactory } from '../../adapters/adapter.ts';
import { connectMqtt, type MqttConnection } from '../../adapters/mqtt/client.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { systemClock } from '../../daemon/clock.ts';
import { type Execution, execute } from '../../daemon/switcher.ts';
import type { Clock } from '../../model/clock.ts';
import { reason } from '../../model/policy-reasons.ts';
import type { Command } from '../../model/policy-state.ts';
import type { PlugDevice } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import { adapterDeps, memoryOf } from './adapter-deps.ts';
import type { FakeClock } from './fake-clock.ts';
import { type Mosquitto, mosquittoPub, startMosquitto } from './mosquitto.ts';
import { until } from './until.ts';

export const WATTS = 74.1;

/** What a plug told its sink. */
export class Told {
  readonly readings: Reading[] = [];
  readonly offline: string[] = [];
  readonly troubles: string[] = [];
  readonly sink = {
    reading: (reading: Reading) => void this.readings.push(reading),
    offline: (_plug: string, why: string) => void this.offline.push(why),
    trouble: (_plug: string, what: string) => void this.troubles.push(what),
  };

  get last(): Reading | undefined {
    return this.readings.at(-1);
  }
}

export interface MqttBench {
  broker: Mosquitto;
  url: string;
  bus: MqttConnection;
  /** With a load of 74.1 W. */
  outlet: SimulatedOutlet;
  /** The plug of a family for these settings of `studio.yaml`; stopped at the end. */
  plug<Schema extends z.ZodObject>(
    adapter: PlugAdapter<Schema>,
    settings: Record<string, unknown>,
    plug?: { id: string; mayBeCut?: boolean },
  ): PlugDevice;
  /** What the adapters remember of devices. */
  kept: Map<string, unknown>;
  /** Starts a simulated device; stopped at the end. */
  started<Device extends { start(): Promise<void>; stop(): Promise<void> }>(device: Device): Promise<Device>;
  /** Somebody else on the broker publishes. */
  publish(topic: string, text: string, retain?: boolean): void;
  /** Turns a device's end and start into what the contract suite needs: done when its presence topic says so. */
  away(
    device: { start(): Promise<void>; stop(): Promise<void> },
    presence: { topic: string; here: string; gone: string },
  ): Promise<{ goAway(): Promise<void>; comeBack(): Promise<void> }>;
  close(): Promise<void>;
}

/** A real broker (with further lines of its configuration) and a connection to it. */
export async function mqttBench(clock: Clock, brokerLines: string[] = []): Promise<MqttBench> {
  const broker = await startMosquitto(undefined, brokerLines);
  const closing: (() => Promise<void>)[] = [];
  const log = pino({ level: 'silent' });
  const bus = connectMqtt({ url: broker.url, clientId: 'offair-test', clock: systemClock, random: () => 0.5, log });
  await until('connected to mosquitto', () => bus.connected);
  const kept = new Map<string, unknown>();
  const deps = adapterDeps({ clock, log, mqtt: bus, memory: memoryOf(kept) });
  /** One for each family: what several plugs share is in it. */
  const factories = new Map<PlugAdapter, unknown>();
  const factoryOf = <Schema extends z.ZodObject>(adapter: PlugAdapter<Schema>) => {
    const made = (factories.get(adapter as never) ?? adapter.factory(deps)) as PlugFactory<z.output<Schema>>;
    factories.set(adapter as never, made);
    return made;
  };
  return {
    broker,
    url: broker.url,
    bus,
    kept,
    outlet: new SimulatedOutlet(clock, () => WATTS),
    plug(adapter, settings, id = { id: 'key-light' }) {
      const parsed = adapter.schema.parse({ adapter: adapter.name, ...settings });
      const plug = factoryOf(adapter)(id, parsed);
      closing.push(() => plug.stop());
      return plug;
    },
    async started(device) {
      closing.push(() => device.stop());
      await device.start();
      return device;
    },
    publish: (topic, text, retain) => mosquittoPub(broker.port, topic, text, retain),
    async away(device, { topic, here, gone }) {
      let said = '';
      await bus.subscribe(topic, ({ payload }) => {
        said = payload.toString();
      });
      return {
        async goAway() {
          await device.stop();
          await until('the will of the plug', () => said === gone);
        },
        async comeBack() {
          await device.start();
          await until('the plug is back', () => said === here);
        },
      };
    },
    async close() {
      for (const close of closing.toReversed()) await close();
      await bus.end();
      await broker.stop();
    },
  };
}

/** What a promise was rejected with, caught before anybody waits for it. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error('was not rejected'),
    (error: unknown) => error,
  );
}

/** Cuts a plug as the daemon does: who is it, command, read-back; time passes as long as it takes. */
export async function cut(device: PlugDevice, clock: FakeClock): Promise<Execution> {
  const command: Command = {
    id: '1',
    plug: device.plug,
    to: 'off',
    reasons: [reason('idle')],
    by: 'policy',
    source: null,
    wattsBefore: null,
    issuedAtMs: clock.nowMs(),
    expiresAtMs: clock.nowMs() + 30_000,
    dryRun: false,
  };
  const results: Execution[] = [];
  void execute(command, clock.monotonicMs() + 30_000, {
    clock,
    log: pino({ level: 'silent' }),
    device: () => device,
    onReading: () => {},
    stillWanted: () => true,
  }).then((result) => results.push(result));
  // Little by little: real messages need real time.
  await until('the end of the command', async () => {
    await clock.advance(50);
    return results.length > 0;
  });
  return results[0] as Execution;
}
