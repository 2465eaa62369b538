import { connect, type MqttClient } from 'mqtt';

/** Real plugs try again after seconds; a simulated one does not make us wait. */
const RECONNECT_MS = 200;

export interface PlugConnectionSettings {
  brokerUrl: string;
  clientId: string;
  /** `here` is said at every connect, `gone` by the will. */
  will: { topic: string; here: string; gone: string; retained: boolean };
  /** true: it says that it is here before it listens, and does both at QoS 1, as a Shelly. */
  early?: boolean;
  subscriptions: readonly string[];
  received: (topic: string, payload: string) => void;
  /** After each connect, when the subscriptions stand. */
  connected: () => void;
}

/** How a plug keeps itself on a broker: MQTT 3.1.1, clean session, a will. */
export class PlugConnection {
  readonly #settings: PlugConnectionSettings;
  #client: MqttClient | null = null;

  constructor(settings: PlugConnectionSettings) {
    this.#settings = settings;
  }

  /** Resolves when connected for the first time. */
  async open(): Promise<void> {
    const { brokerUrl, clientId, will, early, subscriptions, received, connected } = this.#settings;
    const qos = early ? 1 : 0;
    const client = connect(brokerUrl, {
      protocolVersion: 4,
      clean: true,
      clientId,
      reconnectPeriod: RECONNECT_MS,
      resubscribe: false,
      queueQoSZero: false,
      timerVariant: 'native',
      will: { topic: will.topic, payload: Buffer.from(will.gone), qos: 0, retain: will.retained },
    });
    this.#client = client;
    // Without a listener a refused connection would end the process; the client tries again by itself.
    client.on('error', () => {});
    client.on('message', (topic, payload) => received(topic, payload.toString()));
    await new Promise<void>((resolve) => {
      client.on('connect', () => {
        const sayHere = () => client.publish(will.topic, will.here, { qos, retain: will.retained });
        if (early) sayHere();
        client.subscribe([...subscriptions], { qos }, (error) => {
          if (error) return;
          if (!early) sayHere();
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
