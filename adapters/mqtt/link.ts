import type { Clock } from '../../model/clock.ts';
import { type PlugProtocolError, PlugUnreachable, wordsOf } from '../../model/errors.ts';
import { Troubles } from '../troubles.ts';
import type { MqttBus, MqttMessage } from './bus.ts';
import { Presence } from './presence.ts';

/** What plugs need of the bus: their topics, their presence, and trouble that is told once. */
export class PlugLink {
  readonly bus: MqttBus;
  readonly clock: Clock;
  readonly presence: Presence;
  readonly troubles: Troubles;
  readonly #adapter: string;
  readonly #who: () => string;
  #open = false;
  #unsubscribe: (() => void)[] = [];

  /**
   * @param who names the plugs and their topics in messages
   * @param told whom it tells that they are gone or in trouble, while it is open
   */
  constructor(
    adapter: string,
    who: () => string,
    told: { offline(why: string): void; trouble(what: string): void },
    deps: { bus: MqttBus; clock: Clock },
  ) {
    this.#adapter = adapter;
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

  /** @param silenceMs longest silence of a plug that is there, ms */
  open(silenceMs: number): void {
    this.#open = true;
    this.presence.start(silenceMs);
  }

  close(): void {
    this.#open = false;
    this.presence.stop();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
  }

  async subscribe(topic: string, handler: (message: MqttMessage) => void): Promise<void> {
    const unsubscribe = await this.bus.subscribe(topic, handler);
    // It may have been closed meanwhile.
    if (this.#open) this.#unsubscribe.push(unsubscribe);
    else unsubscribe();
  }

  /** @throws PlugUnreachable at once while the broker is away */
  async publish(topic: string, payload: string): Promise<void> {
    try {
      await this.bus.publish(topic, payload);
    } catch (error) {
      const why = wordsOf(error);
      throw new PlugUnreachable(`${this.who}: nothing was sent on ${topic}: ${why}. Check the broker`);
    }
  }

  /** Counts what is not the protocol, and tells it once per topic. */
  refused(topic: string, error: PlugProtocolError): void {
    this.bus.rejected(this.#adapter, error.reason);
    this.troubles.tell(topic, `${this.who} sent something on ${topic} that was refused: ${error.message}`);
  }

  /** Tells of retained messages where others command the plugs: each switches its plug at each of its reconnects. */
  async watchCommands(filters: readonly string[]): Promise<void> {
    for (const filter of filters)
      await this.subscribe(filter, ({ topic, retained }) => {
        if (!retained) return;
        this.troubles.tell(
          topic,
          `A retained message on ${topic} commands ${this.who} again each time it reconnects. ` +
            `Remove it: mosquitto_pub -r -n -t '${topic}'`,
        );
      });
  }
}
