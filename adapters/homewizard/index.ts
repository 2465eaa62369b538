import { z } from 'zod';
import { CommandExpired, PlugProtocolError } from '../../model/errors.ts';
import type { PlugDevice, Relay } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import type { AdapterDeps, PlugAdapter } from '../adapter.ts';
import { macSchema } from '../mac.ts';
import { EnergySocketApi } from './api.ts';
import { discoverHomeWizard } from './discovery.ts';

const schema = z.strictObject({
  adapter: z.literal('homewizard'),
  host: z.string().min(1).describe('Its address in the local network, or its name: energysocket-AABBCC.local'),
  port: z.int().min(1).max(65535).default(80).describe('TCP'),
  mac: macSchema.optional().describe('Its serial, which is its MAC: checked at every reading and before every command'),
  pollSeconds: z.number().min(1).max(3600).default(10).describe('How often it is asked; it measures once a second'),
});
type Settings = z.output<typeof schema>;

/** HomeWizard Energy Sockets (HWE-SKT), by their local API. */
export const homeWizardAdapter: PlugAdapter<typeof schema> = {
  name: 'homewizard',
  schema,
  macOf: ({ mac }) => mac ?? null,
  outletNames: ({ host, port, mac }) => [`${host}:${port}`, ...(mac ? [mac] : [])],
  factory:
    (deps) =>
    ({ id }, settings) =>
      new EnergySocket(id, settings, deps),
  discover: discoverHomeWizard,
};

class EnergySocket implements PlugDevice {
  readonly plug: string;
  readonly adapter = 'homewizard';
  readonly pollMs: number;
  readonly expectedIntervalMs: number;
  readonly expectedMac: string | null;
  readonly relay: Relay;
  readonly #api: EnergySocketApi;
  readonly #clock: AdapterDeps['clock'];

  constructor(plug: string, settings: Settings, { clock }: AdapterDeps) {
    this.plug = plug;
    this.pollMs = settings.pollSeconds * 1000;
    this.expectedIntervalMs = this.pollMs;
    this.expectedMac = settings.mac ?? null;
    const api = new EnergySocketApi(`homewizard plug ${plug}`, settings, clock);
    this.#api = api;
    this.#clock = clock;
    this.relay = {
      identity: async () => (await api.device()).serial,
      async switchTo(on, expiresAtMonotonicMs) {
        if (clock.monotonicMs() >= expiresAtMonotonicMs) throw new CommandExpired(`${plug}: too late to switch`);
        await api.switchTo(on);
      },
    };
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async read(): Promise<Reading> {
    // One after the other: it has room for few connections.
    const { serial } = await this.#api.device();
    if (this.expectedMac !== null && serial !== this.expectedMac)
      throw new PlugProtocolError(`${this.plug}: another socket answers: ${serial}, expected ${this.expectedMac}`);
    const { power_on: relay } = await this.#api.state();
    const { importedKwh, ...data } = await this.#api.data();
    return {
      plug: this.plug,
      atMs: this.#clock.nowMs(),
      monotonicMs: this.#clock.monotonicMs(),
      watts: data.active_power_w,
      // To the mWh: kWh with three decimals are not exact as binary fractions.
      counterWh: importedKwh === null ? null : Math.round(importedKwh * 1e6) / 1000,
      relay,
      volts: data.active_voltage_v ?? null,
      amps: data.active_current_a ?? null,
      celsius: null,
      flags: [],
      feed: 'polled',
    };
  }
}
