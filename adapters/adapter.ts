import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Clock, Random } from '../model/clock.ts';
import type { PlugId } from '../model/plug.ts';
import type { PlugDevice } from '../model/ports.ts';
import type { MqttBus } from './mqtt/bus.ts';

/** Small facts about devices that outlive a restart (the transport a plug spoke, its last address), by name. */
export interface DeviceMemory {
  recall(name: string): Promise<unknown>;
  /** Resolves when it is on the disk. `value` is plain JSON. */
  keep(name: string, value: unknown): Promise<void>;
}

/** What every plug adapter may use. */
export interface AdapterDeps {
  clock: Clock;
  random: Random;
  log: Logger;
  /** The studio's MQTT connection; null when the configuration has none. */
  mqtt: MqttBus | null;
  /** Reads a secret by name (`tapo_username`), never logged; undefined when it is not set. */
  secret(name: string): string | undefined;
  memory: DeviceMemory;
  /** The studio's IANA time zone. */
  timeZone: string;
  /** Name or address of the network interface on which devices are searched; null: all of them. */
  networkInterface: string | null;
}

/** Makes the plugs of one family for one studio. What several plugs share (a strip, its session) lives in its closure. */
export type PlugFactory<Settings> = (
  plug: {
    id: PlugId;
    /** false for an essential plug and in a dry run: then nothing is sent, not even to keep what an earlier run has cut. */
    mayBeCut?: boolean;
  },
  settings: Settings,
) => PlugDevice;

/** A device that was found in the network, configured or not. */
export interface FoundDevice {
  adapter: string;
  model: string;
  firmware: string | null;
  /** 12 upper-case hex digits; 16 on Zigbee. */
  mac: string | null;
  /** Its IP address, or its MQTT topic prefix. */
  address: string;
  /** Its label in the vendor's app. */
  name: string | null;
  /** Ready-made keys of `studio.yaml` for each of its outlets, `adapter` included. */
  outlets: Record<string, unknown>[];
  /** What stands in the way of using it, with the remedy; null when nothing does. */
  obstacle: string | null;
}

export interface DiscoveryOptions {
  found(device: FoundDevice): void;
  /** Is more to be asked of it than it tells everybody? A Tapo plug forgets who else is logged in. By default yes. */
  wanted?(device: FoundDevice): boolean;
  /** Ends the search: `discover` then resolves. */
  signal: AbortSignal;
  /**
   * A connection of its own to the same broker for wide filters: on the plugs' own they would bring every message of the
   * studio twice over, and a broker that refuses them would refuse the plugs' with them. By default the studio's.
   */
  ears?: MqttBus | undefined;
}

/** What a device of one model and firmware answers, without anything personal: the tests are made of such files. */
export interface DeviceRecord {
  /** A name for the file that says which model and firmware it is. */
  fileName: string;
  content: object;
}

/** A family of plugs. */
export interface PlugAdapter<Schema extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** What people call the family. */
  readonly label: string;
  /** Its own keys of a plug in `studio.yaml`, strict, `adapter: <name>` included; the common keys are added to it. */
  readonly schema: Schema;
  /** Its plugs speak MQTT: the configuration must have a broker. */
  readonly needsMqtt?: true;
  /** The secrets without which none of its plugs can be used; `config/secrets.ts` knows them. */
  readonly secrets?: readonly string[];
  /** The one key that finds a plug, and what it may look like. Absent where a plug needs more to be written by hand. */
  readonly byHand?: { key: keyof z.output<Schema> & string; looksLike: string };
  /** The MAC that the settings promise, 12 upper-case hex digits (16 on Zigbee); null when they don't say. */
  macOf(settings: z.output<Schema>): string | null;
  /**
   * Every name by which the one outlet behind these settings is known. Two plugs of a studio that share a name are the
   * same outlet: it would be counted twice, and an essential plug could be cut by its twin.
   */
  outletNames(settings: z.output<Schema>): string[];
  /** The factory throws an Error when something the family needs is missing, saying what to configure. */
  factory(deps: AdapterDeps): PlugFactory<z.output<Schema>>;
  /** Searches the network until the signal ends it. A device may be told again when more of it is known. */
  discover?(deps: AdapterDeps, options: DiscoveryOptions): Promise<void>;
  /**
   * Asks the device behind these settings, once, all that does it no harm.
   * @param source where the record is from, to be written in it
   * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError
   */
  capture?(deps: AdapterDeps, settings: z.output<Schema>, source: string): Promise<DeviceRecord>;
}
