/** What the journal and its thread say to each other. */
import type { DayTotals } from './day-totals.ts';
import type { Export } from './export.ts';
import type { History } from './history.ts';
import type { Outbox } from './outbox.ts';
import type { OutcomeStore } from './outcome-store.ts';
import type { Store } from './store.ts';
import type { Retention } from './tiers.ts';

export interface WorkerSettings {
  path: string;
  maxBytes: number | null;
  retention: Retention | null;
  nowMs: number;
  /** false: beside the daemon that works on the file. */
  exclusive: boolean;
}
export type Operations = Store &
  OutcomeStore &
  Outbox &
  History &
  Export &
  DayTotals & { close(): void; damaged(what: string): void };
export interface Request {
  id: number;
  operation: string;
  values: unknown[];
  nowMs: number;
}
/** Id of what is told without being asked: the file was damaged and was set aside. */
export const SET_ASIDE = -1;
/** `open` and `close` answer like any operation; `open` is asked by starting the worker and has id 0. */
export type Answer = { id: number; result: unknown } | { id: number; failure: Failure };
export interface Failure {
  message: string;
  kind: 'no room' | 'damaged' | 'other';
}
