import { PlugProtocolError } from '../../model/errors.ts';
import type { MqttMessage } from '../mqtt/bus.ts';
import { PlugLink } from '../mqtt/link.ts';

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
  /** Where others command it. */
  commandTopics: readonly string[];
}

/** What every generation needs of the bus. */
export class ShellyLink extends PlugLink {
  #returnsMs: number[] = [];

  /** Opens it and listens. @param silenceMs longest silence of a device that is there, ms */
  async listen({ onlineTopic, online, reports, commandTopics }: LinkTopics, silenceMs: number): Promise<void> {
    this.open(silenceMs);
    await this.subscribe(onlineTopic, (message) => this.#online(message, online));
    for (const [topic, handle] of Object.entries(reports))
      await this.subscribe(topic, (message) => this.#report(message, handle));
    await this.watchCommands(commandTopics);
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
      this.refused(topic, error);
    }
  }
}
