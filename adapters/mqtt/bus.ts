import type { PlugProtocolError } from '../../model/errors.ts';

export interface MqttMessage {
  topic: string;
  payload: Buffer;
  /** A replay of something old: never a fresh measurement. */
  retained: boolean;
}

/** Why a payload was refused; `stranger`: a device that is not the configured one speaks on its topics. */
export type Rejection = PlugProtocolError['reason'] | 'too-big' | 'stranger';

/** One connection to one broker, shared by all adapters that need it. */
export interface MqttBus {
  readonly connected: boolean;
  /** Unique client id of this daemon instance: also the base of its RPC answers' topic. */
  readonly clientId: string;
  /** Where this daemon says `online`, and the broker `offline` for it. */
  readonly statusTopic: string;
  /** Calls `handler` for each message under `filter`, now and after every reconnect; returns the way to stop. */
  subscribe(filter: string, handler: (message: MqttMessage) => void): Promise<() => void>;
  /**
   * Publishes at once, QoS 0, never retained and never queued.
   * @throws Error when not connected: a command that can't go out now must not go out later
   */
  publish(topic: string, payload: string): Promise<void>;
  /**
   * Publishes what newcomers are to find: retained, QoS 1, on topics that are offair's own or describe it; never a command.
   * @throws Error when not connected
   */
  publishRetained(topic: string, payload: string): Promise<void>;
  /** Counts a payload that an adapter refused. */
  rejected(adapter: string, reason: Rejection): void;
  /** Tells of every connect (true) and loss (false). */
  onConnection(listener: (connected: boolean) => void): () => void;
}
