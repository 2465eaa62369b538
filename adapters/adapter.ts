import type { Logger } from 'pino';
import type { ZodType } from 'zod';
import type { Clock, Random } from '../model/clock.ts';
import type { PlugDevice } from '../model/ports.ts';
import type { MqttBus } from './mqtt/bus.ts';

/** What every plug adapter may use. */
export interface AdapterDeps {
  clock: Clock;
  random: Random;
  log: Logger;
  /** The studio's MQTT connection; null when the configuration has none. */
  mqtt: MqttBus | null;
  /** Reads a secret by name (`tapo_username`), never logged; undefined when it is not set. */
  secret(name: string): string | undefined;
}

/** A family of plugs. `schema` describes its own keys of a plug in `studio.yaml`, `adapter: <name>` included. */
export interface PlugAdapter<Settings extends { adapter: string } = { adapter: string }> {
  readonly name: Settings['adapter'];
  readonly schema: ZodType<Settings>;
  create(plug: { id: string }, settings: Settings, deps: AdapterDeps): PlugDevice;
}
