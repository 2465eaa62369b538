/** Alarms: one for each cause, raised when it has lasted, cleared when it has been gone for a while. Pure. */
import type { Words } from './coded-text.ts';
import type { PlugId } from './plug.ts';

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How long a cause must last before it is told, and be gone before it counts as over, ms. */
interface AlarmRule {
  severity: Severity;
  raiseAfterMs: number;
  clearAfterMs: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/**
 * What a live may depend on is told at once, what may pass by itself a little later. No cause can come and go more often
 * than `clearAfterMs`.
 */
export const ALARM_RULES = {
  'cut-not-verified': { severity: 'warning', raiseAfterMs: 0, clearAfterMs: MINUTE_MS },
  'restore-failed': { severity: 'critical', raiseAfterMs: 0, clearAfterMs: 10 * SECOND_MS },
  'unreachable-before-live': { severity: 'warning', raiseAfterMs: 20 * SECOND_MS, clearAfterMs: MINUTE_MS },
  'strip-overload': { severity: 'critical', raiseAfterMs: 5 * SECOND_MS, clearAfterMs: MINUTE_MS },
  'plug-overload': { severity: 'critical', raiseAfterMs: 0, clearAfterMs: MINUTE_MS },
  'load-between-lives': { severity: 'info', raiseAfterMs: MINUTE_MS, clearAfterMs: 5 * MINUTE_MS },
  'essential-off': { severity: 'critical', raiseAfterMs: 0, clearAfterMs: 30 * SECOND_MS },
  'essential-no-load': { severity: 'critical', raiseAfterMs: 10 * SECOND_MS, clearAfterMs: 30 * SECOND_MS },
  'essential-unreachable': { severity: 'critical', raiseAfterMs: 15 * SECOND_MS, clearAfterMs: MINUTE_MS },
  'source-lost': { severity: 'warning', raiseAfterMs: MINUTE_MS, clearAfterMs: MINUTE_MS },
} as const satisfies Record<string, AlarmRule>;

export type AlarmCode = keyof typeof ALARM_RULES;
export const ALARM_CODES = Object.keys(ALARM_RULES) as AlarmCode[];

/** A cause that is there now. */
export interface Finding {
  code: AlarmCode;
  /** Id of the plug, the strip or the source: with the code it makes the cause. */
  of: string;
  plug: PlugId | null;
  data: Words;
}

/** Plain JSON. */
export interface Alarm {
  id: string;
  code: AlarmCode;
  of: string;
  severity: Severity;
  plug: PlugId | null;
  data: Words;
  raisedAtMs: number;
  /** null: it goes on. */
  clearedAtMs: number | null;
  acknowledged: { atMs: number; by: string } | null;
}

export const ALARM_CHANGES = ['raised', 'cleared', 'acknowledged'] as const;
export interface AlarmChange {
  change: (typeof ALARM_CHANGES)[number];
  alarm: Alarm;
}

/** Moments in it are steady time, ms. */
export interface AlarmBook {
  open: readonly Alarm[];
  /** Since when a cause without alarm has been there, by cause. */
  since: Readonly<Record<string, number>>;
  /** Since when the cause of an open alarm has been gone, by cause. */
  gone: Readonly<Record<string, number>>;
}

export const NO_ALARMS: AlarmBook = { open: [], since: {}, gone: {} };

export function causeOf({ code, of }: Pick<Finding, 'code' | 'of'>): string {
  return `${code} ${of}`;
}

/**
 * What follows from the causes that are there now.
 * @param steadyMs for durations; @param wallMs what is written down
 */
export function followAlarms(
  book: AlarmBook,
  findings: readonly Finding[],
  { steadyMs, wallMs }: { steadyMs: number; wallMs: number },
): { book: AlarmBook; changes: AlarmChange[] } {
  const found = new Map(findings.map((finding) => [causeOf(finding), finding]));
  const changes: AlarmChange[] = [];
  const open: Alarm[] = [];
  const [since, gone]: Record<string, number>[] = [{}, {}] as const;
  for (const alarm of book.open) {
    const cause = causeOf(alarm);
    if (found.delete(cause)) {
      open.push(alarm);
      continue;
    }
    const goneSinceMs = book.gone[cause] ?? steadyMs;
    if (steadyMs - goneSinceMs < ALARM_RULES[alarm.code].clearAfterMs) {
      open.push(alarm);
      gone[cause] = goneSinceMs;
    } else changes.push({ change: 'cleared', alarm: { ...alarm, clearedAtMs: wallMs } });
  }
  for (const [cause, finding] of found) {
    const { severity, raiseAfterMs } = ALARM_RULES[finding.code];
    const sinceMs = book.since[cause] ?? steadyMs;
    if (steadyMs - sinceMs < raiseAfterMs) {
      since[cause] = sinceMs;
      continue;
    }
    const id = `${finding.code}-${finding.of.replace(/[^A-Za-z0-9-]/g, '-')}-${Math.round(wallMs).toString(36)}`;
    const alarm: Alarm = { id, ...finding, severity, raisedAtMs: wallMs, clearedAtMs: null, acknowledged: null };
    open.push(alarm);
    changes.push({ change: 'raised', alarm });
  }
  return { book: { open, since, gone }, changes };
}

/** A person has seen it; null when it is not open. Who was first stays. */
export function acknowledge(
  book: AlarmBook,
  id: string,
  by: string,
  atMs: number,
): { book: AlarmBook; alarm: Alarm } | null {
  const found = book.open.find((alarm) => alarm.id === id);
  if (!found) return null;
  const alarm = found.acknowledged ? found : { ...found, acknowledged: { atMs, by } };
  return { book: { ...book, open: book.open.map((one) => (one.id === id ? alarm : one)) }, alarm };
}
