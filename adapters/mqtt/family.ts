import type { Clock } from '../../model/clock.ts';
import type { PlugId } from '../../model/plug.ts';
import type { AdapterDeps, PlugFactory } from '../adapter.ts';
import type { MqttBus } from './bus.ts';
import type { Dialect } from './dialect.ts';
import { MqttPlug } from './plug.ts';

/** @throws Error when the configuration has no broker */
export function brokerOf(mqtt: MqttBus | null, plug: PlugId): MqttBus {
  if (mqtt) return mqtt;
  throw new Error(`plug ${plug} is reached through MQTT: add the mqtt: section with the url of its broker`);
}

export interface MqttFamilyPlug {
  /** Names it in messages, beside its id. */
  topic: string;
  /** As configured. */
  mac?: string | null | undefined;
  pollSeconds: number;
  dialect: Dialect;
}

/** The factory of a family whose plugs each speak a dialect. */
export function mqttFactory<Settings>(
  plugOf: (settings: Settings, clock: Clock) => MqttFamilyPlug,
): (deps: AdapterDeps) => PlugFactory<Settings> {
  return ({ mqtt, clock }) =>
    ({ id: plug }, settings) => {
      const { topic, mac = null, pollSeconds, dialect } = plugOf(settings, clock);
      const who = `${dialect.adapter} plug ${plug} (${topic})`;
      const its = { plug, who, pollMs: pollSeconds * 1000, expectedMac: mac };
      return new MqttPlug(its, dialect, brokerOf(mqtt, plug), clock);
    };
}
