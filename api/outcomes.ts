/** What came of the switching and what went wrong, as the API asks the daemon for it. */
import type { Alarm, AlarmChange } from '../model/alarms.ts';
import type { IdleSuggestion } from '../model/idle-suggestion.ts';
import type { Cut, SavingGroup } from '../model/savings.ts';

export const SAVING_GROUPS = ['day', 'month', 'gap', 'plug'] as const;
export type SavingGrouping = (typeof SAVING_GROUPS)[number];

export interface Savings {
  whole: SavingGroup;
  /** By studio day, studio month, session after which the cut was made, or plug; in the order of time, or by name. */
  groups: SavingGroup[];
  /** What is cut now, or would be. */
  running: Cut[];
}

export interface Outcomes {
  savings(fromMs: number, toMs: number, groupBy: SavingGrouping): Promise<Savings>;
  openAlarms(): readonly Alarm[];
  /** The newest first, open and past. */
  alarms(limit: number): Promise<Alarm[]>;
  /** null when there is no open alarm of this id. */
  acknowledgeAlarm(id: string, by: string): Promise<Alarm | null>;
  /** Calls `listener` with each change of an alarm. */
  onAlarm(listener: (change: AlarmChange) => void): () => void;
  /** null when there is no such plug. */
  idleSuggestion(plug: string): Promise<IdleSuggestion | null>;
}
