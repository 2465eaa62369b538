import type { MqttMessage } from './bus.ts';
import { covers, disjoint, isWild, levelsMatch } from './filters.ts';

export type Handler = (message: MqttMessage) => void;

/** Who hears what, and what a broker has to be asked for so that they do. */
export class Subscriptions {
  readonly #handlers = new Map<string, Set<Handler>>();
  /** Those of `#handlers` that hold more than one topic, and their levels: each message is compared with all of them. */
  readonly #wild = new Map<string, string[]>();
  /** What the broker was asked for. */
  #asked = new Set<string>();
  /** Filters whose retained messages somebody waits for. */
  #again = new Set<string>();

  add(filter: string, handler: Handler): void {
    const handlers = this.#handlers.get(filter) ?? new Set();
    this.#handlers.set(filter, handlers.add(handler));
    if (isWild(filter)) this.#wild.set(filter, filter.split('/'));
    this.#again.add(filter);
  }

  /** @returns whether nobody is left who needs the filter */
  remove(filter: string, handler: Handler): boolean {
    const handlers = this.#handlers.get(filter);
    if (!handlers?.delete(handler) || handlers.size > 0) return false;
    this.#handlers.delete(filter);
    this.#wild.delete(filter);
    return true;
  }

  /** The broker has forgotten all: a new session. */
  forgotten(): void {
    this.#asked = new Set();
  }

  /**
   * What to ask the broker for, and what it need not send any more, since the last time. What holds a new filter is asked
   * for even when it is known: the newcomer wants the retained messages too.
   */
  changes(): { added: Set<string>; dropped: string[] } {
    const wanted = disjoint(this.#handlers.keys());
    const wild = [...wanted].filter(isWild);
    const added = new Set([...wanted].filter((filter) => !this.#asked.has(filter)));
    for (const filter of this.#again) {
      const holder = wanted.has(filter) ? filter : wild.find((wide) => covers(wide, filter));
      // It may have been let go meanwhile.
      if (holder !== undefined) added.add(holder);
    }
    const dropped = [...this.#asked].filter((filter) => !wanted.has(filter));
    this.#asked = wanted;
    this.#again = new Set();
    return { added, dropped };
  }

  /** Each once, also who hears the topic by two filters. */
  handlersOf(topic: string): Iterable<Handler> {
    const named = this.#handlers.get(topic) ?? [];
    if (this.#wild.size === 0) return named;
    const names = topic.split('/');
    let all: Set<Handler> | null = null;
    for (const [filter, levels] of this.#wild) {
      if (!levelsMatch(levels, names)) continue;
      all ??= new Set(named);
      for (const handler of this.#handlers.get(filter) ?? []) all.add(handler);
    }
    return all ?? named;
  }
}
