import { connect, type MqttClient } from 'mqtt';

/** Real plugs try again after 2 to 60 s; a simulated one does not make us wait. */
const RECONNECT_MS = 200;
const KEEPALIVE_SECONDS = 60;

export interface ShellyConnectionSettings {
  brokerUrl: string;
  /** The plug's device id. */
  clientId: string;
  /** Says `true` at every connect and, by the will, `false`. */
  onlineTopic: string;
  /** Newer firmware retains it, the first generation does not. */
  onlineRetained: boolean;
  subscriptions: readonly string[];
  received: (topic: string, payload: string) => void;
  /** After each connect, when the subscriptions stand. */
  connected: () => void;
}

/** How a Shelly plug keeps itself on a broker: MQTT 3.1.1, clean session, a will. */
export class ShellyConnection {
  readonly #settings: ShellyConnectionSettings;
  #client: MqttClient | null = null;

  constructor(settings: ShellyConnectionSettings) {
    this.#settings = settings;
  }

  /** Resolves when connected for the first time. */
  async open(): Promise<void> {
    const { brokerUrl, clientId, onlineTopic, onlineRetained, subscriptions, received, connected } = this.#settings;
    const client = connect(brokerUrl, {
      protocolVersion: 4,
      clean: true,
      clientId,
      keepalive: KEEPALIVE_SECONDS,
      reconnectPeriod: RECONNECT_MS,
      resubscribe: false,
      queueQoSZero: false,
      timerVariant: 'native',
      will: { topic: onlineTopic, payload: Buffer.from('false'), qos: 0, retain: onlineRetained },
    });
    this.#client = client;
    // Without a listener a refused connection would end the process; the client tries again by itself.
    client.on('error', () => {});
    client.on('message', (topic, payload) => received(topic, payload.toString()));
    await new Promise<void>((resolve) => {
      client.on('connect', () => {
        client.publish(onlineTopic, 'true', { qos: 1, retain: onlineRetained });
        client.subscribe([...subscriptions], { qos: 1 }, (error) => {
          if (error) return;
          connected();
          resolve();
        });
      });
    });
  }

  /** Connects once more with the same client id, as after a short loss of Wi-Fi: the broker drops the old connection. */
  async takeOver(): Promise<void> {
    const old = this.#client;
    if (old) old.options.reconnectPeriod = 0;
    await this.open();
    await old?.endAsync(true);
  }

  /** Nothing happens while there is no connection: a plug queues nothing. */
  publish(topic: string, payload: string, retain = false): void {
    if (this.#client?.connected) this.#client.publish(topic, payload, { qos: 0, retain });
  }

  /** The connection breaks without a goodbye: the broker sends the will. */
  async cut(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.endAsync(true);
  }
}
