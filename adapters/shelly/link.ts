import type { Clock } from '../../model/clock.ts';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { MqttBus, MqttMessage } from '../mqtt/bus.ts';
import { Presence } from '../mqtt/presence.ts';
import { Troubles } from '../troubles.ts';

/** Polls that a plug may miss before its silence means that it is gone, and its last values are no longer true. */
export const MISSED_POLLS = 3;
/** A plug that comes online this often within a minute is not well connected. */
const MANY_RETURNS = 5;
const RETURNS_WINDOW_MS = 60_000;

/** Handles the text of a live message. @throws PlugProtocolError for what is not the protocol */
export type TextHandler = (text: string) => void;

export interface LinkTopics {
  /** `true` / `false`; `online` is called for each `true`, `justNow` unless it is a replay. */
  onlineTopic: string;
  online: (justNow: boolean) => void;
  /** What the plug says, by topic. */
  reports: Record<string, TextHandler>;
  /** Where others command it: a retained message there switches it at each of its reconnects. */
  commandTopics: readonly string[];
}

/** What every generation needs of the bus: the device's topics, its presence, and trouble that is told once. */
export class ShellyLink {
  readonly bus: MqttBus;
  readonly clock: Clock;
  readonly presence: Presence;
  readonly troubles: Troubles;
  readonly #who: () => string;
  #open = false;
  #returnsMs: number[] = [];
  #unsubscribe: (() => void)[] = [];

  /**
   * @param who names the plugs and their topics in messages
   * @param told whom it tells that the device is gone or in trouble, while it is open
   */
  constructor(
    who: () => string,
    told: { offline(why: string): void; trouble(what: string): void },
    deps: { bus: MqttBus; clock: Clock },
  ) {
    this.#who = who;
    this.bus = deps.bus;
    this.clock = deps.clock;
    this.presence = new Presence(deps.clock, (why) => told.offline(`${who()} is gone: ${why}`));
    this.troubles = new Troubles((what) => {
      if (this.#open) told.trouble(what);
    });
  }

  get who(): string {
    return this.#who();
  }

  /** @param silenceMs longest silence of a device that is there, ms */
  async open({ onlineTopic, online, reports, commandTopics }: LinkTopics, silenceMs: number): Promise<void> {
    this.#open = true;
    this.presence.start(silenceMs);
    await this.#subscribe(onlineTopic, (message) => this.#online(message, online));
    for (const [topic, handle] of Object.entries(reports))
      await this.#subscribe(topic, (message) => this.#report(message, handle));
    for (const topic of commandTopics) await this.#subscribe(topic, (message) => this.#command(message));
  }

  close(): void {
    this.#open = false;
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

  async #subscribe(topic: string, handler: (message: MqttMessage) => void): Promise<void> {
    const unsubscribe = await this.bus.subscribe(topic, handler);
    if (this.#open) this.#unsubscribe.push(unsubscribe);
    else unsubscribe();
  }

  #online({ payload, retained }: MqttMessage, online: (justNow: boolean) => void): void {
    const text = payload.toString();
    if (text === 'false') this.presence.offlineHint();
    if (text !== 'true') return;
    if (!retained) {
      this.presence.alive();
      this.#countReturn();
    }
    online(!retained);
  }

  #countReturn(): void {
    const now = this.clock.monotonicMs();
    this.#returnsMs = [...this.#returnsMs.filter((ms) => now - ms < RETURNS_WINDOW_MS), now];
    if (this.#returnsMs.length >= MANY_RETURNS)
      this.troubles.tell(
        'returns',
        `${this.who} came online ${MANY_RETURNS} times within a minute: does another device use its client id, ` +
          'or is its Wi-Fi weak?',
      );
    if (this.#returnsMs.length === 1) this.troubles.over('returns');
  }

  #report({ topic, payload, retained }: MqttMessage, handle: TextHandler): void {
    // A replay says what was true once: not that the plug is there, nor what it draws.
    if (retained) return;
    this.presence.alive();
    try {
      handle(payload.toString());
      this.troubles.over(topic);
    } catch (error) {
      if (!(error instanceof PlugProtocolError)) throw error;
      this.bus.rejected('shelly', error.reason);
      this.troubles.tell(topic, `${this.who} sent something on ${topic} that was refused: ${error.message}`);
    }
  }

  #command({ topic, retained }: MqttMessage): void {
    if (!retained) return;
    this.troubles.tell(
      topic,
      `A retained message on ${topic} commands ${this.who} again each time it reconnects. ` +
        `Remove it: mosquitto_pub -r -n -t '${topic}'`,
    );
  }
}
