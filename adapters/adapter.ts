import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Clock, Random } from '../model/clock.ts';
import type { PlugId } from '../model/plug.ts';
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

/** A family of plugs. */
export interface PlugAdapter<Schema extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** Its own keys of a plug in `studio.yaml`, strict, `adapter: <name>` included; the common keys are added to it. */
  readonly schema: Schema;
  /** Its plugs speak MQTT: the configuration must have a broker. */
  readonly needsMqtt?: true;
  /** The MAC that the settings promise, 12 upper-case hex digits; null when they don't say. */
  macOf(settings: z.output<Schema>): string | null;
  /**
   * Every name by which the one outlet behind these settings is known. Two plugs of a studio that share a name are the
   * same outlet: it would be counted twice, and an essential plug could be cut by its twin.
   */
  outletNames(settings: z.output<Schema>): string[];
  /** @throws Error when something the family needs is missing, saying what to configure */
  create(plug: { id: PlugId }, settings: z.output<Schema>, deps: AdapterDeps): PlugDevice;
}
