import type { Clock } from '../../model/clock.ts';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugId } from '../../model/plug.ts';
import type { PlugSink } from '../../model/ports.ts';
import type { MqttBus, MqttMessage } from '../mqtt/bus.ts';
import { Presence } from './presence.ts';

/** Polls that a plug may miss before its silence means that it is gone. */
const MISSED_POLLS = 3;

export interface LinkSettings {
  plug: PlugId;
  /** Names the plug and its topics in messages. */
  who: string;
  pollMs: number;
}

/** Handles the text of a live message. @throws PlugProtocolError for what is not the protocol */
export type TextHandler = (text: string) => void;

/** What every generation needs of the bus: the plug's topics, its presence, and trouble that is told once. */
export class ShellyLink {
  readonly who: string;
  readonly bus: MqttBus;
  readonly clock: Clock;
  readonly presence: Presence;
  /** How long a reported value may be taken for the present one, ms. */
  readonly freshMs: number;
  readonly #plug: PlugId;
  readonly #told = new Set<string>();
  #sink: PlugSink | null = null;
  #unsubscribe: (() => void)[] = [];

  constructor(settings: LinkSettings, bus: MqttBus, clock: Clock) {
    this.#plug = settings.plug;
    this.who = settings.who;
    this.bus = bus;
    this.clock = clock;
    this.freshMs = MISSED_POLLS * settings.pollMs;
    this.presence = new Presence(clock, this.freshMs, (why) =>
      this.#sink?.offline(settings.plug, `${this.who} is gone: ${why}`),
    );
  }

  get sink(): PlugSink | null {
    return this.#sink;
  }

  /**
   * Subscribes to the plug.
   * @param onlineTopic `true` / `false`; `online` is called for each `true`, `justNow` unless it is a replay
   * @param reports what the plug says, by topic
   * @param commandTopics where others command it: a retained message there switches it at each of its reconnects
   */
  async open(
    sink: PlugSink,
    onlineTopic: string,
    online: (justNow: boolean) => void,
    reports: Record<string, TextHandler>,
    commandTopics: readonly string[],
  ): Promise<void> {
    this.#sink = sink;
    this.presence.start();
    await this.#subscribe(onlineTopic, (message) => this.#online(message, online));
    for (const [topic, handle] of Object.entries(reports))
      await this.#subscribe(topic, (message) => this.#report(message, handle));
    for (const topic of commandTopics) await this.#subscribe(topic, (message) => this.#command(message));
  }

  close(): void {
    this.#sink = null;
    this.presence.stop();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
  }

  /** @throws PlugUnreachable at once while the broker is away */
  async publish(topic: string, payload: string): Promise<void> {
    try {
      await this.bus.publish(topic, payload);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new PlugUnreachable(`${this.who}: nothing was sent on ${topic}: ${why}. Check the broker`);
    }
  }

  /** Tells it once per `about`, until `forgive(about)`. */
  trouble(about: string, what: string): void {
    if (this.#told.has(about)) return;
    this.#told.add(about);
    this.#sink?.trouble(this.#plug, what);
  }

  async #subscribe(topic: string, handler: (message: MqttMessage) => void): Promise<void> {
    this.#unsubscribe.push(await this.bus.subscribe(topic, handler));
  }

  #online({ payload, retained }: MqttMessage, online: (justNow: boolean) => void): void {
    const text = payload.toString();
    if (text === 'false') this.presence.offlineHint();
    if (text !== 'true') return;
    if (!retained) this.presence.alive();
    online(!retained);
  }

  #report({ topic, payload, retained }: MqttMessage, handle: TextHandler): void {
    // A replay says what was true once: not that the plug is there, nor what it draws.
    if (retained) return;
    this.presence.alive();
    try {
      handle(payload.toString());
      this.#told.delete(topic);
    } catch (error) {
      if (!(error instanceof PlugProtocolError)) throw error;
      this.trouble(topic, `${this.who} sent something on ${topic} that was refused: ${error.message}`);
    }
  }

  #command({ topic, retained }: MqttMessage): void {
    if (!retained) return;
    this.trouble(
      topic,
      `A retained message on ${topic} commands ${this.who} again each time it reconnects. ` +
        `Remove it: mosquitto_pub -r -n -t '${topic}'`,
    );
  }
}
