import pino from 'pino';
import { connectMqtt, type MqttConnection } from '../../adapters/mqtt/client.ts';
import { shellyAdapter } from '../../adapters/shelly/index.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly, type SimulatedShellyOptions } from '../../adapters/simulator/shelly.ts';
import { SimulatedShellyGen1, type SimulatedShellyGen1Options } from '../../adapters/simulator/shelly-gen1.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { Clock } from '../../model/clock.ts';
import type { PlugDevice } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import { adapterDeps, memoryOf } from '../support/adapter-deps.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';

export const DEVICE = 'shellyplugsg3-8cbfeaa133f0';
export const MAC = '8CBFEAA133F0';
export const GEN1_DEVICE = 'shellyplug-s-C38EAB';
export const GEN1_MAC = 'E8DB84C38EAB';
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

/** Lets time pass, second by second, until something has happened. */
export async function advanceTo(clock: FakeClock, what: string, happened: () => boolean): Promise<void> {
  await until(what, async () => {
    if (!happened()) await clock.advance(1000);
    return happened();
  });
}

export interface Bench {
  broker: Mosquitto;
  bus: MqttConnection;
  outlet: SimulatedOutlet;
  /** The adapter's plug for these settings of `studio.yaml`. */
  plug(settings: Record<string, unknown>, id?: string, mayBeCut?: boolean): PlugDevice;
  /** What the adapter remembers of devices. */
  kept: Map<string, unknown>;
  /** Started, on the broker. */
  shelly(options?: Partial<SimulatedShellyOptions>): Promise<SimulatedShelly>;
  gen1(options?: Partial<SimulatedShellyGen1Options>): Promise<SimulatedShellyGen1>;
  close(): Promise<void>;
}

/** A real broker (with further lines of its configuration), a connection to it, and an outlet with a load of 74.1 W. */
export async function bench(clock: Clock, brokerLines: string[] = []): Promise<Bench> {
  const broker = await startMosquitto(undefined, brokerLines);
  const closing: (() => Promise<void>)[] = [];
  const log = pino({ level: 'silent' });
  const bus = connectMqtt({ url: broker.url, clientId: 'offair-test', clock: systemClock, random: () => 0.5, log });
  await until('connected to mosquitto', () => bus.connected);
  const outlet = new SimulatedOutlet(clock, () => WATTS);
  const started = async <Plug extends { start(): Promise<void>; stop(): Promise<void> }>(plug: Plug) => {
    closing.push(() => plug.stop());
    await plug.start();
    return plug;
  };
  const kept = new Map<string, unknown>();
  const make = shellyAdapter.factory(adapterDeps({ clock, log, mqtt: bus, memory: memoryOf(kept) }));
  return {
    broker,
    bus,
    outlet,
    kept,
    plug(settings, id = 'key-light', mayBeCut = true) {
      const plug = make({ id, mayBeCut }, shellyAdapter.schema.parse({ adapter: 'shelly', ...settings }));
      closing.push(() => plug.stop());
      return plug;
    },
    shelly: (options) =>
      started(new SimulatedShelly({ clock, outlet, brokerUrl: broker.url, device: DEVICE, ...options })),
    gen1: (options) => {
      const usual = { clock, outlet, brokerUrl: broker.url, device: GEN1_DEVICE, mac: GEN1_MAC };
      return started(new SimulatedShellyGen1({ ...usual, ...options }));
    },
    async close() {
      for (const close of closing.toReversed()) await close();
      await bus.end();
      await broker.stop();
    },
  };
}
