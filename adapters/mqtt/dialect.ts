import type { Reading } from '../../model/reading.ts';
import type { Measured, MeasuredKey } from './measures.ts';

/** What a message said of a plug, in W, Wh, V, A, °C. null: the plug does not know. Absent: it said nothing of it. */
export type Found = { [Key in MeasuredKey]?: Measured[Key] | null };

/** What has to be heard for a reading, and the question that brings it. */
export interface Ask {
  /** null: it comes by itself, at least once per poll. */
  question: { topic: string; payload: string } | null;
  /** The next message on this topic is the answer. */
  answer: string;
  /** Makes a question of which not every plug knows the answer: told whether one came. Else its lack is an error. */
  came?(answered: boolean): void;
  /** What to look at when it is not answered, where that is more than the dialect's `hint`. */
  hint?: string;
}

/** How one plug speaks. Topics are whole; texts come from the network and may be anything. */
export interface Dialect {
  adapter: string;
  feed: Reading['feed'];
  /** What the plug says, by topic. @throws PlugProtocolError */
  reports: Record<string, (text: string, retained: boolean) => Found>;
  /** Topics of `reports` whose retained messages are shown to their report as well. What it makes of them is no reading. */
  replays: readonly string[];
  /** Where it is told that the plug is there (true) or gone (false); null: neither. */
  presence: Record<string, (text: string, retained: boolean) => boolean | null>;
  /** One after the other they bring watts and relay. */
  asks(): readonly Ask[];
  /** null for a plug that only measures. */
  command: ((on: boolean) => { topic: string; payload: string }) | null;
  /** Where others command it: a retained message there switches it at each of its reconnects. */
  commandFilters: readonly string[];
  /** Asks the device who it is; `from` makes the identity of the answer. @throws PlugProtocolError */
  identity: { ask: Ask; from(text: string): string };
  /** What to look at when it does not answer. */
  hint: string;
}
