import { shellyAdapter } from '../../adapters/shelly/index.ts';
import { SimulatedShelly, type SimulatedShellyOptions } from '../../adapters/simulator/shelly.ts';
import { SimulatedShellyGen1, type SimulatedShellyGen1Options } from '../../adapters/simulator/shelly-gen1.ts';
import type { Clock } from '../../model/clock.ts';
import type { PlugDevice } from '../../model/ports.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { type MqttBench, mqttBench } from '../support/mqtt-bench.ts';
import { until } from '../support/until.ts';

export { Told, WATTS } from '../support/mqtt-bench.ts';

export const DEVICE = 'shellyplugsg3-8cbfeaa133f0';
export const MAC = '8CBFEAA133F0';
export const GEN1_DEVICE = 'shellyplug-s-C38EAB';
export const GEN1_MAC = 'E8DB84C38EAB';

/** Lets time pass, second by second, until something has happened. */
export async function advanceTo(clock: FakeClock, what: string, happened: () => boolean): Promise<void> {
  await until(what, async () => {
    if (!happened()) await clock.advance(1000);
    return happened();
  });
}

export interface Bench extends Pick<MqttBench, 'broker' | 'bus' | 'outlet' | 'kept' | 'away' | 'close'> {
  /** The adapter's plug for these settings of `studio.yaml`. */
  plug(settings: Record<string, unknown>, id?: string, mayBeCut?: boolean): PlugDevice;
  /** Started, on the broker. */
  shelly(options?: Partial<SimulatedShellyOptions>): Promise<SimulatedShelly>;
  gen1(options?: Partial<SimulatedShellyGen1Options>): Promise<SimulatedShellyGen1>;
}

/** A real broker (with further lines of its configuration), a connection to it, and an outlet with a load of 74.1 W. */
export async function bench(clock: Clock, brokerLines: string[] = []): Promise<Bench> {
  const on = await mqttBench(clock, brokerLines);
  const usual = { clock, outlet: on.outlet, brokerUrl: on.url };
  return {
    ...on,
    plug: (settings, id = 'key-light', mayBeCut = true) => on.plug(shellyAdapter, settings, { id, mayBeCut }),
    shelly: (options) => on.started(new SimulatedShelly({ ...usual, device: DEVICE, ...options })),
    gen1: (options) =>
      on.started(new SimulatedShellyGen1({ ...usual, device: GEN1_DEVICE, mac: GEN1_MAC, ...options })),
  };
}
